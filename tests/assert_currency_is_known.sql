{{ config(severity='warn') }}
-- Costs without a currency form a group of their own; `currency:` in bills.yml states it.
select distinct
    scope,
    billing_period
from {{ ref('charges') }}
where billing_currency is null
