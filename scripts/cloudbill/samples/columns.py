"""Native headers, in the order in which the providers document them."""


def _words(text: str) -> list[str]:
    return text.split()


AWS_IDENTITY = _words("""
    identity/LineItemId identity/TimeInterval
""")
AWS_BILL = _words("""
    bill/InvoiceId bill/InvoicingEntity bill/BillingEntity bill/BillType bill/PayerAccountId
    bill/BillingPeriodStartDate bill/BillingPeriodEndDate
""")
AWS_LINE_ITEM = _words("""
    lineItem/UsageAccountId lineItem/LineItemType lineItem/UsageStartDate lineItem/UsageEndDate
    lineItem/ProductCode lineItem/UsageType lineItem/Operation lineItem/AvailabilityZone
    lineItem/ResourceId lineItem/UsageAmount lineItem/NormalizationFactor
    lineItem/NormalizedUsageAmount lineItem/CurrencyCode lineItem/UnblendedRate
    lineItem/UnblendedCost lineItem/BlendedRate lineItem/BlendedCost
    lineItem/LineItemDescription lineItem/TaxType lineItem/LegalEntity
""")
AWS_PRODUCT = _words("""
    product/ProductName product/fromLocation product/instanceType product/instanceTypeFamily
    product/location product/memory product/operatingSystem product/operation
    product/physicalProcessor product/productFamily product/region product/regionCode
    product/servicecode product/sku product/tenancy product/toLocation product/usagetype
    product/vcpu
""")
AWS_PRICING = _words("""
    pricing/LeaseContractLength pricing/OfferingClass pricing/PurchaseOption pricing/RateCode
    pricing/RateId pricing/currency pricing/publicOnDemandCost pricing/publicOnDemandRate
    pricing/term pricing/unit
""")
AWS_RESERVATION = _words("""
    reservation/AmortizedUpfrontCostForUsage reservation/AmortizedUpfrontFeeForBillingPeriod
    reservation/EffectiveCost reservation/EndTime reservation/ModificationStatus
    reservation/NormalizedUnitsPerReservation reservation/NumberOfReservations
    reservation/RecurringFeeForUsage reservation/ReservationARN reservation/StartTime
    reservation/SubscriptionId reservation/TotalReservedNormalizedUnits
    reservation/TotalReservedUnits reservation/UnitsPerReservation
    reservation/UnusedAmortizedUpfrontFeeForBillingPeriod
    reservation/UnusedNormalizedUnitQuantity reservation/UnusedQuantity
    reservation/UnusedRecurringFee reservation/UpfrontValue
""")
AWS_SAVINGS_PLAN = _words("""
    savingsPlan/TotalCommitmentToDate savingsPlan/SavingsPlanARN savingsPlan/SavingsPlanRate
    savingsPlan/UsedCommitment savingsPlan/SavingsPlanEffectiveCost
    savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod
    savingsPlan/RecurringCommitmentForBillingPeriod savingsPlan/StartTime savingsPlan/EndTime
    savingsPlan/OfferingType savingsPlan/PaymentOption savingsPlan/PurchaseTerm
    savingsPlan/Region savingsPlan/InstanceTypeFamily
""")
AWS_DISCOUNT = _words("""
    discount/BundledDiscount discount/EdpDiscount discount/TotalDiscount
""")
AWS_TAGS = _words("""
    resourceTags/aws:eks:cluster-name resourceTags/user:Name resourceTags/user:environment
    resourceTags/user:team resourceTags/user:kubernetes.io/created-for/pv/name
    resourceTags/user:kubernetes.io/created-for/pvc/name
    resourceTags/user:kubernetes.io/service-name
""")
AWS_CATEGORIES = _words("""
    costCategory/CostCenter
""")

# Columns that a legacy report has only in periods with a private discount: net <- gross.
AWS_NET = {
    "lineItem/NetUnblendedRate": "lineItem/UnblendedRate",
    "lineItem/NetUnblendedCost": "lineItem/UnblendedCost",
    "reservation/NetAmortizedUpfrontCostForUsage": "reservation/AmortizedUpfrontCostForUsage",
    "reservation/NetAmortizedUpfrontFeeForBillingPeriod": (
        "reservation/AmortizedUpfrontFeeForBillingPeriod"
    ),
    "reservation/NetEffectiveCost": "reservation/EffectiveCost",
    "reservation/NetRecurringFeeForUsage": "reservation/RecurringFeeForUsage",
    "reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod": (
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"
    ),
    "reservation/NetUnusedRecurringFee": "reservation/UnusedRecurringFee",
    "reservation/NetUpfrontValue": "reservation/UpfrontValue",
    "savingsPlan/NetSavingsPlanEffectiveCost": "savingsPlan/SavingsPlanEffectiveCost",
    "savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod": (
        "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod"
    ),
    "savingsPlan/NetRecurringCommitmentForBillingPeriod": (
        "savingsPlan/RecurringCommitmentForBillingPeriod"
    ),
}

