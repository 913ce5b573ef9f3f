{{ config(materialized='units') }}

with

charges as (

    select distinct
        unit_id,
        provider,
        commitment_discount_id,
        reservation_id,
        charge_date
    from {{ ref('charges') }}
    where
        {{ of_units() }}
        and (reservation_id is not null or commitment_discount_type = 'Reservation')

),

commitments as (

    select * from {{ ref('commitment_discounts') }}
    where reservation_id is not null

),

reservations as (

    select
        unit_id,
        provider,
        reservation_id,
        max(order_id) as order_id,
        cast(max(purchased_quantity) as double) as billed_quantity
    from commitments
    group by all

),

-- A purchase is of an order. Where the order was split, each of its reservations has a part of it
-- that only details tell; equal parts add up to the order.
parts as (

    select
        *,
        case when order_id is not null then max(billed_quantity) over same_order end
            as billed_order_quantity,
        -- A purchase names the order in the place of the reservation.
        greatest(count(nullif(reservation_id, order_id)) over same_order, 1) as reservation_count
    from reservations
    window same_order as (partition by unit_id, provider, order_id)

),

days as (

    select distinct
        charges.unit_id,
        charges.provider,
        coalesce(charges.reservation_id, commitments.reservation_id) as reservation_id,
        charges.charge_date
    from charges
    left join commitments using (unit_id, provider, commitment_discount_id)

),

part_days as (

    select
        days.*,
        parts.order_id,
        parts.reservation_count,
        coalesce(parts.billed_quantity, parts.billed_order_quantity / parts.reservation_count)
            as bill_quantity
    from days
    left join parts using (unit_id, provider, reservation_id)

),

-- An order is one purchase, which instalments repeat; a return may be told twice, as a cancellation
-- and as its refund.
transacted as (

    select
        part_days.unit_id,
        part_days.reservation_id,
        part_days.charge_date,
        max(transactions.bought_quantity)
        - greatest(sum(transactions.cancelled_quantity), sum(transactions.refunded_quantity))
            as order_quantity
    from part_days
    inner join {{ ref('stg_azure__reservation_transactions') }} as transactions
        on
            part_days.order_id = transactions.order_id
            and part_days.charge_date >= transactions.counts_from
    where part_days.provider = 'Microsoft'
    group by part_days.unit_id, part_days.reservation_id, part_days.charge_date

),

sourced as (

    select
        part_days.*,
        cast(details.reserved_quantity as double) as detailed_quantity,
        case
            when transacted.order_quantity > 0
                then cast(transacted.order_quantity as double) / part_days.reservation_count
        end as transacted_quantity
    from part_days
    left join {{ ref('stg_azure__reservation_details') }} as details
        using (reservation_id, charge_date)
    left join transacted using (unit_id, reservation_id, charge_date)

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        reservation_id,

        ---------- dimensions
        charge_date,
        case
            when detailed_quantity is not null then 'details'
            when transacted_quantity is not null then 'transactions'
            else 'bill'
        end as quantity_source,

        ---------- quantities
        coalesce(detailed_quantity, transacted_quantity, bill_quantity) as purchased_quantity

    from sourced
    where coalesce(detailed_quantity, transacted_quantity, bill_quantity) is not null

)

select * from final
