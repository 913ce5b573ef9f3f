-- Money paid for commitments that covered nothing, by month, the most first, with what the
-- commitment saved all the same. What AWS states of a month that is open has hours to come.
select
    provider,
    commitment_discount_id,
    commitment_discount_type,
    max(commitment_name) as commitment_name,
    billing_currency,
    cast(date_trunc('month', charge_date) as date) as charge_month,
    sum(committed_cost) as committed_cost,
    sum(unused_cost) as unused_cost,
    sum(savings) as savings,
    bool_or(is_open_month) as is_open_month
from {{ ref('commitments') }}
group by provider, commitment_discount_id, commitment_discount_type, billing_currency, charge_month
having sum(unused_cost) > 0
order by is_open_month asc, unused_cost desc
