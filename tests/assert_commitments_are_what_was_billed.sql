{{ config(severity='warn') }}
-- Used and unused part of each commitment, and what is to come of it, are what the bill says it
-- costs: on AWS the recurring fee and the period's share of the upfront fee ("Line item details",
-- Cost and Usage Report), on Google Cloud the fee. More comes back where amounts of the fee are
-- absent.
with

billed as (

    select
        provider,
        commitment_discount_id,
        sum(committed_cost) as committed_cost,
        sum(line_count) as line_count
    from {{ ref('commitment_discounts') }}
    where committed_cost is not null
    group by all

),

used as (

    select
        provider,
        commitment_discount_id,
        sum(committed_cost) as committed_cost
    from {{ ref('commitments') }}
    group by all

)

select
    billed.provider,
    billed.commitment_discount_id,
    billed.committed_cost as billed_cost,
    used.committed_cost
from billed
left join used
    on
        billed.provider = used.provider
        and billed.commitment_discount_id = used.commitment_discount_id
where abs(billed.committed_cost - coalesce(used.committed_cost, 0)) > billed.line_count * 1e-6
