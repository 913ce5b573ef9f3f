-- Every row of the report counts for itself what the daily fact holds of it: distinct counts are
-- counted over again here, by week and month, and additive measures tie out to the fact.
{%- set counts = {
    'month': ("'Region'", 'vm_costs.region_id'),
    'week': ("'Total'", "'Total'"),
} %}

with

periods as (

    {% for granularity in counts -%}
        select distinct
            provider,
            '{{ granularity }}' as granularity,
            cast(date_trunc('{{ granularity }}', charge_date) as date) as period_start
        from {{ ref('vm_costs_daily') }}
        where {{ is_untested() }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

corrected as (

    select distinct
        vm_costs.provider,
        vm_costs.charge_date,
        vm_costs.resource_id,
        vm_costs.vm_name
    from {{ ref('vm_costs_daily') }} as vm_costs
    where vm_costs.vm_hours < 0

),

-- Days that corrections take back to the last hour: nothing ran then.
taken_back as (

    select
        corrected.*,
        true as is_taken_back
    from corrected
    inner join {{ ref('vm_costs_daily') }} as vm_costs
        on
            corrected.provider = vm_costs.provider
            and corrected.charge_date = vm_costs.charge_date
            and corrected.resource_id is not distinct from vm_costs.resource_id
            and corrected.vm_name is not distinct from vm_costs.vm_name
    group by all
    having sum(vm_costs.vm_hours) <= 0

),

vm_costs as (

    select
        vm_costs.*,
        vm_costs.vm_hours > 0 and taken_back.is_taken_back is null as is_running
    from {{ ref('vm_costs_daily') }} as vm_costs
    left join taken_back
        on
            vm_costs.provider = taken_back.provider
            and vm_costs.charge_date = taken_back.charge_date
            and vm_costs.resource_id is not distinct from taken_back.resource_id
            and vm_costs.vm_name is not distinct from taken_back.vm_name

),

counted as (

    {% for granularity, (category, category_value) in counts.items() -%}
        select
            periods.granularity,
            periods.period_start,
            periods.provider,
            vm_costs.billing_currency,
            {{ category }} as category,
            {{ category_value }} as category_value,
            count(distinct case when vm_costs.is_running then vm_costs.vm_name end) as vms,
            count(distinct case when vm_costs.is_running then vm_costs.resource_id end) as assets,
            count(distinct case when vm_costs.is_running then vm_costs.reservation_id end)
                as reservations,
            sum(vm_costs.total_cost) as total_cost
        from vm_costs
        inner join periods
            on
                vm_costs.provider = periods.provider
                and date_trunc('{{ granularity }}', vm_costs.charge_date) = periods.period_start
        where periods.granularity = '{{ granularity }}'
        group by all
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

in_report as (

    select
        granularity,
        period_start,
        provider,
        billing_currency,
        category,
        category_value,
        vms,
        assets,
        reservations,
        total_cost
    from {{ ref('vm_cost_report') }}
    inner join periods using (provider, granularity, period_start)
    where
        (granularity = 'month' and category = 'Region')
        or (granularity = 'week' and category = 'Total')

),

missing as (

    select * from counted
    except
    select * from in_report

),

unfounded as (

    select * from in_report
    except
    select * from counted

)

select * from missing
union all
select * from unfounded
