with

lines as (

    select * from {{ ref('stg_gcp__billing_lines') }}

),

bills as (

    select * from {{ ref('bills') }}

),

classified as (

    select
        bills.build_id,
        bills.scope,
        lines.*,

        -- How the line charges for a commitment: 'flexible' (older model: fees beside credits on
        -- the usage), 'offset' (model of 2025: the fee is credited back as it is used, usage comes
        -- at its discounted price) or 'resource' (cores and memory; also "Commitment: Compute
        -- optimized Core ..."). Google: "Spend-based CUD data model updates".
        case
            when lines.cost_type != 'regular' then null
            when lines.sku_description like 'Commitment - dollar based v1:%' then 'flexible'
            when lines.fee_utilization_offset_cost != 0 then 'offset'
            when
                lines.subscription_id is not null
                and lines.consumption_model is null
                and lower(lines.sku_description) like '%committed use discount%'
                then 'offset'
            when lines.sku_description like 'Commitment v1:%' then 'resource'
            when lines.sku_description like 'Commitment: %' then 'resource'
        end as commitment_fee,

        lines.resource_cud_credits_cost
        + lines.flexible_cud_credits_cost
        + lines.fee_utilization_offset_cost as cud_credits_cost,

        -- What a resource-based commitment is for, read alike from its own SKU ("Commitment v1: N2
        -- Cpu in ...") and from the SKU it covers ("N2 Custom Instance Core running in ...").
        -- N1 SKUs name no family, or "Custom".
        regexp_replace(
            regexp_extract(
                lower(lines.sku_description),
                '^(?:commitment(?: v1)?: )?(nvidia .+? gpu|[^ ]+)',
                1
            ),
            '^(cpu|ram|custom)$',
            'n1'
        ) as machine_family,
        case
            when lines.sku_description like '%Licensing Fee%' then 'licence'
            when lines.sku_description like '%Sole Tenancy Premium%' then 'premium'
            when lines.sku_description like '%GPU%' then 'gpu'
            when lines.sku_description like '% Core %' then 'core'
            when lines.sku_description like '% Cpu %' then 'core'
            when lines.sku_description like '% Ram %' then 'ram'
            when lines.sku_description like 'SSD backed Local Storage%' then 'ssd'
            when lines.sku_description like '%Micro Instance %' then 'core'
            when lines.sku_description like '%Small Instance %' then 'core'
        end as machine_part

    from lines
    inner join bills using (export_name, bill, billing_period)
    where bills.kind = 'gcp_billing' and bills.is_pending

),

final as (

    select
        *,
        cost_type = 'regular'
        and commitment_fee is null
        and (flexible_cud_credits_cost != 0 or resource_cud_credits_cost != 0)
            as has_commitment_credits,

        -- What a commitment is shared by: fees and the usage they cover meet in one day and product
        -- (spend-based) or in one day, region, machine family and part (resource-based).
        concat_ws(
            '|',
            build_id,
            billing_account_id,
            billing_currency,
            charge_date,
            coalesce(originating_service_id, service_id)
        ) as product_day_id,
        concat_ws(
            '|',
            build_id,
            billing_account_id,
            billing_currency,
            charge_date,
            region,
            machine_family,
            machine_part
        ) as machine_day_id,

        -- The part of the quantity that a resource-based commitment covered.
        cast(usage_quantity as double)
        * -cast(resource_cud_credits_cost as double)
        / cast(nullif(cost, 0) as double) as covered_units

    from classified

)

select * from final
