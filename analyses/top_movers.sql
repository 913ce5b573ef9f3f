-- What changed most: each service of an account in its last month on the bills against the month
-- before, by amortized net cost. Whole months only.
with

monthly as (

    select
        provider,
        sub_account_id,
        service_name,
        billing_currency,
        cast(date_trunc('month', charge_date) as date) as charge_month,
        sum(amortized_net_cost) as cost
    from {{ ref('cloud_cost_summary') }}
    group by all

),

-- A month that has only begun is no month to compare.
months as (

    select
        provider,
        billing_currency,
        cast(date_trunc('month', max(charge_date) + interval 1 day) as date) as open_month
    from {{ ref('cloud_cost_summary') }}
    group by all

),

compared as (

    select
        monthly.provider,
        monthly.sub_account_id,
        monthly.service_name,
        monthly.billing_currency,
        sum(
            case when charge_month = open_month - interval 2 month then cost else 0 end
        ) as cost_before,
        sum(
            case when charge_month = open_month - interval 1 month then cost else 0 end
        ) as cost_after
    from monthly
    inner join months
        on
            monthly.provider = months.provider
            and monthly.billing_currency is not distinct from months.billing_currency
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
