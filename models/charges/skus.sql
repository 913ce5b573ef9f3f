{{ config(materialized='units') }}

{%- set columns = [
    'export_name', 'bill', 'billing_period', 'provider', 'sku_id', 'sku_name', 'sku_category',
    'sku_subcategory',
] -%}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units() }}

),

aws_lines as (

    select
        export_name,
        bill,
        billing_period,
        'AWS' as provider,
        sku_id,
        usage_type as sku_name,
        product_family as sku_category,
        operation as sku_subcategory
    from {{ ref('stg_aws__line_items') }}

),

azure_lines as (

    select
        export_name,
        bill,
        billing_period,
        'Microsoft' as provider,
        sku_id,
        meter_name as sku_name,
        meter_category as sku_category,
        meter_subcategory as sku_subcategory
    from {{ ref('stg_azure__cost_lines') }}

),

gcp_lines as (

    select
        export_name,
        bill,
        billing_period,
        'Google Cloud' as provider,
        sku_id,
        sku_description as sku_name,
        service_name as sku_category,
        cast(null as string) as sku_subcategory
    from {{ ref('stg_gcp__billing_lines') }}

),

sku_lines as (

    {{ union_by_name(
        ['aws_lines', 'azure_lines', 'gcp_lines', ref('stg_focus__charges')], columns
    ) }}

),

final as (

    select
        ---------- ids
        bills.unit_id,
        sku_lines.provider,
        sku_lines.sku_id,

        ---------- dimensions
        -- Texts of one SKU may differ between lines; the choice only has to be the same each time.
        max(sku_lines.sku_name) as sku_name,
        max(sku_lines.sku_category) as sku_category,
        max(sku_lines.sku_subcategory) as sku_subcategory

    from sku_lines
    inner join bills using (export_name, bill, billing_period)
    where sku_lines.sku_id is not null
    group by all

)

select * from final
