{{ config(severity='warn', group='finops') }}
-- A credit that seeds/charge_types.csv lacks counts in the net metrics and not in the amortized
-- ones; this names it and the money at stake, so that it can be classified.
select
    credits.credit_type,
    credits.billing_currency,
    sum(credits.credits_cost) as credits_cost
from {{ ref('int_gcp__credits') }} as credits
left join {{ ref('charge_types') }} as charge_types
    on
        charge_types.provider = 'Google Cloud'
        and 'credit:' || lower(credits.credit_type) = charge_types.charge_type
where charge_types.provider is null
group by all
