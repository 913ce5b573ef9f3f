-- Every line of every bill is in exactly one charge.
with

in_bills as (

    select
        build_id,
        sum(line_count) as line_count
    from {{ ref('bill_totals') }}
    where
        measure = 'billed' or export_name not in (
            select export_name from {{ ref('bill_totals') }}
            where measure = 'billed'
        )
    group by build_id

),

in_charges as (

    select
        build_id,
        sum(line_count) as line_count
    from {{ ref('charges') }}
    group by build_id

)

select
    build_id,
    in_bills.line_count as in_bills,
    in_charges.line_count as in_charges
from in_bills
full join in_charges using (build_id)
where coalesce(in_bills.line_count, 0) != coalesce(in_charges.line_count, 0)
