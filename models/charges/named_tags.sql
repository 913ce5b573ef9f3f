{{ config(materialized='units') }}

with

tag_sets as (

    select * from {{ ref('tag_sets') }}
    where {{ of_units() }}

),

given_names as (

    select
        {{ tag_name('tag_key') }} as key_name,
        {{ tag_name('tag_name') }} as tag_name,
        tag_name as tag_label,
        key_order
    from {{ ref('tag_names') }}

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

bare_keys as (

    select
        unit_id,
        provider,
        tag_set_id,
        tag_key,
        tags[tag_key] as tag_value,
        {{ bare_tag_key('provider', 'tag_key') }} as bare_key
    from tag_keys

),

named as (

    select
        bare_keys.unit_id,
        bare_keys.provider,
        bare_keys.tag_set_id,
        bare_keys.tag_key,
        coalesce(bare_keys.tag_value, '') as tag_value,
        coalesce(given_names.tag_name, {{ tag_name('bare_keys.bare_key') }}) as tag_name,
        coalesce(given_names.tag_label, {{ tag_label('bare_keys.bare_key') }}) as tag_label,
        coalesce(given_names.key_order, 0) as given_order
    from bare_keys
    left join given_names on {{ tag_name('bare_keys.bare_key') }} = given_names.key_name

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        tag_set_id,

        ---------- dimensions
        tag_name,
        tag_label,
        tag_key,
        tag_value,
        cast(row_number() over (
            partition by unit_id, provider, tag_set_id, tag_name
            -- A value says more than none.
            order by tag_value = '' asc, given_order asc, tag_key asc
        ) as integer) as key_order,
        min(tag_value) over (partition by unit_id, provider, tag_set_id, tag_name)
        != max(tag_value) over (partition by unit_id, provider, tag_set_id, tag_name)
            as has_other_values

    from named

)

select * from final
