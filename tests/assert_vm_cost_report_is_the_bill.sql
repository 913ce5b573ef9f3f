-- Costs are additive: in every category and granularity the values add up to what the charges are
-- invoiced for.
with

by_category as (

    select
        granularity,
        provider,
        billing_currency,
        category,
        sum(total_cost) as total_cost
    from {{ ref('vm_cost_report') }}
    group by all

),

charges as (

    select
        provider,
        billing_currency,
        sum(invoiced_cost) as invoiced_cost
    from {{ ref('charges') }}
    group by all

)

select
    by_category.*,
    charges.invoiced_cost
from by_category
full join charges
    on
        by_category.provider = charges.provider
        and by_category.billing_currency is not distinct from charges.billing_currency
where
    by_category.total_cost is distinct from charges.invoiced_cost
    -- A currency in which nothing was billed has no rows.
    and coalesce(charges.invoiced_cost, by_category.total_cost) != 0
