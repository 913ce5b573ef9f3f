-- The bills whose lines and charges are built: those in the lake, and the versions shown before,
-- until what replaced them is found good.
{{ config(materialized='table') }}

{%- set columns = [
    'unit_id', 'scope', 'billing_period', 'kind', 'export_name', 'bill', 'version', 'dataset',
    'gives_billed', 'gives_amortized', 'line_count', 'loaded_at',
] -%}

with

in_lake as (

    select
        {{ columns | join(',\n        ') }},
        true as is_in_lake
    from {{ ref('int_bills') }}

),

replaced as (

    select
        {{ columns | join(',\n        ') }},
        false as is_in_lake
    from {{ shown_before() }}

),

final as (

    {{ union_by_name(['in_lake', 'replaced'], columns + ['is_in_lake']) }}

)

select * from final
