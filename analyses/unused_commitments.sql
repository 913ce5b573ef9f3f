-- Money paid for commitments that covered nothing, by month, the most first, with what the
-- commitment saved all the same.
select
    provider,
    commitment_discount_id,
    commitment_discount_type,
    max(commitment_name) as commitment_name,
    billing_currency,
    cast(date_trunc('month', charge_date) as date) as charge_month,
    sum(committed_cost) as committed_cost,
    sum(unused_cost) as unused_cost,
    sum(savings) as savings
from {{ ref('commitments') }}
group by provider, commitment_discount_id, commitment_discount_type, billing_currency, charge_month
having sum(unused_cost) > 0
order by unused_cost desc
