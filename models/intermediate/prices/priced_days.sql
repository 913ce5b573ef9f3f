-- The price of each machine, and of each node that the bill does not show, on each day.
with

machine_days as (

    select * from {{ ref('machine_days') }}
    where vm_hours > 0 and (hourly_price is not null or list_hourly_price is not null)

),

final as (

    select
        ---------- ids
        cast(null as string) as node_id,
        provider,
        machine_id,
        resource_id,
        sub_account_id,
        resource_group,
        charge_date,

        ---------- dimensions
        region_id,
        instance_type,
        operating_system,
        pricing_model,
        case when hourly_price is null then 'list' else 'billed' end as price_source,
        billing_currency,

        ---------- quantities
        vm_hours,
        cast(null as bigint) as similar_machines,

        ---------- costs
        {{ money('coalesce(hourly_price, list_hourly_price)') }} as hourly_price,
        {{ money('list_hourly_price') }} as list_hourly_price

    from machine_days
    union all
    select * from {{ ref('inferred_days') }}

)

select * from final
