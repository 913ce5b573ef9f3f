-- What changed most: each service of an account in the last month that is complete against the
-- month before, by amortized net cost. Of each scope, its own last complete month: a bill that has
-- not come is no saving.
with

months as (

    select
        provider,
        scope,
        -- The day after the last complete one is in the month that is open.
        cast(date_trunc('month', last_complete_date + interval 1 day) as date) as open_month
    from {{ ref('scope_days') }}

),

monthly as (

    select
        cloud_costs.provider,
        cloud_costs.scope,
        cloud_costs.sub_account_id,
        cloud_costs.service_name,
        cloud_costs.billing_currency,
        months.open_month,
        cast(date_trunc('month', cloud_costs.charge_date) as date) as charge_month,
        sum(cloud_costs.amortized_net_cost) as cost
    from {{ ref('cloud_costs') }} as cloud_costs
    inner join months
        on cloud_costs.provider = months.provider and cloud_costs.scope = months.scope
    group by all

),

compared as (

    select
        provider,
        scope,
        sub_account_id,
        service_name,
        billing_currency,
        cast(open_month - interval 1 month as date) as charge_month,
        sum(
            case when charge_month = open_month - interval 2 month then cost else 0 end
        ) as cost_before,
        sum(
            case when charge_month = open_month - interval 1 month then cost else 0 end
        ) as cost_after
    from monthly
    group by all

)

select
    *,
    cost_after - cost_before as change,
    cast(cost_after - cost_before as double) / nullif(abs(cast(cost_before as double)), 0)
        as change_rate
from compared
order by abs(cost_after - cost_before) desc
limit 50
