{{ config(materialized='units') }}

with

charges as (

    select * from {{ ref('int_charges__measured') }}
    where {{ of_units(column='x_CloudbillUnitId') }}

),

final as (

    select
        availability_zone as AvailabilityZone,
        billed_cost as BilledCost,
        account_id as BillingAccountId,
        account_id as BillingAccountName,
        case provider when 'AWS' then 'Management account' else 'Billing Account' end
            as BillingAccountType,
        billing_currency as BillingCurrency,
        {{ utc_timestamp('period_start + interval 1 month', 'time_zone') }} as BillingPeriodEnd,
        {{ utc_timestamp('period_start', 'time_zone') }} as BillingPeriodStart,
        cast(null as string) as CapacityReservationId,
        cast(null as string) as CapacityReservationStatus,
        category as ChargeCategory,
        case when not is_consumption then charge_class end as ChargeClass,
        coalesce(sku_name, charge_type) as ChargeDescription,
        case
            when category = 'Usage' then 'Usage-Based'
            when charge_type in ('RIFee', 'SavingsPlanRecurringFee') then 'Recurring'
            when category = 'Purchase' and provider = 'Google Cloud' then 'Recurring'
            else 'One-Time'
        end as ChargeFrequency,
        {{ utc_timestamp('cast(charge_date as timestamp) + interval 1 day') }} as ChargePeriodEnd,
        {{ utc_timestamp('cast(charge_date as timestamp)') }} as ChargePeriodStart,
        commitment_category as CommitmentDiscountCategory,
        commitment_discount_id as CommitmentDiscountId,
        case when commitment_discount_id is not null then commitment_name end
            as CommitmentDiscountName,
        focus_commitment_quantity as CommitmentDiscountQuantity,
        commitment_status as CommitmentDiscountStatus,
        case when commitment_discount_id is not null then commitment_discount_type end
            as CommitmentDiscountType,
        case
            when focus_commitment_quantity is null then null
            when commitment_category = 'Spend' then billing_currency
            else commitment_unit
        end as CommitmentDiscountUnit,
        consumed_quantity as ConsumedQuantity,
        case when consumed_quantity is not null then focus_unit end as ConsumedUnit,
        contracted_cost as ContractedCost,
        contracted_unit_price as ContractedUnitPrice,
        effective_cost as EffectiveCost,
        'provisional-' || account_id || '-' || billing_period as InvoiceId,
        provider as InvoiceIssuerName,
        public_cost as ListCost,
        list_unit_price as ListUnitPrice,
        case
            when category not in ('Usage', 'Purchase') then null
            when category = 'Usage' and commitment_discount_type is not null then 'Committed'
            when pricing_model = 'Spot' then 'Dynamic'
            else 'Standard'
        end as PricingCategory,
        billing_currency as PricingCurrency,
        contracted_unit_price as PricingCurrencyContractedUnitPrice,
        effective_cost as PricingCurrencyEffectiveCost,
        list_unit_price as PricingCurrencyListUnitPrice,
        pricing_quantity as PricingQuantity,
        case when pricing_quantity is not null then focus_unit end as PricingUnit,
        provider as ProviderName,
        provider as PublisherName,
        region_id as RegionId,
        region_name as RegionName,
        resource_id as ResourceId,
        resource_name as ResourceName,
        case when resource_id is not null then resource_type end as ResourceType,
        focus_category as ServiceCategory,
        focus_service as ServiceName,
        focus_subcategory as ServiceSubcategory,
        case when category != 'Tax' then sku_id end as SkuId,
        case when category != 'Tax' and sku_id is not null then coalesce(sku_name, sku_id) end
            as SkuMeter,
        cast(null as string) as SkuPriceDetails,
        case when list_unit_price is not null then sku_id end as SkuPriceId,
        sub_account_id as SubAccountId,
        case when sub_account_id is not null then coalesce(sub_account_name, sub_account_id) end
            as SubAccountName,
        case
            when sub_account_id is null then null
            when provider = 'AWS' then 'AWS Account'
            when provider = 'Microsoft' then 'Subscription'
            when provider = 'Google Cloud' then 'Project'
            else 'Sub Account'
        end as SubAccountType,
        {{ map_to_json('tags') }} as Tags,

        ---------- what FOCUS has no column for
        resource_group as x_ResourceGroupName,
        {% for cost in [
            ('list_cost', 'ListCost'), ('net_cost', 'NetCost'),
            ('amortized_net_cost', 'AmortizedNetCost'), ('amortized_cost', 'AmortizedCost'),
            ('commitment_share_cost', 'CommitmentShareCost'),
        ] -%}
            case when is_consumption then 0 else {{ cost[0] }} end as x_Cloudbill{{ cost[1] }},
        {% endfor -%}
        charge_type as x_CloudbillChargeType,
        pricing_model as x_CloudbillPricingModel,
        commitment_discount_type as x_CloudbillCommitmentType,
        service_name as x_CloudbillServiceName,
        service_category as x_CloudbillServiceCategory,
        provider_id as x_CloudbillProviderId,
        vm_name as x_CloudbillVmName,
        instance_type as x_CloudbillInstanceType,
        operating_system as x_CloudbillOperatingSystem,
        case when not is_consumption then vm_hours end as x_CloudbillVmHours,
        usage_unit as x_CloudbillUsageUnit,
        quantity as x_CloudbillUsageQuantity,
        in_kubecost_scope as x_CloudbillInKubecostScope,
        is_kubernetes as x_CloudbillIsKubernetes,
        scope as x_CloudbillScope,
        charge_id as x_CloudbillChargeId,
        unit_id as x_CloudbillUnitId
    from charges

)

select * from final
