-- Every row of the report counts for itself what the daily fact holds of it: distinct counts are
-- counted over again here, by week and month, and additive measures tie out to the fact.
with

vm_costs as (

    select
        *,
        cast(date_trunc('week', charge_date) as date) as week_start,
        cast(date_trunc('month', charge_date) as date) as month_start
    from {{ ref('vm_costs_daily') }}

),

counted as (

    select
        'month' as granularity,
        month_start as period_start,
        provider,
        billing_currency,
        'Region' as category,
        region_id as category_value,
        count(distinct case when vm_hours > 0 then vm_name end) as vms,
        count(distinct case when vm_hours > 0 then resource_id end) as assets,
        count(distinct case when vm_hours is not null then reservation_id end) as reservations,
        sum(total_cost) as total_cost
    from vm_costs
    group by all
    union all
    select
        'week' as granularity,
        week_start as period_start,
        provider,
        billing_currency,
        'Total' as category,
        'Total' as category_value,
        count(distinct case when vm_hours > 0 then vm_name end) as vms,
        count(distinct case when vm_hours > 0 then resource_id end) as assets,
        count(distinct case when vm_hours is not null then reservation_id end) as reservations,
        sum(total_cost) as total_cost
    from vm_costs
    group by all

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
