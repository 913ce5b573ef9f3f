-- A price below zero is either a mistake or told: corrections of more than the window's cost.
select
    cluster,
    node_name,
    hourly_price,
    price_note
from {{ ref('node_prices') }}
where hourly_price < 0 and coalesce(price_note, '') != 'corrections exceed the cost'
