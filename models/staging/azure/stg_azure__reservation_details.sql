with

source as (

    select * from {{ source('lake', 'azure_reservations') }}
    where dataset = 'details'

),

-- Exports overlap: each run of a month tells its days again, and the newest one counts.
final as (

    select
        ---------- ids
        reservation_id,

        ---------- quantities
        quantity as reserved_quantity,

        ---------- times
        event_date as charge_date

    from source
    qualify
        row_number() over (
            partition by reservation_id, event_date
            order by exported_at desc nulls last, quantity desc nulls last
        ) = 1

)

select * from final
