{{ config(materialized='units') }}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units() }}

),

-- Read from the lines, not from charges: a day of a charge may hold a line that cost nothing beside
-- one that did, and the average price is of the latter.
lines as (

    select * from {{ ref('int_lines') }}
    where is_machine_usage

),

final as (

    select
        ---------- ids
        bills.unit_id,
        lines.provider,
        lines.sku_id,
        lines.vm_reservation_id as reservation_id,

        ---------- dimensions
        lines.instance_type,
        lines.billing_currency,

        ---------- quantities
        max(lines.stated_factor) as stated_factor,
        max(lines.vcpus) as vcpus,
        sum(case when bills.gives_billed or lines.gives_all then lines.priced_hours end)
            as priced_hours,

        ---------- costs
        sum(case when bills.gives_billed or lines.gives_all then lines.priced_cost end)
            as priced_cost

    from lines
    inner join bills using (export_name, bill, billing_period)
    group by all

)

select * from final
