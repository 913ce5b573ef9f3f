-- Days whose price similar machines tell: those of nodes that the bill does not show, and those on
-- which a machine ran and the bill tells neither its price nor a list price.
with

machine_days as (

    select
        cast(null as varchar) as node_id,
        provider,
        machine_id,
        resource_id,
        resource_group,
        sub_account_id,
        region_id,
        instance_type,
        operating_system,
        coalesce(pricing_model = 'Spot', false) as is_spot,
        pricing_model,
        billing_currency,
        vm_hours,
        charge_date as first_date,
        charge_date as last_date
    from {{ ref('machine_days') }}
    where vm_hours > 0 and hourly_price is null and list_hourly_price is null

),

nodes as (

    select
        node_id,
        provider,
        machine_id,
        machine_id as resource_id,
        resource_group,
        sub_account_id,
        region_id,
        instance_type,
        operating_system,
        is_spot,
        cast(null as varchar) as pricing_model,
        billing_currency,
        cast(null as decimal(38, 18)) as vm_hours,
        first_date,
        last_date
    from {{ ref('unseen_nodes') }}

),

final as (

    select * from machine_days
    union all
    select * from nodes

)

select * from final
