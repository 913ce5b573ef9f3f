{{ config(materialized='units') }}

with

machine_hours as (

    select * from {{ ref('int_machine_hours') }}
    where {{ of_units('int_machine_months') }}

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        machine_id,
        max(scope) as scope,
        max(resource_id) as resource_id,
        max(sub_account_id) as sub_account_id,
        max(resource_group) as resource_group,
        max(vm_name) as vm_name,

        ---------- dimensions
        max(region_id) as region_id,
        -- On some day its price has to be inferred.
        bool_or(vm_hours > 0 and hourly_price is null and list_hourly_price is null)
            as has_unpriced_days,

        ---------- times
        min(charge_date) as first_date,
        max(charge_date) as last_date

    from machine_hours
    group by all

)

select * from final
