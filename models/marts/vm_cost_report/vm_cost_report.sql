-- On Spark a partition for each period would be many small files: it makes the table whole.
{{ config(
    materialized='table' if target.type == 'spark' else 'incremental',
    pre_hook="{{ drop_replaced('period_build_id', 'int_vm_periods') }}"
) }}

{%- set categories = {
    'Total': "'Total'",
    'Subscription': 'coalesce(vm_costs.sub_account_name, vm_costs.sub_account_id)',
    'Resource Group': 'vm_costs.resource_group',
    'Region': 'vm_costs.region_id',
    'Machine Series': 'vm_costs.machine_series',
    'Instance Type': 'vm_costs.instance_type',
    'Normalized Machine Series': 'vm_costs.normalized_machine_series',
    'Operating System': 'vm_costs.operating_system',
    'Pricing Model': 'vm_costs.pricing_model',
    'Reservation': 'vm_costs.reservation_id',
} -%}
{%- set values = [] -%}
{%- for name in categories -%}
    {%- set column = name | lower | replace(' ', '_') -%}
    {%- do values.append("when '" ~ name ~ "' then in_periods." ~ column) -%}
{%- endfor %}

with

periods as (

    select * from {{ ref('int_vm_periods') }}
    where {{ is_new('period_build_id') }}

),

vm_costs as (

    select * from {{ ref('vm_costs_daily') }}

),

-- A VM's days of a period in one row, before the rows are multiplied by category. What runs stays
-- apart from what is only corrected, which counts as no VM.
in_periods as (

    select
        ---------- ids
        periods.period_build_id,
        vm_costs.resource_id,
        vm_costs.reservation_id,

        ---------- dimensions
        vm_costs.billing_currency,
        vm_costs.vm_name,
        {% for name, expression in categories.items() -%}
            {{ expression }} as {{ name | lower | replace(' ', '_') }},
        {% endfor %}
        ---------- quantities
        vm_costs.vm_hours > 0 as is_running,
        periods.period_hours,
        max(vm_costs.reservation_factor) as reservation_factor,
        {% for quantity in [
            'vm_hours', 'reserved_hours', 'scaled_hours', 'normalized_hours',
            'normalized_reserved_hours',
        ] -%}
            sum(vm_costs.{{ quantity }}) as {{ quantity }},
        {% endfor %}
        ---------- costs
    {% for cost in [
        'applications_cost', 'compute_cost', 'compute_cost_before_ri', 'network_cost', 'total_cost',
    ] -%}
        sum(vm_costs.{{ cost }}) as {{ cost }}{{ "," if not loop.last }}
    {% endfor %}
    from vm_costs
    inner join periods
        on
            vm_costs.provider = periods.provider
            and vm_costs.charge_date = periods.charge_date
    group by all

),

categories as (

    select names.category
    from (
        values
        {% for name in categories -%}
            ('{{ name }}'){{ ',' if not loop.last }}
        {% endfor %}
    ) as names (category)

),

categorized as (

    select
        in_periods.*,
        categories.category,
        case categories.category {{ values | join(' ') }} end as category_value
    from in_periods
    cross join categories

),

reservations as (

    select
        in_periods.period_build_id,
        in_periods.billing_currency,
        categories.category,
        case categories.category {{ values | join(' ') }} end as category_value,
        in_periods.reservation_id,
        in_periods.reservation_factor,
        in_periods.vm_hours
    from in_periods
    cross join categories
    where in_periods.reservation_id is not null

),

measured as (

    {{ vm_measures('categorized', 'reservations', [
        'period_build_id', 'billing_currency', 'category', 'category_value',
    ]) | indent(4) }}

),

flagged as (

    select
        measured.*,
        periods.granularity,
        periods.period_start,
        periods.provider,
        -- Factors compare sizes of one group only.
        measured.category = 'Normalized Machine Series' as is_normalized
    from measured
    inner join (
        select distinct
            period_build_id,
            granularity,
            period_start,
            provider
        from periods
    ) as periods
        on measured.period_build_id = periods.period_build_id

),

final as (

    select
        ---------- ids
        period_build_id,

        ---------- dimensions
        granularity,
        period_start,
        provider,
        billing_currency,
        category,
        category_value,

        ---------- measures
        asset_hours,
        assets,
        assets_by_usage,
        reservations,
        utilized_reservations,
        vm_hours,
        vms,
        vms_by_usage,
        applications_cost,
        compute_cost,
        compute_cost_before_ri,
        network_cost,
        {% for measure in [
            'normalized_reservation_surplus', 'normalized_reservations',
            'normalized_underutilized_reservations', 'normalized_utilized_reservations',
            'normalized_vms',
        ] -%}
            case when is_normalized then {{ measure }} end as {{ measure }},
        {% endfor -%}
        total_cost

    from flagged

)

select * from final
