{{ config(severity='warn') }}
-- Used and unused part of a commitment are what the bill says it costs: on AWS the recurring part
-- of the billing period and the amortized part of upfront fees ("Line item details", Cost and Usage
-- Report), on Google Cloud the fee. It fails for a member account that lacks the covered usage.
with

billed as (

    select
        provider,
        commitment_discount_id,
        sum(committed_cost) as committed_cost
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
where abs(billed.committed_cost - coalesce(used.committed_cost, 0)) > 0.001
