{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ drop_replaced_builds() }}"
) }}

with

charges as (

    select distinct
        build_id,
        provider,
        commitment_discount_id,
        reservation_id,
        charge_date
    from {{ ref('charges') }}
    where
        {{ is_new_build() }}
        and (reservation_id is not null or commitment_discount_type = 'Reservation')

),

commitments as (

    select * from {{ ref('commitment_discounts') }}
    where reservation_id is not null

),

details as (

    select * from {{ ref('stg_azure__reservation_details') }}

),

transactions as (

    select * from {{ ref('stg_azure__reservation_transactions') }}

),

reservations as (

    select
        build_id,
        provider,
        reservation_id,
        max(order_id) as order_id,
        max(purchased_quantity) as billed_quantity
    from commitments
    group by all

),

-- A purchase is of an order. Where the order was split, each of its reservations has a part of it
-- that only details tell; equal parts add up to the order.
orders as (

    select
        build_id,
        provider,
        order_id,
        max(billed_quantity) as billed_quantity,
        greatest(
            count(distinct case when reservation_id != order_id then reservation_id end), 1
        ) as reservation_count
    from reservations
    where order_id is not null
    group by all

),

reservation_days as (

    select distinct
        charges.build_id,
        charges.provider,
        coalesce(charges.reservation_id, commitments.reservation_id) as reservation_id,
        charges.charge_date
    from charges
    left join commitments
        on
            charges.build_id = commitments.build_id
            and charges.provider = commitments.provider
            and charges.commitment_discount_id = commitments.commitment_discount_id
    where coalesce(charges.reservation_id, commitments.reservation_id) is not null

),

days as (

    select
        reservation_days.*,
        reservations.order_id,
        reservations.billed_quantity,
        orders.billed_quantity as billed_order_quantity,
        coalesce(orders.reservation_count, 1) as reservation_count
    from reservation_days
    left join reservations
        on
            reservation_days.build_id = reservations.build_id
            and reservation_days.provider = reservations.provider
            and reservation_days.reservation_id = reservations.reservation_id
    left join orders
        on
            reservations.build_id = orders.build_id
            and reservations.provider = orders.provider
            and reservations.order_id = orders.order_id

),

-- Reservations of an order have days in common.
days_of_orders as (

    select distinct
        build_id,
        order_id,
        charge_date
    from days

),

events as (

    select
        days_of_orders.*,
        transactions.event_type,
        case when transactions.event_type in ('purchase', 'renew') then transactions.quantity end
            as bought,
        -- What is returned on a day still counts on it.
        case
            when transactions.event_date < days_of_orders.charge_date
                then transactions.quantity * transactions.event_count
            else 0
        end as returned
    from days_of_orders
    inner join transactions
        on
            days_of_orders.order_id = transactions.order_id
            and days_of_orders.charge_date >= transactions.event_date

),

-- An order is one purchase, which instalments repeat; a return may be told twice, as a cancellation
-- and as its refund.
order_days as (

    select
        build_id,
        order_id,
        charge_date,
        max(bought)
        - greatest(
            sum(case when event_type = 'cancel' then returned else 0 end),
            sum(case when event_type = 'refund' then returned else 0 end)
        ) as quantity
    from events
    group by build_id, order_id, charge_date

),

sourced as (

    select
        days.*,
        cast(details.reserved_quantity as double) as detailed_quantity,
        case
            when order_days.quantity > 0
                then cast(order_days.quantity as double) / days.reservation_count
        end as transacted_quantity,
        coalesce(
            cast(days.billed_quantity as double),
            cast(days.billed_order_quantity as double) / days.reservation_count
        ) as bill_quantity
    from days
    left join details
        on
            days.provider = 'Microsoft'
            and days.reservation_id = details.reservation_id
            and days.charge_date = details.charge_date
    left join order_days
        on
            days.provider = 'Microsoft'
            and days.build_id = order_days.build_id
            and days.order_id = order_days.order_id
            and days.charge_date = order_days.charge_date

),

final as (

    select
        ---------- ids
        build_id,
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
