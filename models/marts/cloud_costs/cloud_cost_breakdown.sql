{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ drop_replaced_builds() }}"
) }}

{%- set key = ['build_id', 'provider', 'charge_date', 'billing_currency', 'kubernetes_percent'] -%}
{%- set few = {
    'Service': 'service_name',
    'Category': 'service_category',
    'Region': 'region_id',
    'Pricing model': 'pricing_model',
    'Charge category': 'charge_category',
} -%}
{%- set costs -%}
    {%- for metric in cost_metrics() -%}
    sum({{ metric }}) as {{ metric }}{{ ",\n        " if not loop.last }}
    {%- endfor -%}
{%- endset -%}

with

cloud_costs as (

    select * from {{ ref('cloud_costs') }}
    where {{ is_new_build() }}

),

tag_sets as (

    select * from {{ ref('tag_sets') }}

),

-- What has few values is added up first; each of its dimensions then costs next to nothing.
by_label as (

    select
        {{ key | join(', ') }},
        {{ few.values() | join(', ') }},
        {{ costs }}
    from cloud_costs
    group by all

),

by_account as (

    select
        {{ key | join(', ') }},
        coalesce(sub_account_name, sub_account_id) as account,
        {{ costs }}
    from cloud_costs
    group by all

),

by_tag_set as (

    select
        {{ key | join(', ') }},
        tag_set_id,
        {{ costs }}
    from cloud_costs
    group by all

),

tag_keys as (

    select
        build_id,
        provider,
        tag_set_id,
        tags,
        {{ unnest_map_keys('tags') }} as tag_key
    from tag_sets

),

by_dimension as (

    {% for dimension, column in few.items() -%}
        select
            {{ key | join(', ') }},
            '{{ dimension }}' as dimension,
            cast(null as varchar) as tag_key,
            {{ column }} as dimension_value,
            {{ cost_metrics() | join(', ') }}
        from by_label
        union all
    {% endfor -%}
    select
        {{ key | join(', ') }},
        'Account' as dimension,
        cast(null as varchar) as tag_key,
        account as dimension_value,
        {{ cost_metrics() | join(', ') }}
    from by_account
    union all
    select
        by_tag_set.{{ key | join(', by_tag_set.') }},
        'Cluster' as dimension,
        cast(null as varchar) as tag_key,
        tag_sets.cluster as dimension_value,
        {{ cost_metrics() | join(', ') }}
    from by_tag_set
    left join tag_sets
        on
            by_tag_set.build_id = tag_sets.build_id
            and by_tag_set.provider = tag_sets.provider
            and by_tag_set.tag_set_id = tag_sets.tag_set_id
    union all
    select
        by_tag_set.{{ key | join(', by_tag_set.') }},
        'Tag' as dimension,
        tag_keys.tag_key,
        tag_keys.tags[tag_keys.tag_key] as dimension_value,
        {{ cost_metrics() | join(', ') }}
    from by_tag_set
    inner join tag_keys
        on
            by_tag_set.build_id = tag_keys.build_id
            and by_tag_set.provider = tag_keys.provider
            and by_tag_set.tag_set_id = tag_keys.tag_set_id

),

final as (

    select
        ---------- ids
        build_id,
        provider,

        ---------- dimensions
        charge_date,
        billing_currency,
        dimension,
        tag_key,
        dimension_value,

        ---------- costs
        {% for metric in cost_metrics() -%}
            sum({{ metric }}) as {{ metric }},
        {% endfor %}
        {%- for metric in cost_metrics() %}
            sum(case when kubernetes_percent = 1 then {{ metric }} else 0 end)
                as {{ metric }}_kubernetes{{ "," if not loop.last }}
        {%- endfor %}

    from by_dimension
    group by all

)

select * from final
