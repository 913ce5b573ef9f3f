-- Codes, SKUs, sizes, regions and units of your bills that no seed has, the most money first. A row
-- of the seed (see the description of unknown_values) settles each.
select
    kind,
    provider,
    value,
    billing_currency,
    line_count,
    cost
from {{ ref('unknown_values') }}
order by abs(cost) desc, kind asc, provider asc, value asc
