{{ config(materialized='table') }}

with

files as (

    select * from {{ source('lake', 'bills') }}

),

datasets as (

    select
        unit_id,
        coalesce(bool_or(dataset = 'actual'), false) as has_actual,
        coalesce(bool_or(dataset = 'amortized'), false) as has_amortized
    from files
    group by unit_id

),

final as (

    select
        ---------- ids
        files.unit_id,
        files.scope,
        files.billing_period,
        files.kind,
        files.export as export_name,
        files.bill,
        files.version,

        ---------- dimensions
        files.dataset,
        -- An actual and an amortized export of one scope are two views of the same charges: each
        -- gives its own metrics. With only one of them for a period, all metrics come from it.
        coalesce(files.dataset, 'both') != 'amortized' or not datasets.has_actual as gives_billed,
        coalesce(files.dataset, 'both') != 'actual' or not datasets.has_amortized
            as gives_amortized,

        ---------- quantities
        files.line_count,

        ---------- times
        files.loaded_at

    from files
    inner join datasets on files.unit_id = datasets.unit_id

)

select * from final
