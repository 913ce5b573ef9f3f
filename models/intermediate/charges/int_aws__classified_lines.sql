with

line_items as (

    select * from {{ ref('int_aws__line_amounts') }}

),

kubernetes_services as (

    select * from {{ ref('kubernetes_markers') }}
    where
        provider = 'AWS' and match = 'service'
        and (is_documented or {{ var('further_kubernetes_markers') }})

),

-- A recurring fee is two charges: the fee as billed, and what nothing used of its commitment.
fee_parts as (

    select
        parts.charge_type,
        parts.is_unused
    from (
        values
        ('RIFee', false), ('RIFee', true),
        ('SavingsPlanRecurringFee', false), ('SavingsPlanRecurringFee', true)
    ) as parts (charge_type, is_unused)

),

classified as (

    select
        line_items.*,

        ---------- dimensions
        coalesce(regions.region_id, lower(line_items.region)) as region_id,
        -- OpenCost, SelectAWSCategory, which knows bare ids only.
        case
            when line_items.usage_type like '%Bytes' then 'Network'
            when
                {{ is_ec2_id('line_items.resource_id', 'instance', 'i') }}
                and line_items.product_code != 'AmazonGuardDuty'
                then 'Compute'
            when {{ is_ec2_id('line_items.resource_id', 'volume', 'vol') }} then 'Storage'
            when line_items.product_code = 'AmazonEKS' and line_items.resource_id like '%:pod/%'
                then 'Compute'
            else coalesce(service_categories.service_category, 'Other')
        end as service_category,
        kubernetes_services.marker is not null as is_kubernetes_service,
        case
            when fee_parts.is_unused then 'Usage'
            else coalesce(charge_types.charge_category, 'Usage')
        end as charge_category,
        nullif(charge_types.charge_class, '') as charge_class,
        coalesce(charge_types.in_kubecost_scope, false) as in_kubecost_scope,
        -- By what the line is, not by what it names.
        case
            when line_items.commitment_role is null then null
            when line_items.commitment_role like '%refund' then null
            when line_items.is_plan then 'Savings Plan'
            else 'Reservation'
        end as commitment_discount_type,
        coalesce(fee_parts.is_unused, false) as is_unused

    from line_items
    {{ join_seeds(
        'AWS', 'line_items.charge_type', 'line_items.region', 'line_items.product_code'
    ) }}
    left join fee_parts on line_items.charge_type = fee_parts.charge_type
    left join kubernetes_services on line_items.product_code = kubernetes_services.marker

),

final as (

    select
        *,
        -- OpenCost, RowToCloudCost
        case
            when product_code in ('AWSELB', 'AmazonFSx')
                then nullif(regexp_replace(resource_id, '^.+/', ''), '')
            when service_category != 'Compute' or coalesce(product_code, '') != 'AmazonEKS'
                then resource_id
            when usage_type like '%CPU%' then concat(resource_id, '/CPU')
            when usage_type like '%GB%' then concat(resource_id, '/RAM')
            else resource_id
        end as provider_id,
        case
            when charge_category not in ('Usage', 'Purchase') then null
            when commitment_discount_type = 'Reservation' then 'Reserved'
            when commitment_discount_type is not null then commitment_discount_type
            when charge_category = 'Purchase' then null
            when usage_type like '%Spot%' then 'Spot'
            else 'On-Demand'
        end as pricing_model,
        case when commitment_discount_type is not null then commitment_id end
            as commitment_discount_id
    from classified

)

select * from final
