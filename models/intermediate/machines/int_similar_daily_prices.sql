-- Of all machines only those whose price may tell that of a node or of another one: of the same
-- type and system in the same region, in the same currency.
with

machine_days as (

    select * from {{ ref('int_machine_daily_prices') }}

),

nodes as (

    select
        nodes.provider,
        nodes.region_id,
        nodes.instance_type,
        nodes.operating_system,
        cast(null as string) as billing_currency
    from {{ ref('int_nodes') }} as nodes
    left join {{ ref('int_node_machines') }} as node_machines
        on nodes.node_id = node_machines.node_id
    left join {{ ref('int_machine_window_prices') }} as machine_prices
        on
            node_machines.provider = machine_prices.provider
            and node_machines.machine_id = machine_prices.machine_id
    where machine_prices.machine_id is null

),

wanted as (

    select
        provider,
        region_id,
        lower(instance_type) as instance_type,
        operating_system,
        billing_currency
    from {{ ref('int_unpriced_days') }}
    union
    select
        provider,
        region_id,
        lower(instance_type) as instance_type,
        operating_system,
        billing_currency
    from nodes

),

wanted_days as (

    select * from machine_days
    where exists (
        select 1 from wanted
        where
            machine_days.provider = wanted.provider
            and machine_days.region_id = wanted.region_id
            and lower(machine_days.instance_type) = wanted.instance_type
            and machine_days.operating_system = wanted.operating_system
            and (
                wanted.billing_currency is null
                or machine_days.billing_currency = wanted.billing_currency
            )
    )

),

{{ similar_machines('wanted_days', 'charge_date', 'charge_date', by_day=true) }}
