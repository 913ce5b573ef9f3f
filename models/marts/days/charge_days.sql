{{ config(materialized='units') }}

with

charges as (

    select * from {{ ref('charges') }}
    where {{ of_units() }}

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_period,

        ---------- dimensions
        charge_date,
        bool_or(list_cost != 0 or net_cost != 0) as has_billed,
        bool_or(amortized_cost != 0) as has_amortized,

        ---------- quantities
        cast(sum(line_count) as bigint) as line_count

    from charges
    where charge_category = 'Usage'
    group by all

)

select * from final
