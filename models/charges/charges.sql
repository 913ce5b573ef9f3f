-- The charges of all bills that are shown: everything that follows reads them here, so that no
-- total holds what is held back.
{{ config(materialized='view') }}

with

final as (

    select * from {{ ref('int_charges') }}
    where
        unit_id in (
            select unit_id from {{ ref('int_shown_bills') }}
        )

)

select * from final
