{{ config(materialized='table') }}

-- Machines, and nodes that the bill does not show, whose history is rebuilt when anything that it
-- comes from changes. What similar machines may price depends on all bills of the provider.
with

machines as (

    select
        machines.*,
        windows.last_date as last_date_of_scope
    from {{ ref('int_machines_monthly') }} as machines
    inner join {{ ref('int_price_windows') }} as windows on machines.scope = windows.scope

),

providers as (

    select
        provider,
        {{ set_digest(text_key(['unit_id', 'last_date_of_scope'])) }} as builds_id
    from machines
    group by provider

),

machine_builds as (

    select
        provider,
        machine_id,
        {{ set_digest(text_key(['unit_id', 'least(last_date, last_date_of_scope)'])) }}
            as builds_id,
        bool_or(has_unpriced_days) as has_unpriced_days
    from machines
    group by provider, machine_id

),

machine_nodes as (

    select
        node_machines.provider,
        node_machines.machine_id,
        {{ set_digest(text_key([
            'nodes.node_id', 'nodes.created_date', 'nodes.gone_date', 'node_machines.matched_by'
        ])) }} as nodes_id
    from {{ ref('int_node_machines') }} as node_machines
    inner join {{ ref('int_nodes') }} as nodes on node_machines.node_id = nodes.node_id
    group by node_machines.provider, node_machines.machine_id

),

unseen_nodes as (

    select
        *,
        {{ text_key([
            'node_id', 'machine_id', 'resource_group', 'sub_account_id', 'region_id',
            'instance_type', 'operating_system', 'is_spot', 'billing_currency', 'first_date',
            'last_date',
        ]) }} as attributes_id
    from {{ ref('int_unseen_nodes') }}

),

machine_histories as (

    select
        cast(null as string) as node_id,
        machine_builds.provider,
        machine_builds.machine_id,
        {{ text_key([
            'machine_builds.provider',
            'machine_builds.machine_id',
            'machine_builds.builds_id',
            'machine_nodes.nodes_id',
            'case when machine_builds.has_unpriced_days then providers.builds_id end',
        ]) }} as unit_id
    from machine_builds
    inner join providers on machine_builds.provider = providers.provider
    left join machine_nodes
        on
            machine_builds.provider = machine_nodes.provider
            and machine_builds.machine_id = machine_nodes.machine_id

),

node_histories as (

    select
        unseen_nodes.node_id,
        unseen_nodes.provider,
        unseen_nodes.machine_id,
        {{ text_key(['unseen_nodes.attributes_id', 'providers.builds_id']) }} as unit_id
    from unseen_nodes
    inner join providers on unseen_nodes.provider = providers.provider

),

final as (

    {{ union_by_name(
        ['machine_histories', 'node_histories'],
        ['node_id', 'provider', 'machine_id', 'unit_id'],
    ) }}

)

select * from final
