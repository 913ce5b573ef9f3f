{{ config(
    materialized='incremental',
    partition_by='build_id',
    pre_hook="{{ drop_pending_builds() }}"
) }}

with

bills as (

    select * from {{ ref('bills') }}
    where is_pending

),

markers as (

    select * from {{ ref('kubernetes_markers') }}
    where match != 'service' and (is_documented or {{ var('further_kubernetes_markers') }})

),

tagged_lines as (

    select
        export_name,
        bill,
        billing_period,
        'AWS' as provider,
        tag_set_id,
        tags
    from {{ ref('stg_aws__line_items') }}
    union all
    select
        export_name,
        bill,
        billing_period,
        'Microsoft' as provider,
        tag_set_id,
        tags
    from {{ ref('stg_azure__cost_lines') }}
    union all
    select
        export_name,
        bill,
        billing_period,
        'Google Cloud' as provider,
        tag_set_id,
        tags
    from {{ ref('stg_gcp__billing_lines') }}
    union all
    select
        export_name,
        bill,
        billing_period,
        provider,
        tag_set_id,
        tags
    from {{ ref('stg_focus__charges') }}

),

tag_sets as (

    select
        bills.build_id,
        tagged_lines.provider,
        tagged_lines.tag_set_id,
        any_value(tagged_lines.tags) as tags
    from tagged_lines
    inner join bills
        on
            tagged_lines.export_name = bills.export_name
            and tagged_lines.bill = bills.bill
            and tagged_lines.billing_period = bills.billing_period
    where tagged_lines.tag_set_id is not null
    group by all

),

tag_keys as (

    select
        build_id,
        provider,
        tag_set_id,
        {{ unnest_map_keys('tags') }} as tag_key
    from tag_sets

),

-- FOCUS files of AWS have the keys as they were given, CUR 2.0 and the markers in another spelling.
spelled_keys as (

    select
        build_id,
        provider,
        tag_set_id,
        case
            when provider != 'AWS' then tag_key
            when left(lower(tag_key), 4) in ('aws:', 'aws_')
                then translate(lower(tag_key), ':/.-', '____')
            when left(lower(tag_key), 5) in ('user:', 'user_')
                then translate(lower(tag_key), ':/.-', '____')
            else 'user_' || translate(lower(tag_key), ':/.-', '____')
        end as tag_key
    from tag_keys

),

kubernetes_tag_sets as (

    select distinct
        tag_keys.build_id,
        tag_keys.provider,
        tag_keys.tag_set_id
    from spelled_keys as tag_keys
    inner join markers
        on
            tag_keys.provider = markers.provider
            and (
                markers.match = 'key' and tag_keys.tag_key = markers.marker
                or markers.match = 'prefix'
                and left(tag_keys.tag_key, length(markers.marker)) = markers.marker
            )

),

final as (

    select
        tag_sets.build_id,
        tag_sets.provider,
        tag_sets.tag_set_id,
        tag_sets.tags,
        -- Where a bill names the cluster: EKS and eksctl, GKE, AKS.
        coalesce(
            tag_sets.tags['aws_eks_cluster_name'],
            tag_sets.tags['user_eks_cluster_name'],
            tag_sets.tags['user_alpha_eksctl_io_cluster_name'],
            tag_sets.tags['goog-k8s-cluster-name'],
            tag_sets.tags['aks-managed-cluster-name']
        ) as cluster,
        kubernetes_tag_sets.tag_set_id is not null as is_kubernetes
    from tag_sets
    left join kubernetes_tag_sets
        on
            tag_sets.build_id = kubernetes_tag_sets.build_id
            and tag_sets.provider = kubernetes_tag_sets.provider
            and tag_sets.tag_set_id = kubernetes_tag_sets.tag_set_id

)

select * from final
