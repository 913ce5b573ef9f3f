{{ config(materialized='units') }}

with

days as (

    select * from {{ ref('int_charge_days') }}
    where has_usage and {{ of_units() }}

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
        bool_or(has_billed_usage) as has_billed,
        bool_or(has_amortized_usage) as has_amortized,

        ---------- quantities
        cast(sum(usage_line_count) as bigint) as line_count

    from days
    group by all

)

select * from final
