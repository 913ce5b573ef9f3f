-- What counts as Kubernetes with the variable further_kubernetes_markers, and by which marker, that
-- does not by Kubecost's documented list: older AKS tags, goog-k8s-* labels, EKS split cost
-- allocation and others of seeds/kubernetes_markers.csv. Run after a build, with
-- `dbt show --select further_kubernetes_markers --limit 50`.

with

charges as (

    select * from {{ ref('charges') }}

),

tag_sets as (

    select * from {{ ref('tag_sets') }}

),

markers as (

    select * from {{ ref('kubernetes_markers') }}

),

tag_keys as (

    select
        unit_id,
        provider,
        tag_set_id,
        {{ unnest_map_keys('tags') }} as tag_key
    from tag_sets

),

marked_tag_sets as (

    select
        tag_keys.unit_id,
        tag_keys.provider,
        tag_keys.tag_set_id,
        bool_or(markers.is_documented) as has_documented_marker,
        min(case when not markers.is_documented then markers.marker end) as further_marker
    from tag_keys
    inner join markers
        on
            tag_keys.provider = markers.provider
            and (
                markers.match = 'key' and tag_keys.tag_key = markers.marker
                or markers.match = 'prefix'
                and left(tag_keys.tag_key, length(markers.marker)) = markers.marker
            )
    group by all

),

marked_services as (

    select
        provider,
        marker
    from markers
    where match = 'service' and is_documented

),

-- Whether the warehouse was built with the variable or without makes no difference here.
final as (

    select
        charges.provider,
        charges.scope,
        charges.billing_period,
        charges.billing_currency,
        marked_tag_sets.further_marker,
        charges.service_name,
        sum(charges.line_count) as further_lines,
        sum(charges.net_cost) as further_net_cost,
        sum(charges.amortized_cost) as further_amortized_cost
    from charges
    inner join marked_tag_sets
        on
            charges.unit_id = marked_tag_sets.unit_id
            and charges.provider = marked_tag_sets.provider
            and charges.tag_set_id = marked_tag_sets.tag_set_id
    left join marked_services
        on
            charges.provider = marked_services.provider
            and charges.service_name = marked_services.marker
    where
        not marked_tag_sets.has_documented_marker
        and marked_services.marker is null
        and charges.in_kubecost_scope
    group by all

)

select * from final
order by further_amortized_cost desc
