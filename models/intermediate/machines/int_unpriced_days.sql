-- Days whose price similar machines tell: those of nodes that the bill does not show, and those on
-- which a machine ran and the bill tells neither its price nor a list price.{%- set columns = [
    'node_id', 'provider', 'machine_id', 'resource_id', 'resource_group', 'sub_account_id',
    'charge_date', 'region_id', 'instance_type', 'operating_system', 'is_spot', 'pricing_model',
    'billing_currency', 'vm_hours',
] %}

with

machine_days as (

    select
        cast(null as string) as node_id,
        provider,
        machine_id,
        resource_id,
        resource_group,
        sub_account_id,
        charge_date,
        region_id,
        instance_type,
        operating_system,
        coalesce(pricing_model = 'Spot', false) as is_spot,
        pricing_model,
        billing_currency,
        vm_hours
    from {{ ref('int_machine_daily_prices') }}
    where vm_hours > 0 and hourly_price is null and list_hourly_price is null

),

days as (

    select distinct
        provider,
        charge_date
    from {{ ref('int_machine_daily_prices') }}

),

node_days as (

    select
        nodes.node_id,
        nodes.provider,
        nodes.machine_id,
        nodes.machine_id as resource_id,
        nodes.resource_group,
        nodes.sub_account_id,
        days.charge_date,
        nodes.region_id,
        nodes.instance_type,
        nodes.operating_system,
        nodes.is_spot,
        cast(null as string) as pricing_model,
        nodes.billing_currency,
        cast(null as decimal(38, 18)) as vm_hours
    from {{ ref('int_unseen_nodes') }} as nodes
    inner join days
        on
            nodes.provider = days.provider
            and nodes.first_date <= days.charge_date
            and nodes.last_date >= days.charge_date

),

final as (

    {{ union_by_name(['machine_days', 'node_days'], columns) }}

)

select * from final
