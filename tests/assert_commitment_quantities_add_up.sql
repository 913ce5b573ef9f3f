{{ config(severity='warn') }}
-- Hours of a reservation that were used and unused are those that its recurring fees pay for, in
-- one unit (FOCUS, CommitmentDiscountQuantity); fewer where machines of another account used them.
with

quantities as (

    select
        unit_id,
        commitment_discount_id,
        sum(case when charge_category = 'Purchase' then commitment_quantity else 0 end)
            as purchased_quantity,
        sum(case when charge_category = 'Usage' then commitment_quantity else 0 end)
            as accounted_quantity
    from {{ ref('charges') }}
    where
        provider = 'AWS'
        and commitment_discount_type = 'Reservation'
        -- Fees of FOCUS files pay for whole terms.
        and unit_id not in (
            select unit_id from {{ ref('int_shown_bills') }}
            where kind = 'focus'
        )
    group by unit_id, commitment_discount_id

)

select * from quantities
where
    purchased_quantity > 0
    and accounted_quantity > purchased_quantity + purchased_quantity * 1e-6
