{{ config(severity='warn') }}
-- A refund that names no savings plan and does not say of what counts in full, as a late discount
-- does; where it gives back an upfront fee, amortized cost is too low by it.
select
    bills.scope,
    bills.billing_period,
    commitments.billing_currency,
    sum(commitments.unnamed_refund_cost) as refunds
from {{ ref('int_aws__commitments') }} as commitments
inner join (
    select distinct
        unit_id,
        scope,
        billing_period
    from {{ ref('int_bills') }}
) as bills
    on commitments.unit_id = bills.unit_id
where commitments.unnamed_refund_cost != 0
group by all
