{{ config(severity='warn') }}
-- After discounts, too, what comes back of each commitment of AWS is what its fees cost: the
-- recurring fee and the period's share of the upfront fee. `difference` says how much too much, or
-- too little, amortized net cost is.
with

commitments as (

    select * from {{ ref('int_aws__commitments') }}
    where committed_net_cost != committed_cost

),

charges as (

    select
        unit_id,
        commitment_discount_id,
        billing_currency,
        sum(amortized_net_cost) as amortized_net_cost,
        sum(line_count) as line_count
    from {{ ref('charges') }}
    where provider = 'AWS' and commitment_discount_id is not null
    group by all

)

select
    commitments.unit_id,
    commitments.commitment_id,
    commitments.committed_net_cost,
    charges.amortized_net_cost,
    charges.amortized_net_cost - commitments.committed_net_cost as difference
from commitments
inner join charges
    on
        commitments.unit_id = charges.unit_id
        and commitments.commitment_id = charges.commitment_discount_id
        and commitments.billing_currency is not distinct from charges.billing_currency
where
    abs(charges.amortized_net_cost - commitments.committed_net_cost) > charges.line_count * 1e-6
