-- On Spark a partition for each period would be many small files: it builds the report whole.
{{ config(
    materialized='table' if target.type == 'spark' else 'incremental',
    pre_hook="{{ drop_replaced_periods() }}"
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
    {% if is_incremental() %}
        where period_build_id not in (select period_build_id from {{ this }})
    {% endif %}

),

vm_costs as (

    select * from {{ ref('vm_costs_daily') }}

),

days as (

    select distinct
        provider,
        charge_date
    from {{ ref('vm_costs_daily') }}

),

-- Which periods a day belongs to, for a join by equal days.
period_days as (

    select
        days.charge_date,
        periods.provider,
        periods.period_build_id,
        periods.period_hours
    from days
    inner join periods
        on
            days.provider = periods.provider
            and periods.period_start = cast(
                case periods.granularity
                    when 'day' then days.charge_date
                    when 'week' then date_trunc('week', days.charge_date)
                    else date_trunc('month', days.charge_date)
                end
                as date
            )

),

-- A VM's days of a period in one row, before the rows are multiplied by category. What runs stays
-- apart from what is only corrected, which counts as no VM.
in_periods as (

    select
        ---------- ids
        period_days.period_build_id,
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
        period_days.period_hours,
        max(vm_costs.reservation_factor) as reservation_factor,
        sum(vm_costs.vm_hours) as vm_hours,
        sum(vm_costs.reserved_hours) as reserved_hours,
        sum(vm_costs.scaled_hours) as scaled_hours,
        sum(vm_costs.normalized_hours) as normalized_hours,
        sum(vm_costs.normalized_reserved_hours) as normalized_reserved_hours,

        ---------- costs
        sum(vm_costs.applications_cost) as applications_cost,
        sum(vm_costs.compute_cost) as compute_cost,
        sum(vm_costs.compute_cost_before_ri) as compute_cost_before_ri,
        sum(vm_costs.network_cost) as network_cost,
        sum(vm_costs.total_cost) as total_cost

    from vm_costs
    inner join period_days
        on
            vm_costs.provider = period_days.provider
            and vm_costs.charge_date = period_days.charge_date
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
    inner join periods on measured.period_build_id = periods.period_build_id

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
        case when is_normalized then normalized_reservation_surplus end
            as normalized_reservation_surplus,
        case when is_normalized then normalized_reservations end as normalized_reservations,
        case when is_normalized then normalized_underutilized_reservations end
            as normalized_underutilized_reservations,
        case when is_normalized then normalized_utilized_reservations end
            as normalized_utilized_reservations,
        case when is_normalized then normalized_vms end as normalized_vms,
        total_cost

    from flagged

)

select * from final
