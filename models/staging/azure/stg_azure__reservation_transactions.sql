with

source as (

    select * from {{ source('lake', 'azure_reservations') }}
    where dataset = 'transactions' and order_id is not null

),

by_file as (

    select
        source_file,
        order_id,
        event_date,
        event_type,
        quantity,
        amount,
        count(*) as event_count
    from source
    group by all

),

-- Events have no id. Equal ones of two exports are the same event, of one export several.
final as (

    select
        ---------- ids
        order_id,

        ---------- quantities
        case when event_type in ('purchase', 'renew') then quantity end as bought_quantity,
        case when event_type = 'cancel' then quantity * max(event_count) else 0 end
            as cancelled_quantity,
        case when event_type = 'refund' then quantity * max(event_count) else 0 end
            as refunded_quantity,

        ---------- times
        -- What is returned on a day still counts on it.
        case
            when event_type in ('cancel', 'refund') then cast(event_date + interval 1 day as date)
            else event_date
        end as counts_from

    from by_file
    group by order_id, event_type, quantity, event_date, amount

)

select * from final
