{{ config(severity='warn') }}
-- Covered usage names the commitment that covers it; without the name it is in no commitment.
select
    provider,
    scope,
    billing_period,
    charge_type,
    sum(amortized_net_cost) as cost
from {{ ref('charges') }}
where
    commitment_discount_status = 'Used' and provider != 'Google Cloud'
    and commitment_discount_id is null
    -- What takes back covered usage costs nothing and needs no name.
    and (charge_type != 'SavingsPlanNegation' or amortized_net_cost != 0)
group by all
