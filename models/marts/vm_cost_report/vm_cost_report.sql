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

periods as (

    select * from {{ ref('int_vm_periods') }}
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

-- Numbers take less memory to count than texts.
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
        periods.unit_id,
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
        vm_costs.vm_hours > 0 as is_running,
        periods.period_hours,
        {% for amount in [
            'vm_hours', 'reserved_hours', 'scaled_hours', 'normalized_hours',
            'normalized_reserved_hours', 'applications_cost', 'compute_cost',
            'compute_cost_before_ri', 'network_cost', 'total_cost',
        ] -%}
            sum(vm_costs.{{ amount }}) as {{ amount }},
        {% endfor -%}
        max(vm_costs.reservation_factor) as reservation_factor

    from vm_costs
    inner join periods using (provider, charge_date)
    left join resource_ids using (resource_id)
    left join vm_names using (vm_name)
    left join reservation_ids using (reservation_id)
    group by all

),

{% for category, value in categories.items() -%}
    by_{{ category | lower | replace(' ', '_') }} as (

        select
            *,
            '{{ category }}' as category,
            {{ value }} as category_value
        from in_periods

    ),

{% endfor -%}

-- One category after the other: all at once, what is counted as distinct does not fit into memory.
-- Factors compare sizes of one group only.
measured as (

    {% for category in categories -%}
        {{ vm_measures(
            'by_' ~ category | lower | replace(' ', '_'),
            ['unit_id', 'billing_currency', 'category', 'category_value'],
            'normalized_hours' if category == 'Normalized Machine Series' else 'cast(null as double)',
        ) | indent(8) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (

    select
        periods.granularity,
        periods.period_start,
        periods.provider,
        periods.period_hours,
        measured.*
    from measured
    inner join (
        select distinct
            unit_id,
            granularity,
            period_start,
            provider,
            period_hours
        from periods
    ) as periods
        on measured.unit_id = periods.unit_id

)

select * from final
