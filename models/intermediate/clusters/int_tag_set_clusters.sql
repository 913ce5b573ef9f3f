-- The cluster that tags name: in the value of a tag, or in the key kubernetes.io/cluster/<name>,
-- whose value is owned or shared. AWS writes such a key without its punctuation and capitals, so
-- the name is looked for among the clusters that are known by name.
with

named_tags as (

    select * from {{ ref('named_tags') }}

),

named as (

    select
        unit_id,
        provider,
        tag_set_id,
        {{ cluster_name('provider', 'tag_value') }} as cluster
    from named_tags
    where tag_name = {{ cluster_tag() }} and key_order = 1 and tag_value != ''

),

known_names as (

    select
        unit_id,
        provider,
        cluster
    from named
    union
    select
        unit_id,
        provider,
        {{ control_plane_of('provider', 'resource_id', 'service_name') }} as cluster
    from {{ ref('int_charge_resources') }}

),

names_in_builds as (

    select
        unit_id,
        provider,
        {{ tag_name('cluster') }} as cluster_key,
        case when count(distinct cluster) = 1 then min(cluster) end as cluster
    from known_names
    where cluster is not null
    group by all

),

keys as (

    select
        unit_id,
        provider,
        tag_set_id,
        lower(tag_value) = 'owned' as is_owned,
        {{ extracted(
            'tag_key',
            '(?i)^(?:resource_?tags[/_])?(?:user[:_])?kubernetes[^a-z0-9]+io[^a-z0-9]+cluster'
            ~ '[^a-z0-9]+(.+)$'
        ) }} as cluster
    from named_tags
    where left(tag_name, 19) = 'kubernetesiocluster'

),

owned_keys as (

    select
        *,
        case when is_owned then cluster end as owner
    from keys

),

-- What several clusters share, or own, is none's.
keyed as (

    select
        unit_id,
        provider,
        tag_set_id,
        case
            when count(distinct owner) = 1 then min(owner)
            when count(distinct owner) = 0 and count(distinct cluster) = 1 then min(cluster)
        end as cluster
    from owned_keys
    where cluster is not null
    group by all

),

tag_sets as (

    select
        unit_id,
        provider,
        tag_set_id
    from named
    union
    select
        unit_id,
        provider,
        tag_set_id
    from keyed
    where cluster is not null

),

final as (

    select
        ---------- ids
        tag_sets.unit_id,
        tag_sets.provider,
        tag_sets.tag_set_id,
        named.cluster as named_cluster,
        coalesce(names_in_builds.cluster, hints.cluster, keyed.cluster) as keyed_cluster

    from tag_sets
    left join named using (unit_id, provider, tag_set_id)
    left join keyed using (unit_id, provider, tag_set_id)
    left join names_in_builds
        on
            keyed.unit_id = names_in_builds.unit_id
            and keyed.provider = names_in_builds.provider
            and {{ tag_name('keyed.cluster') }} = names_in_builds.cluster_key
    left join {{ ref('int_cluster_hints') }} as hints
        on
            hints.hint = 'name'
            and keyed.provider = hints.provider
            and {{ tag_name('keyed.cluster') }} = hints.hinted

)

select * from final
