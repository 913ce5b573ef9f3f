{{ config(materialized='units') }}

with

credits as (

    select
        unit_id,
        billing_currency,
        credit_amounts,
        {{ unnest_map_keys('credit_amounts') }} as credit_type
    from {{ ref('int_gcp__classified_lines') }}
    where credits_cost != 0 and {{ of_units('int_built_bills') }}

),

final as (

    select
        ---------- ids
        unit_id,

        ---------- dimensions
        credit_type,
        billing_currency,

        ---------- costs
        sum(credit_amounts[credit_type]) as credits_cost

    from credits
    group by all

)

select * from final
