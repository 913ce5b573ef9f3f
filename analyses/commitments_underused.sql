-- Commitments of which less than 80 % was used in their last month on the bills, the most wasteful
-- first. By month, because AWS dates the unused part of a reservation at the start of it, and of
-- months that are over, because it states it for the whole month ahead.
with

monthly as (

    select
        provider,
        commitment_discount_id,
        max(commitment_name) as commitment_name,
        billing_currency,
        cast(date_trunc('month', charge_date) as date) as charge_month,
        sum(committed_cost) as committed_cost,
        sum(unused_cost) as unused_cost,
        cast(sum(used_cost) as double)
        / cast(nullif(sum(used_cost + unused_cost), 0) as double) as utilization
    from {{ ref('commitments') }}
    where not is_open_month
    group by provider, commitment_discount_id, billing_currency, charge_month

),

last_months as (

    select * from monthly
    qualify
        charge_month
        = max(charge_month) over (partition by provider, commitment_discount_id, billing_currency)

)

select * from last_months
where utilization < 0.8
order by unused_cost desc
