{{ config(severity='warn') }}
-- Where a line has two keys of one name with different values, the first of the order in
-- seeds/tag_names.csv counts in reports, else a key with a value, else by alphabet.
with

sets as (

    select
        unit_id,
        provider,
        tag_set_id,
        tag_label,
        max(case when key_order = 1 then tag_key || ' = ' || tag_value end) as counts,
        max(case when key_order = 2 then tag_key || ' = ' || tag_value end) as does_not_count
    from {{ ref('named_tags') }}
    where has_other_values
    group by all

)

select
    sets.provider,
    sets.counts,
    sets.does_not_count,
    charges.billing_currency,
    sum(charges.amortized_net_cost) as amortized_net_cost
from sets
inner join {{ ref('charges') }} as charges using (unit_id, provider, tag_set_id)
group by all
order by amortized_net_cost desc
