{{ config(materialized='units') }}

{#- Labels have few values: added up once, each of their dimensions then costs next to nothing. -#}
{%- set labels = [
    'service_name', 'service_category', 'region_id', 'pricing_model', 'charge_category',
] -%}
{%- set dimensions = [
    ('Service', 'service_name', 'by_label'),
    ('Category', 'service_category', 'by_label'),
    ('Region', 'region_id', 'by_label'),
    ('Pricing model', 'pricing_model', 'by_label'),
    ('Charge category', 'charge_category', 'by_label'),
    ('Account', 'coalesce(sub_account_name, sub_account_id)', 'cloud_costs'),
    ('Cluster', 'cluster', 'by_cluster'),
    ('Tag set', 'tag_set_id', 'by_tag_set'),
] -%}

with

cloud_costs as (

    select * from {{ ref('cloud_costs') }}
    where {{ of_units() }}

),

by_label as (

    select
        unit_id,
        provider,
        scope,
        charge_date,
        billing_currency,
        kubernetes_percent,
        {{ labels | join(', ') }},
        {{ summed_cost_metrics() }}
    from cloud_costs
    group by all

),

by_tag_set as (

    select
        unit_id,
        provider,
        scope,
        charge_date,
        billing_currency,
        kubernetes_percent,
        tag_set_id,
        {{ summed_cost_metrics() }}
    from cloud_costs
    group by all

),

by_cluster as (

    select
        by_tag_set.*,
        tag_set_clusters.named_cluster as cluster
    from by_tag_set
    left join {{ ref('int_tag_set_clusters') }} as tag_set_clusters
        using (unit_id, provider, tag_set_id)

),

final as (

    {% for dimension, value, source in dimensions -%}
        select
            ---------- ids
            unit_id,
            provider,
            scope,

            ---------- dimensions
            charge_date,
            billing_currency,
            '{{ dimension }}' as dimension,
            {{ value }} as dimension_value,

            ---------- ratios
            kubernetes_percent,

            ---------- costs
            {{ summed_cost_metrics() }}
        from {{ source }}
        group by all
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
