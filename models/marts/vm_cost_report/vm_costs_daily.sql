{%- set of_machines = [
    'resource_id', 'reservation_id', 'vm_name', 'instance_type', 'operating_system',
    'price_source', 'price_offer_id', 'normalization_source', 'normalization_factor',
    'reservation_factor', 'vm_hours', 'reserved_hours', 'scaled_hours', 'normalized_hours',
    'normalized_reserved_hours', 'hourly_price', 'machine_series', 'normalized_machine_series',
] %}
{%- set of_all = [
    'unit_id', 'provider', 'scope', 'billing_period', 'sub_account_id', 'sub_account_name',
    'tag_set_id',
    'charge_date', 'resource_group', 'region_id', 'pricing_model', 'billing_currency',
    'applications_cost', 'network_cost', 'total_cost',
] %}

with

machines as (

    select
        {{ of_all | join(',\n        ') }},
        {{ of_machines | join(',\n        ') }},
        compute_cost,
        compute_cost_before_ri
    from {{ ref('vm_usage_daily') }}

),

others as (

    select
        {{ of_all | join(',\n        ') }},
        {% for column in of_machines -%}
            null as {{ column }},
        {% endfor -%}
        0 as compute_cost,
        0 as compute_cost_before_ri
    from {{ ref('vm_other_costs_daily') }}

),

final as (

    {{ union_by_name(
        ['machines', 'others'], of_all + of_machines + ['compute_cost', 'compute_cost_before_ri']
    ) }}

)

select * from final
