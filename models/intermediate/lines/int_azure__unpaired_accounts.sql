{{ config(materialized='units') }}

-- Subscriptions with usage in one only of the two exports of their unit, actual and amortized cost:
-- the other was never made for them, or ran before. Their metrics come from that one.

with

cost_lines as (

    select * from {{ ref('int_azure__described_lines') }}
    where subscription_id is not null and not {{ azure_is_in_one_dataset() }}

),

-- Of units without a pair, each bill gives all metrics.
paired as (

    select * from {{ ref('int_bills') }}
    where
        kind = 'azure_cost'
        and not (gives_billed and gives_amortized)
        and {{ of_units('int_built_bills') }}

),

accounts as (

    select
        paired.unit_id,
        paired.export_name,
        paired.bill,
        paired.billing_period,
        paired.gives_billed,
        cost_lines.subscription_id
    from cost_lines
    inner join paired using (export_name, bill, billing_period)
    group by all

),

unpaired as (

    select
        unit_id,
        subscription_id
    from accounts
    group by unit_id, subscription_id
    having count(distinct gives_billed) = 1

),

final as (

    select
        ---------- ids
        accounts.unit_id,
        accounts.export_name,
        accounts.bill,
        accounts.billing_period,
        accounts.subscription_id,

        ---------- dimensions
        accounts.gives_billed as is_actual

    from accounts
    inner join unpaired using (unit_id, subscription_id)

)

select * from final
