-- Commitments that end within 90 days of the last day of the bills, and what they cost and save a
-- month, by their last 30 days.
with

commitments as (

    select * from {{ ref('commitments') }}

),

last_days as (

    select max(charge_date) as last_day from commitments

)

select
    commitments.provider,
    commitments.commitment_discount_id,
    commitments.commitment_name,
    commitments.end_date,
    commitments.billing_currency,
    sum(commitments.committed_cost) as committed_cost,
    sum(commitments.savings) as savings
from commitments
cross join last_days
where
    commitments.end_date between last_days.last_day and last_days.last_day + interval 90 day
    and commitments.charge_date > last_days.last_day - interval 30 day
group by all
order by end_date asc, committed_cost desc
