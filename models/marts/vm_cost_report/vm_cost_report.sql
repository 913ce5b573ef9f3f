-- On Spark a partition for each period would be many small files: it makes the table whole.
{{ config(materialized='table' if target.type == 'spark' else 'units') }}

{%- set categories = {
    'Total': "'Total'",
    'Subscription': 'subscription',
    'Resource Group': 'resource_group',
    'Region': 'region_id',
    'Machine Series': 'machine_series',
    'Instance Type': 'instance_type',
    'Normalized Machine Series': 'normalized_machine_series',
    'Operating System': 'operating_system',
    'Pricing Model': 'pricing_model',
    'Reservation': 'reservation',
} -%}

with

-- Numbers take less time and memory to compare than texts.
periods as (

    select
        *,
        dense_rank() over (order by unit_id) as period
    from {{ ref('int_vm_periods') }}
    where {{ of_units('int_vm_periods', size='row_count') }}

),

vm_costs as (

    select vm_costs.*
    from {{ ref('vm_costs_daily') }} as vm_costs
    where
        exists (
            select 1
            from periods
            where
                vm_costs.provider = periods.provider
                and vm_costs.charge_date = periods.charge_date
        )

),

vm_days as (

    {{ vm_days('vm_costs') | indent(4) }}

),

{% for id in ['resource_id', 'vm_name', 'reservation_id'] -%}
    {{ id }}s as (

        select
            {{ id }},
            row_number() over (order by {{ id }}) as number
        from vm_costs
        where {{ id }} is not null
        group by {{ id }}

    ),

{% endfor -%}

-- A VM's days of a period in one row, which each category then adds up. What runs stays apart from
-- what is only corrected, which counts as no VM.
in_periods as (

    select
        ---------- ids
        periods.period,
        resource_ids.number as resource_id,
        vm_names.number as vm_name,
        reservation_ids.number as reservation_id,

        ---------- dimensions
        vm_costs.billing_currency,
        vm_costs.reservation_id as reservation,
        coalesce(vm_costs.sub_account_name, vm_costs.sub_account_id) as subscription,
        vm_costs.resource_group,
        vm_costs.region_id,
        vm_costs.machine_series,
        vm_costs.instance_type,
        vm_costs.normalized_machine_series,
        vm_costs.operating_system,
        vm_costs.pricing_model,

        ---------- quantities
        vm_costs.is_running,
        periods.period_hours,
        {% for amount in [
            'vm_hours', 'reserved_hours', 'scaled_hours', 'normalized_hours',
            'normalized_reserved_hours', 'applications_cost', 'compute_cost',
            'compute_cost_before_ri', 'network_cost', 'total_cost',
        ] -%}
            sum(vm_costs.{{ amount }}) as {{ amount }},
        {% endfor -%}
        max(vm_costs.reservation_factor) as reservation_factor

    from vm_days as vm_costs
    inner join periods using (provider, charge_date)
    left join resource_ids using (resource_id)
    left join vm_names using (vm_name)
    left join reservation_ids using (reservation_id)
    group by all

),

-- One category after the other: all at once, what is counted as distinct does not fit into memory.
-- Each is a subquery: a CTE that is read twice is written down first. Factors compare sizes of one
-- group only.
measured as (

    {% for category, value in categories.items() -%}
        {%- set rows -%}
            (select *, '{{ category }}' as category, {{ value }} as category_value from in_periods)
        {%- endset -%}
        {{ vm_measures(
            rows ~ ' as in_category',
            ['period', 'billing_currency', 'category', 'category_value'],
            'normalized_hours' if category == 'Normalized Machine Series' else 'cast(null as double)',
        ) | indent(8) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (

    select
        periods.unit_id,
        periods.granularity,
        periods.period_start,
        periods.provider,
        periods.period_hours,

        ---------- dimensions
        measured.billing_currency,
        measured.category,
        measured.category_value,

        ---------- measures
        {% for measure in [
            'asset_hours', 'assets', 'assets_by_usage', 'reservations', 'utilized_reservations',
            'vm_hours', 'vms', 'vms_by_usage', 'applications_cost', 'compute_cost',
            'compute_cost_before_ri', 'network_cost', 'normalized_reservation_surplus',
            'normalized_reservations', 'normalized_underutilized_reservations',
            'normalized_utilized_reservations', 'normalized_vms',
        ] -%}
            measured.{{ measure }},
        {% endfor -%}
        measured.total_cost

    from measured
    inner join (
        select distinct
            unit_id,
            period,
            granularity,
            period_start,
            provider,
            period_hours
        from periods
    ) as periods
        on measured.period = periods.period

)

select * from final
