-- Every line that landed, as the loader counted them, is in exactly one charge. Split cost
-- allocation tells lines of instances again and is kept beside the charges.
with

landed as (

    select
        unit_id,
        sum(line_count) as line_count
    from {{ ref('int_bills') }}
    group by unit_id

),

kept_beside as (

    select
        bills.unit_id,
        count(*) as line_count
    from {{ ref('stg_aws__split_costs') }}
    inner join {{ ref('int_bills') }} as bills using (export_name, bill, billing_period)
    group by bills.unit_id

),

in_charges as (

    select
        unit_id,
        sum(line_count) as line_count
    from {{ ref('charges') }}
    group by unit_id

)

select
    unit_id,
    landed.line_count as landed,
    kept_beside.line_count as kept_beside,
    in_charges.line_count as in_charges
from landed
full join in_charges using (unit_id)
left join kept_beside using (unit_id)
where
    coalesce(landed.line_count, 0)
    != coalesce(in_charges.line_count, 0) + coalesce(kept_beside.line_count, 0)