AWS_LEGACY = (
    AWS_IDENTITY
    + AWS_BILL
    + AWS_LINE_ITEM
    + AWS_PRODUCT
    + AWS_PRICING
    + AWS_RESERVATION
    + AWS_SAVINGS_PLAN
    + AWS_TAGS
    + AWS_CATEGORIES
)
AWS_LEGACY_NET = AWS_LEGACY + list(AWS_NET) + AWS_DISCOUNT

# Azure Cost Management, dataset schemas: EA 2024-08-01, MCA 2023-12-01-preview, EA 2019-10-01.
AZURE_EA = _words("""
    InvoiceSectionName AccountName AccountOwnerId SubscriptionId SubscriptionName ResourceGroup
    ResourceLocation Date ProductName MeterCategory MeterSubCategory MeterId MeterName
    MeterRegion UnitOfMeasure Quantity EffectivePrice CostInBillingCurrency CostCenter
    ConsumedService ResourceId Tags OfferId AdditionalInfo ServiceInfo1 ServiceInfo2
    ResourceName ReservationId ReservationName UnitPrice ProductOrderId ProductOrderName Term
    PublisherType PublisherName ChargeType Frequency PricingModel AvailabilityZone
    BillingAccountId BillingAccountName BillingCurrencyCode BillingPeriodStartDate
    BillingPeriodEndDate BillingProfileId BillingProfileName InvoiceSectionId
    IsAzureCreditEligible PartNumber PayGPrice PlanName ServiceFamily CostAllocationRuleName
    benefitId benefitName AccountId ResourceLocationNormalized
""")
AZURE_MCA = _words("""
    invoiceId previousInvoiceId billingAccountId billingAccountName billingProfileId
    billingProfileName invoiceSectionId invoiceSectionName resellerName resellerMpnId costCenter
    billingPeriodEndDate billingPeriodStartDate servicePeriodEndDate servicePeriodStartDate date
    serviceFamily productOrderId productOrderName consumedService meterId meterName
    meterCategory meterSubCategory meterRegion ProductId ProductName SubscriptionId
    subscriptionName publisherType publisherId publisherName resourceGroupName ResourceId
    resourceLocation location effectivePrice quantity unitOfMeasure chargeType billingCurrency
    pricingCurrency costInBillingCurrency costInPricingCurrency costInUsd
    paygCostInBillingCurrency paygCostInUsd exchangeRatePricingToBilling exchangeRateDate
    isAzureCreditEligible serviceInfo1 serviceInfo2 additionalInfo tags PayGPrice frequency term
    reservationId reservationName pricingModel unitPrice costAllocationRuleName benefitId
    benefitName provider
""")
# The German portal translates most headers and adds the English name (opencost, German.csv).
AZURE_EA_LEGACY_GERMAN = {
    "DepartmentName": "Name der Abteilung",
    "AccountName": "Name des Kontos",
    "AccountOwnerId": "ID des Kontobesitzers",
    "SubscriptionGuid": "Abonnement-GUID",
    "SubscriptionName": "Name des Abonnements",
    "ResourceGroup": "Ressourcengruppe",
    "ResourceLocation": "Ressourcenstandort",
    "UsageDateTime": "UsageDateTime",
    "ProductName": "ProductName",
    "MeterCategory": "Kategorie der Verbrauchseinheit",
    "MeterSubcategory": "MeterSubcategory",
    "MeterId": "ID der Verbrauchseinheit",
    "MeterName": "Name der Verbrauchseinheit",
    "MeterRegion": "Region der Verbrauchseinheit",
    "UnitOfMeasure": "Maßeinheit",
    "UsageQuantity": "UsageQuantity",
    "ResourceRate": "Ressourcensatz",
    "PreTaxCost": "PreTaxCost",
    "CostCenter": "Kostenstelle",
    "ConsumedService": "Genutzter Dienst",
    "ResourceType": "ResourceType",
    "InstanceId": "InstanceId",
    "Tags": "Tags",
    "OfferId": "OfferId",
    "AdditionalInfo": "Zusätzliche Informationen",
    "ServiceInfo1": "Dienstinformation 1",
    "ServiceInfo2": "Dienstinformation 2",
}

