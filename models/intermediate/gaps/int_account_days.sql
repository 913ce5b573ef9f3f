{{ config(materialized='units') }}

with

charges as (

    select * from {{ ref('charges') }}
    where {{ of_units() }}

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_account_id,
        sub_account_id,
        billing_period,

        ---------- dimensions
        charge_date,
        billing_currency,
        bool_or(charge_category = 'Usage') as has_usage,

        ---------- costs
        sum(invoiced_cost) as invoiced_cost,

        ---------- quantities
        cast(sum(line_count) as bigint) as line_count

    from charges
    group by all

)

select * from final
