"""Native headers, in the order in which the providers document them."""

AWS_IDENTITY = """
    identity/LineItemId identity/TimeInterval
""".split()
AWS_BILL = """
    bill/InvoiceId bill/InvoicingEntity bill/BillingEntity bill/BillType bill/PayerAccountId
    bill/BillingPeriodStartDate bill/BillingPeriodEndDate
""".split()
AWS_LINE_ITEM = """
    lineItem/UsageAccountId lineItem/LineItemType lineItem/UsageStartDate lineItem/UsageEndDate
    lineItem/ProductCode lineItem/UsageType lineItem/Operation lineItem/AvailabilityZone
    lineItem/ResourceId lineItem/UsageAmount lineItem/NormalizationFactor
    lineItem/NormalizedUsageAmount lineItem/CurrencyCode lineItem/UnblendedRate
    lineItem/UnblendedCost lineItem/BlendedRate lineItem/BlendedCost
    lineItem/LineItemDescription lineItem/TaxType lineItem/LegalEntity
""".split()
AWS_PRODUCT = """
    product/ProductName product/fromLocation product/instanceType product/instanceTypeFamily
    product/location product/memory product/operatingSystem product/operation
    product/physicalProcessor product/productFamily product/region product/regionCode
    product/servicecode product/sku product/tenancy product/toLocation product/usagetype
    product/vcpu
""".split()
AWS_PRICING = """
    pricing/LeaseContractLength pricing/OfferingClass pricing/PurchaseOption pricing/RateCode
    pricing/RateId pricing/currency pricing/publicOnDemandCost pricing/publicOnDemandRate
    pricing/term pricing/unit
""".split()
AWS_RESERVATION = """
    reservation/AmortizedUpfrontCostForUsage reservation/AmortizedUpfrontFeeForBillingPeriod
    reservation/EffectiveCost reservation/EndTime reservation/ModificationStatus
    reservation/NormalizedUnitsPerReservation reservation/NumberOfReservations
    reservation/RecurringFeeForUsage reservation/ReservationARN reservation/StartTime
    reservation/SubscriptionId reservation/TotalReservedNormalizedUnits
    reservation/TotalReservedUnits reservation/UnitsPerReservation
    reservation/UnusedAmortizedUpfrontFeeForBillingPeriod
    reservation/UnusedNormalizedUnitQuantity reservation/UnusedQuantity
    reservation/UnusedRecurringFee reservation/UpfrontValue
""".split()
AWS_SAVINGS_PLAN = """
    savingsPlan/TotalCommitmentToDate savingsPlan/SavingsPlanARN savingsPlan/SavingsPlanRate
    savingsPlan/UsedCommitment savingsPlan/SavingsPlanEffectiveCost
    savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod
    savingsPlan/RecurringCommitmentForBillingPeriod savingsPlan/StartTime savingsPlan/EndTime
    savingsPlan/OfferingType savingsPlan/PaymentOption savingsPlan/PurchaseTerm
    savingsPlan/Region savingsPlan/InstanceTypeFamily
""".split()
AWS_DISCOUNT = """
    discount/BundledDiscount discount/EdpDiscount discount/TotalDiscount
""".split()
AWS_TAGS = """
    resourceTags/aws:eks:cluster-name resourceTags/user:Name resourceTags/user:environment
    resourceTags/user:team resourceTags/user:kubernetes.io/created-for/pv/name
    resourceTags/user:kubernetes.io/created-for/pvc/name
    resourceTags/user:kubernetes.io/service-name
""".split()
AWS_CATEGORIES = """
    costCategory/CostCenter
""".split()

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
AZURE_EA = """
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
""".split()
AZURE_MCA = """
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
""".split()
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
