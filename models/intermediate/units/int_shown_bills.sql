-- The bills that are shown, of which everything after the charges is made: those in the lake, or,
-- of what is held back, the version shown before.
{{ config(materialized='table') }}

with

bills as (

    select * from {{ ref('int_built_bills') }}

),

held as (

    select distinct
        scope,
        billing_period
    from {{ ref('int_held_units') }}

),

final as (

    select bills.*
    from bills
    left join held
        on bills.scope = held.scope and bills.billing_period = held.billing_period
    where
        bills.is_in_lake = (held.scope is null)
        -- A version that the lake has no more cannot be made anew.
        and (
            bills.is_in_lake
            or bills.unit_id in (
                select unit_id from {{ ref('int_unit_totals') }}
            )
        )
        -- Nor is the version before shown of what would count twice.
        and bills.unit_id not in (select unit_id from {{ ref('int_repeated_units') }})

)

select * from final
