-- Marts hold the builds, months and periods that the bills have now and no other; those that have
-- rows of every unit hold all of them.
{%- set marts = {
    'int_charges': ('unit_id', 'int_built_bills', 'unit_id', none),
    'focus_charges': ('x_cloudbillunitid', 'charges', 'unit_id', 'true'),
    'cloud_costs': ('unit_id', 'charges', 'unit_id', 'in_kubecost_scope'),
    'cloud_cost_breakdown': ('unit_id', 'charges', 'unit_id', 'in_kubecost_scope'),
    'vm_cost_report': ('unit_id', 'int_vm_periods', 'unit_id', 'true'),
    'cluster_costs': ('unit_id', 'int_cluster_units', 'unit_id', none),
    'charge_clusters': ('unit_id', 'int_cluster_units', 'unit_id', none),
    'vm_usage_daily': ('unit_id', 'charges', 'unit_id', none),
    'cloud_cost_summary': ('unit_id', 'int_account_months', 'unit_id', none),
    'commitment_coverage': ('unit_id', 'int_account_months', 'unit_id', none),
} %}

{% for mart, (unit_id, units, id, has_rows) in marts.items() -%}
    select
        '{{ mart }}' as mart,
        {{ unit_id }} as unit_id,
        'was replaced' as finding
    from {{ ref(mart) }}
    where {{ unit_id }} not in (select distinct {{ id }} from {{ ref(units) }})
    group by {{ unit_id }}
    {% if has_rows -%}
        union all
        select
            '{{ mart }}' as mart,
            {{ id }} as unit_id,
            'is missing' as finding
        from {{ ref(units) }}
        where
            {{ has_rows }}
            and {{ id }} not in (select distinct {{ unit_id }} from {{ ref(mart) }})
        group by {{ id }}
    {% endif -%}
    {{ 'union all' if not loop.last }}
{% endfor %}
