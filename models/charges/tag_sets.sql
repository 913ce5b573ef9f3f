{{ config(materialized='units') }}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units('int_built_bills') }}

),

markers as (

    select * from {{ ref('kubernetes_markers') }}
    where match != 'service' and (is_documented or {{ var('further_kubernetes_markers') }})

),

tagged_lines as (

    select * from {{ ref('int_lines') }}
    where tag_set_id is not null

),

tag_sets as (

    select
        bills.unit_id,
        tagged_lines.provider,
        tagged_lines.tag_set_id,
        any_value(tagged_lines.tags) as tags
    from tagged_lines
    inner join bills using (export_name, bill, billing_period)
    group by all

),

tag_keys as (

    select
        unit_id,
        provider,
        tag_set_id,
        tags,
        {{ unnest_map_keys('tags') }} as tag_key
    from tag_sets

),

-- FOCUS files of AWS have the keys as they were given, CUR 2.0 and the markers in another spelling.
spelled_keys as (

    select
        unit_id,
        provider,
        tag_set_id,
        case
            when provider != 'AWS' then tag_key
            when
                left(lower(tag_key), 4) in ('aws:', 'aws_')
                or left(lower(tag_key), 5) in ('user:', 'user_')
                then translate(lower(tag_key), ':/.-', '____')
            else 'user_' || translate(lower(tag_key), ':/.-', '____')
        end as tag_key,
        coalesce(tags[tag_key], '') != '' as has_value
    from tag_keys

),

kubernetes_tag_sets as (

    select distinct
        spelled_keys.unit_id,
        spelled_keys.provider,
        spelled_keys.tag_set_id
    from spelled_keys
    inner join markers
        on
            spelled_keys.provider = markers.provider
            -- On AWS and Azure Kubecost takes empty values for absent.
            and (spelled_keys.has_value or not markers.needs_value)
            and (
                markers.match = 'key' and spelled_keys.tag_key = markers.marker
                or markers.match = 'prefix'
                and left(spelled_keys.tag_key, length(markers.marker)) = markers.marker
            )

),

final as (

    select
        tag_sets.unit_id,
        tag_sets.provider,
        tag_sets.tag_set_id,
        tag_sets.tags,
        kubernetes_tag_sets.tag_set_id is not null as is_kubernetes
    from tag_sets
    left join kubernetes_tag_sets using (unit_id, provider, tag_set_id)

)

select * from final
