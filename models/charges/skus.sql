{{ config(materialized='units') }}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units() }}

),

lines as (

    select * from {{ ref('int_lines') }}
    where sku_id is not null

),

final as (

    select
        ---------- ids
        bills.unit_id,
        lines.provider,
        lines.sku_id,

        ---------- dimensions
        -- Texts of one SKU may differ between lines; the choice only has to be the same each time.
        max(lines.sku_name) as sku_name,
        max(lines.sku_category) as sku_category,
        max(lines.sku_subcategory) as sku_subcategory

    from lines
    inner join bills using (export_name, bill, billing_period)
    group by all

)

select * from final
