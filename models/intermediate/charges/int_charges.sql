{{ config(materialized='units') }}

{%- set dimensions = [
    'unit_id', 'provider', 'scope', 'billing_period', 'billing_account_id', 'sub_account_id',
    'sub_account_name', 'resource_id', 'provider_id', 'sku_id', 'tag_set_id',
    'commitment_discount_id', 'reservation_id', 'offer_id', 'on_demand_sku_id', 'charge_date',
    'region_id', 'availability_zone', 'service_name', 'service_category', 'charge_type',
    'charge_category', 'charge_class', 'pricing_model', 'commitment_discount_type',
    'commitment_discount_status', 'billing_currency', 'in_kubecost_scope', 'vm_name',
    'resource_group', 'instance_type', 'operating_system', 'usage_unit',
] -%}
{%- set measures = [
    'usage_quantity', 'vm_hours', 'commitment_quantity', 'list_cost', 'net_cost',
    'amortized_net_cost', 'invoiced_cost', 'amortized_cost', 'public_list_cost',
    'commitment_share_cost', 'commitment_to_come_cost',
] -%}

with

lines as (

    {{ union_by_name(
        [
            ref('int_aws__charges'),
            ref('int_azure__charges'),
            ref('int_gcp__charges'),
            ref('int_focus__charges'),
        ],
        dimensions + ['is_kubernetes_service', 'line_count'] + measures,
    ) }}

),

tag_sets as (

    select * from {{ ref('tag_sets') }}

),

daily as (

    select
        {{ dimensions | join(',\n        ') }},
        is_kubernetes_service,
        {% for measure in measures -%}
            sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        cast(sum(line_count) as bigint) as line_count
    from lines
    where {{ of_units('int_built_bills') }}
    group by all

),

keyed as (

    select
        *,
        {{ charge_id() }} as charge_id
    from daily

),

final as (

    select
        keyed.charge_id,
        keyed.is_kubernetes_service or coalesce(tag_sets.is_kubernetes, false) as is_kubernetes,
        {% for dimension in dimensions -%}
            keyed.{{ dimension }},
        {% endfor -%}
        {% for measure in measures -%}
            keyed.{{ measure }},
        {% endfor -%}
        keyed.line_count
    from keyed
    left join tag_sets
        on
            keyed.unit_id = tag_sets.unit_id
            and keyed.provider = tag_sets.provider
            and keyed.tag_set_id = tag_sets.tag_set_id

)

select * from final
