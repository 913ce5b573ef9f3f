-- What each invoice should say: billed cost by bill, with what makes it up. Compare with the
-- provider's invoice when finance calls.
with

parts as (

    select
        provider,
        scope,
        billing_account_id,
        billing_period,
        billing_currency,
        charge_category,
        charge_type,
        sum(line_count) as lines,
        sum(invoiced_cost) as invoiced_cost
    from {{ ref('charges') }}
    group by all

)

select
    *,
    sum(invoiced_cost) over (
        partition by provider, scope, billing_account_id, billing_period, billing_currency
    ) as invoice_total
from parts
order by all
