-- What may be the cluster of each node resource group; the lowest rule tells most.
with

resources as (

    select * from {{ ref('int_charge_resources') }}
    where provider = 'Microsoft'

),

groups as (

    select
        unit_id,
        sub_account_id,
        group_name,
        {{ extracted('group_name', '_([^_]+)$') }} as region,
        bool_or(region_id = {{ extracted('group_name', '_([^_]+)$') }}) as is_region_of_lines
    from resources
    where group_name is not null
    group by all

),

named_groups as (

    select
        unit_id,
        sub_account_id,
        group_name,
        {{ extracted('group_name', '^mc_(.+_.+)_[^_]+$') }} as group_and_cluster
    from groups
    where
        left(group_name, 3) = 'mc_'
        and (
            is_region_of_lines
            or exists (
                select 1
                from {{ ref('regions') }} as regions
                where regions.provider = 'Microsoft' and regions.region_id = groups.region
            )
        )

),

tagged as (

    select
        resources.unit_id,
        resources.sub_account_id,
        resources.group_name,
        min(lower(named_tags.tag_value)) as cluster
    from resources
    inner join {{ ref('named_tags') }} as named_tags
        on
            resources.unit_id = named_tags.unit_id
            and resources.provider = named_tags.provider
            and resources.tag_set_id = named_tags.tag_set_id
    where lower(named_tags.tag_key) = 'aks-managed-cluster-name' and named_tags.tag_value != ''
    group by all
    having count(distinct lower(named_tags.tag_value)) = 1

),

managed_clusters as (

    select
        unit_id,
        sub_account_id,
        group_name,
        {{ control_plane_of('provider', 'resource_id', 'service_name') }} as cluster
    from resources
    where resource_id like '%/providers/microsoft.containerservice/managedclusters/%'
    group by all

),

final as (

    select
        unit_id,
        sub_account_id,
        group_name,
        cluster,
        1 as rule
    from tagged
    union all
    select
        groups.unit_id,
        groups.sub_account_id,
        groups.group_name,
        managed_clusters.cluster,
        2 as rule
    from groups
    inner join managed_clusters
        on
            groups.unit_id = managed_clusters.unit_id
            and groups.sub_account_id is not distinct from managed_clusters.sub_account_id
            and left(
                groups.group_name || '_',
                least(80, length(managed_clusters.group_name || managed_clusters.cluster) + 5)
            )
            = left(
                'mc_' || managed_clusters.group_name || '_' || managed_clusters.cluster || '_', 80
            )
    union all
    select
        named_groups.unit_id,
        named_groups.sub_account_id,
        named_groups.group_name,
        hints.cluster,
        3 as rule
    from named_groups
    inner join {{ ref('int_cluster_hints') }} as hints
        on
            hints.hint = 'name'
            and hints.provider = 'Microsoft'
            and right(named_groups.group_and_cluster, length(hints.cluster) + 1)
            = '_' || hints.cluster
    union all
    select
        named_groups.unit_id,
        named_groups.sub_account_id,
        named_groups.group_name,
        substr(named_groups.group_and_cluster, length(groups.group_name) + 2) as cluster,
        4 as rule
    from named_groups
    inner join groups
        on
            named_groups.unit_id = groups.unit_id
            and named_groups.sub_account_id is not distinct from groups.sub_account_id
            and left(named_groups.group_and_cluster, length(groups.group_name) + 1)
            = groups.group_name || '_'
    union all
    -- Clusters with underscores in their names are rarer than groups with them.
    select
        unit_id,
        sub_account_id,
        group_name,
        {{ extracted('group_and_cluster', '([^_]+)$') }} as cluster,
        case
            when length(group_and_cluster) - length(replace(group_and_cluster, '_', '')) = 1 then 4
            else 5
        end as rule
    from named_groups
    where group_and_cluster is not null

)

select * from final
