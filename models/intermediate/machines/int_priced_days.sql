-- The price of each machine, and of each node that the bill does not show, on each day.
{%- set columns = [
    'node_id', 'provider', 'machine_id', 'resource_id', 'sub_account_id', 'resource_group',
    'charge_date', 'region_id', 'instance_type', 'operating_system', 'pricing_model',
    'price_source', 'billing_currency', 'vm_hours', 'similar_machines', 'hourly_price',
    'list_hourly_price',
] %}

with

machine_days as (

    select * from {{ ref('int_machine_daily_prices') }}
    where vm_hours > 0 and (hourly_price is not null or list_hourly_price is not null)

),

billed_days as (

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

),

final as (

    {{ union_by_name(['billed_days', ref('int_inferred_days')], columns) }}

)

select * from final
