-- A billed price has a machine, an inferred one has similar machines, none has no price; hours that
-- cost nothing were paid elsewhere, so that no price is 0.
select
    cluster,
    node_name,
    price_source,
    matched_by,
    similar_machines,
    hourly_price
from {{ ref('node_prices') }}
where
    (price_source = 'billed' and matched_by is null)
    or (price_source = 'inferred') != (similar_machines is not null)
    or (price_source = 'none') != (hourly_price is null)
    or hourly_price = 0
