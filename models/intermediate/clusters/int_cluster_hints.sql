-- What the node lists tell of clusters beyond their nodes: which resources of the bill are their
-- machines, which groups of Azure are AKS's own, and how clusters are called.
{{ config(materialized='table') }}

with

nodes as (

    select * from {{ ref('int_nodes') }}

),

machines as (

    select
        provider,
        machine_id,
        resource_id
    from {{ ref('int_machines_monthly') }}
    where resource_id is not null
    group by all

),

hints as (

    select
        'resource' as hint,
        machines.provider,
        machines.resource_id as hinted,
        nodes.cluster
    from {{ ref('int_node_machines') }} as node_machines
    inner join nodes on node_machines.node_id = nodes.node_id
    inner join machines
        on
            node_machines.provider = machines.provider
            and node_machines.machine_id = machines.machine_id
    union
    -- The group of an AKS cluster's nodes holds nothing else.
    select
        'group' as hint,
        provider,
        resource_group as hinted,
        cluster
    from nodes
    where is_aks and resource_group is not null
    union
    select
        'name' as hint,
        provider,
        {{ tag_name('cluster') }} as hinted,
        cluster
    from nodes
    where provider is not null

),

final as (

    select
        hint,
        provider,
        hinted,
        {{ cluster_name('provider', 'min(cluster)') }} as cluster
    from hints
    group by hint, provider, hinted
    -- What two lists claim is neither's.
    having count(distinct {{ cluster_name('provider', 'cluster') }}) = 1

)

select * from final
