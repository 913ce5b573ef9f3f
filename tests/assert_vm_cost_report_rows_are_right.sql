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

counted as (

    {% for granularity, (category, category_value) in counts.items() -%}
        select
            periods.granularity,
            periods.period_start,
            periods.provider,
            vm_costs.billing_currency,
            {{ category }} as category,
            {{ category_value }} as category_value,
            count(distinct case when vm_costs.vm_hours > 0 then vm_costs.vm_name end) as vms,
            count(distinct case when vm_costs.vm_hours > 0 then vm_costs.resource_id end) as assets,
            count(distinct case when vm_costs.vm_hours > 0 then vm_costs.reservation_id end)
                as reservations,
            sum(vm_costs.total_cost) as total_cost
        from {{ ref('vm_costs_daily') }} as vm_costs
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
