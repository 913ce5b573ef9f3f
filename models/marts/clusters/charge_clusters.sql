-- The only home of a line's cluster: the first that tells counts, of tags, the group of AKS's
-- nodes, the key kubernetes.io/cluster/<name>, names of control planes, and the node lists.
{{ config(materialized='units') }}

with

units as (

    select * from {{ ref('int_cluster_units') }}
    where {{ of_units('int_cluster_units') }}

),

resources as (

    select
        units.unit_id as cluster_unit_id,
        charge_resources.*
    from {{ ref('int_charge_resources') }} as charge_resources
    inner join units on charge_resources.unit_id = units.bill_unit_id

),

node_groups as (

    select
        *,
        'Microsoft' as provider
    from {{ ref('int_node_groups') }}

),

hints as (

    select * from {{ ref('int_cluster_hints') }}

),

evidence as (

    select
        resources.*,
        tags.named_cluster,
        node_groups.cluster as group_cluster,
        node_groups.is_certain as is_certain_group,
        tags.keyed_cluster,
        {{ control_plane_of(
            'resources.provider', 'resources.resource_id', 'resources.service_name'
        ) }} as control_plane,
        coalesce(listed.cluster, listed_groups.cluster) as listed_cluster
    from resources
    left join {{ ref('int_tag_set_clusters') }} as tags
        on
            resources.unit_id = tags.unit_id
            and resources.provider = tags.provider
            and resources.tag_set_id = tags.tag_set_id
    left join node_groups
        on
            resources.unit_id = node_groups.unit_id
            and resources.provider = node_groups.provider
            and resources.sub_account_id is not distinct from node_groups.sub_account_id
            and resources.group_name = node_groups.group_name
    left join hints as listed
        on
            listed.hint = 'resource'
            and resources.provider = listed.provider
            and resources.resource_id = listed.hinted
    left join hints as listed_groups
        on
            listed_groups.hint = 'group'
            and resources.provider = listed_groups.provider
            and resources.group_name = listed_groups.hinted

),

final as (

    select
        ---------- ids
        cluster_unit_id as unit_id,
        unit_id as bill_unit_id,
        provider,
        sub_account_id,
        resource_group,
        resource_id,
        tag_set_id,

        ---------- dimensions
        service_name,
        coalesce(named_cluster, group_cluster, keyed_cluster, control_plane, listed_cluster)
            as cluster,
        case
            when named_cluster is not null then 'tag'
            when group_cluster is not null then 'node resource group'
            when keyed_cluster is not null then 'key kubernetes.io/cluster'
            when control_plane is not null then 'control plane'
            when listed_cluster is not null then 'node list'
        end as evidence,
        named_cluster is not null or coalesce(is_certain_group, true) as is_certain,
        control_plane is not null
        or coalesce(service_name in ('AmazonEKS', 'Kubernetes Engine'), false) as is_control_plane

    from evidence
    where
        is_kubernetes
        or coalesce(named_cluster, group_cluster, keyed_cluster, control_plane, listed_cluster)
        is not null

)

select * from final
