-- On Spark a partition for each period would be many small files: it makes the table whole.
{{ config(
    materialized='table' if target.type == 'spark' else 'incremental',
    pre_hook="{{ drop_replaced('period_build_id', 'int_vm_periods') }}"
) }}

{%- set categories = {
    'Total': "'Total'",
    'Subscription': 'in_periods.subscription',
    'Resource Group': 'in_periods.resource_group',
    'Region': 'in_periods.region_id',
    'Machine Series': 'in_periods.machine_series',
    'Instance Type': 'in_periods.instance_type',
    'Normalized Machine Series': 'in_periods.normalized_machine_series',
    'Operating System': 'in_periods.operating_system',
    'Pricing Model': 'in_periods.pricing_model',
    'Reservation': 'in_periods.reservation_id',
} -%}
{%- set values = [] -%}
{%- for category, value in categories.items() -%}
    {%- do values.append("when '" ~ category ~ "' then " ~ value) -%}
{%- endfor %}

with

periods as (

    select * from {{ ref('int_vm_periods') }}
    where {{ is_new('period_build_id') }}

),

vm_costs as (

    select * from {{ ref('vm_costs_daily') }}

),

categories as (

    select names.category
    from (
        values
        {% for category in categories -%}
            ('{{ category }}'){{ ',' if not loop.last }}
        {% endfor %}
    ) as names (category)

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
        coalesce(vm_costs.sub_account_name, vm_costs.sub_account_id) as subscription,
        vm_costs.resource_group,
        vm_costs.region_id,
        vm_costs.machine_series,
        vm_costs.instance_type,
        vm_costs.normalized_machine_series,
        vm_costs.operating_system,
        vm_costs.pricing_model,

        ---------- quantities
        vm_costs.vm_hours > 0 as is_running,
        periods.period_hours,
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
    inner join periods using (provider, charge_date)
    group by all

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

-- Factors compare sizes of one group only.
measured as (

    {{ vm_measures(
        'categorized',
        'reservations',
        ['period_build_id', 'billing_currency', 'category', 'category_value'],
        "case when category = 'Normalized Machine Series' then normalized_hours end",
    ) | indent(4) }}

),

final as (

    select
        periods.granularity,
        periods.period_start,
        periods.provider,
        measured.*
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

)

select * from final
