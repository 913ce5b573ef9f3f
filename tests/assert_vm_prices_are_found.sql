{{ config(severity='warn') }}
-- A reserved VM without an on-demand price counts 0 in Compute Cost before RI: a price sheet or a
-- subscription list may be missing.
select
    provider,
    scope,
    price_source,
    sum(vm_hours) as vm_hours
from {{ ref('vm_costs_daily') }}
where price_source in ('none', 'unknown subscription') and vm_hours is not null
group by all
