-- What reservations would have saved on machines of a type that ran on demand.
-- Only the level that each of the last 30 days reached counts, so that the reservation would have
-- been used all the time. Change the discount to that of your offer: no bill tells it.
{%- set discount = 0.35 %}

with

usage_daily as (

    select
        provider,
        sub_account_id,
        region_id,
        instance_type,
        billing_currency,
        charge_date,
        sum(vm_hours) as vm_hours,
        sum(compute_cost) as compute_cost
    from {{ ref('vm_usage_daily') }}
    where pricing_model = 'On-Demand' and vm_hours > 0
    group by all

),

last_days as (

    -- The last day on a bill is rarely complete.
    select
        provider,
        cast(max(charge_date) - interval 1 day as date) as last_day
    from usage_daily
    group by all

),

steady as (

    select
        usage_daily.provider,
        usage_daily.sub_account_id,
        usage_daily.region_id,
        usage_daily.instance_type,
        usage_daily.billing_currency,
        count(*) as days_on_bill,
        min(usage_daily.vm_hours) / 24 as steady_machines,
        cast(sum(usage_daily.compute_cost) as double) / cast(sum(usage_daily.vm_hours) as double)
            as hourly_price
    from usage_daily
    inner join last_days
        on
            usage_daily.provider = last_days.provider
            and usage_daily.charge_date <= last_days.last_day
            and usage_daily.charge_date > last_days.last_day - interval 30 day
    group by all

)

select
    *,
    steady_machines * 730 * hourly_price as monthly_cost_on_demand,
    steady_machines * 730 * hourly_price * {{ discount }} as monthly_savings
from steady
where days_on_bill = 30 and steady_machines > 0
order by monthly_savings desc
