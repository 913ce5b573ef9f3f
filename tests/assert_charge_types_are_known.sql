{{ config(severity='warn') }}
-- A code that seeds/charge_types.csv lacks keeps its money (amortized = billed); this names it and
-- the money at stake, so that it can be classified.
select
    charges.provider,
    charges.charge_type,
    charges.billing_currency,
    sum(charges.line_count) as lines,
    sum(charges.invoiced_cost) as cost
from {{ ref('charges') }} as charges
left join {{ ref('charge_types') }} as charge_types
    on
        charges.provider = charge_types.provider
        and lower(replace(coalesce(charges.charge_type, ''), ' ', ''))
        = coalesce(charge_types.charge_type, '')
where
    charge_types.provider is null
    -- FOCUS files have its categories instead of codes.
    and charges.unit_id not in (
        select unit_id from {{ ref('int_shown_bills') }}
        where kind = 'focus'
    )
group by all