# CUR 2.0, columns of amounts; AWS's Data Exports dictionary has rates and counts as text.
AWS_CUR2_DOUBLES = set(
    _words("""
    line_item_usage_amount line_item_normalization_factor line_item_normalized_usage_amount
    line_item_unblended_cost line_item_blended_cost line_item_net_unblended_cost
    pricing_public_on_demand_cost discount_bundled_discount discount_total_discount
    reservation_amortized_upfront_cost_for_usage
    reservation_amortized_upfront_fee_for_billing_period reservation_effective_cost
    reservation_recurring_fee_for_usage
    reservation_unused_amortized_upfront_fee_for_billing_period
    reservation_unused_normalized_unit_quantity reservation_unused_quantity
    reservation_unused_recurring_fee reservation_upfront_value
    reservation_net_amortized_upfront_cost_for_usage
    reservation_net_amortized_upfront_fee_for_billing_period reservation_net_effective_cost
    reservation_net_recurring_fee_for_usage
    reservation_net_unused_amortized_upfront_fee_for_billing_period
    reservation_net_unused_recurring_fee reservation_net_upfront_value
    savings_plan_total_commitment_to_date savings_plan_savings_plan_rate
    savings_plan_used_commitment savings_plan_savings_plan_effective_cost
    savings_plan_amortized_upfront_commitment_for_billing_period
    savings_plan_recurring_commitment_for_billing_period
    savings_plan_net_savings_plan_effective_cost
    savings_plan_net_amortized_upfront_commitment_for_billing_period
    savings_plan_net_recurring_commitment_for_billing_period
""")
)
AWS_CUR2_TIMESTAMPS = set(
    _words("""
    bill_billing_period_start_date bill_billing_period_end_date line_item_usage_start_date
    line_item_usage_end_date
""")
)
AWS_CUR2_PRODUCT = _words("""
    product/fromLocation product/instanceType product/location product/operation
    product/productFamily product/regionCode product/servicecode product/sku product/toLocation
    product/usagetype
""")

# Google Cloud, "Structure of detailed data export" (BigQuery's NUMERIC has nine decimals).
_LABELS = [{"key": "varchar", "value": "varchar"}]
_NUMERIC = "decimal(38, 9)"
GCP_DETAILED: dict[str, object] = {
    "billing_account_id": "varchar",
    "service": {"id": "varchar", "description": "varchar"},
    "sku": {"id": "varchar", "description": "varchar"},
    "usage_start_time": "timestamptz",
    "usage_end_time": "timestamptz",
    "project": {
        "id": "varchar",
        "number": "varchar",
        "name": "varchar",
        "labels": _LABELS,
        "ancestry_numbers": "varchar",
        "ancestors": [{"resource_name": "varchar", "display_name": "varchar"}],
    },
    "labels": _LABELS,
    "system_labels": _LABELS,
    "location": {
        "location": "varchar",
        "country": "varchar",
        "region": "varchar",
        "zone": "varchar",
    },
    "tags": [
        {"key": "varchar", "value": "varchar", "inherited": "boolean", "namespace": "varchar"}
    ],
    "transaction_type": "varchar",
    "seller_name": "varchar",
    "export_time": "timestamptz",
    "cost": "double",
    "currency": "varchar",
    "currency_conversion_rate": "double",
    "usage": {
        "amount": "double",
        "unit": "varchar",
        "amount_in_pricing_units": "double",
        "pricing_unit": "varchar",
    },
    "credits": [
        {
            "name": "varchar",
            "amount": "double",
            "full_name": "varchar",
            "id": "varchar",
            "type": "varchar",
        }
    ],
    "invoice": {"month": "varchar", "publisher_type": "varchar"},
    "cost_type": "varchar",
    "adjustment_info": {
        "id": "varchar",
        "description": "varchar",
        "mode": "varchar",
        "type": "varchar",
    },
    "cost_at_list": "double",
    "price": {
        "effective_price": _NUMERIC,
        "tier_start_amount": _NUMERIC,
        "unit": "varchar",
        "pricing_unit_quantity": _NUMERIC,
        "list_price": _NUMERIC,
        "effective_price_default": _NUMERIC,
    },
    "cost_at_effective_price_default": _NUMERIC,
    "consumption_model": {"id": "varchar", "description": "varchar"},
    "subscription": {"instance_id": "varchar"},
    "resource": {"name": "varchar", "global_name": "varchar"},
}
