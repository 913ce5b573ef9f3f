"""Headers of every documented family of Azure cost files, in file order.

Microsoft: the dataset schemas of Cost Management exports (cost-management-billing/dataset-schema),
"Understand the terms in your Azure usage and charges file", Partner Center's "Daily rated usage
reconciliation files". Localised ones: opencost's German.csv, koku's Spanish report, the portal of
the operator in China.
"""

from cloudbill.samples.columns import AZURE_EA, AZURE_MCA


def _words(text: str) -> list[str]:
    return text.split()


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", " ").split(",")]


EA_2024 = AZURE_EA
EA_2023 = EA_2024[:55]
EA_2021_01 = EA_2024[:53]
EA_2020 = EA_2024[:52]
EA_2021_10 = _words("""
    CostInBillingCurrency AccountName AccountOwnerId ProductName ConsumedService InvoiceSectionName
    SubscriptionId SubscriptionName Date MeterId MeterCategory MeterSubCategory MeterRegion
    MeterName Quantity ResourceLocation ResourceId ServiceInfo1 ServiceInfo2 AdditionalInfo Tags
    CostCenter UnitOfMeasure ResourceGroup PartNumber OfferId ChargeType EffectivePrice UnitPrice
    ReservationId ReservationName ResourceName ProductOrderId ProductOrderName PlanName
    PublisherName PublisherType Term BillingAccountId BillingAccountName BillingProfileName
    BillingProfileId BillingCurrencyCode ServiceFamily Frequency IsAzureCreditEligible PayGPrice
    PricingModel BillingPeriodStartDate BillingPeriodEndDate AvailabilityZone InvoiceSectionId
    CostAllocationRuleName benefitId benefitName
""")
EA_LEGACY = _words("""
    DepartmentName AccountName AccountOwnerId SubscriptionGuid SubscriptionName ResourceGroup
    ResourceLocation UsageDateTime ProductName MeterCategory MeterSubcategory MeterId MeterName
    MeterRegion UnitOfMeasure UsageQuantity ResourceRate PreTaxCost CostCenter ConsumedService
    ResourceType InstanceId Tags OfferId AdditionalInfo ServiceInfo1 ServiceInfo2
""")
COST_DETAILS = _words("""
    BillingAccountId BillingAccountName BillingPeriodStartDate BillingPeriodEndDate
    BillingProfileId BillingProfileName AccountOwnerId AccountName SubscriptionId SubscriptionName
    Date Product PartNumber MeterId ServiceFamily MeterCategory MeterSubCategory MeterRegion
    MeterName Quantity EffectivePrice Cost UnitPrice BillingCurrency ResourceLocation
    AvailabilityZone ConsumedService ResourceId ResourceName ServiceInfo1 ServiceInfo2
    AdditionalInfo Tags InvoiceSectionId InvoiceSection CostCenter UnitOfMeasure ResourceGroup
    ReservationId ReservationName ProductOrderId ProductOrderName OfferId IsAzureCreditEligible
    Term PublisherName PlanName ChargeType Frequency PublisherType PayGPrice PricingModel
    CostAllocationRuleName benefitId benefitName
""")
C360 = COST_DETAILS[:50]
EA_PORTAL = _listed("""
    AccountOwnerId, Account Name, ServiceAdministratorId, SubscriptionId, SubscriptionGuid,
    Subscription Name, Date, Month, Day, Year, Product, Meter ID, Meter Category,
    Meter Sub-Category, Meter Region, Meter Name, Consumed Quantity, ResourceRate, ExtendedCost,
    Resource Location, Consumed Service, Instance ID, ServiceInfo1, ServiceInfo2, AdditionalInfo,
    Tags, Store Service Identifier, Department Name, Cost Center, Unit Of Measure, Resource Group
""")
MCA_2023 = AZURE_MCA
MCA_2021 = [
    {"pricingModel": "PricingModel"}.get(name, name)
    for name in AZURE_MCA
    if name not in ("benefitId", "benefitName", "provider")
]
MCA_2019_11 = [
    {
        "ProductName": "product",
        "SubscriptionId": "subscriptionId",
        "ResourceId": "InstanceName",
        "location": "Location",
        "PayGPrice": "payGPrice",
    }.get(name, name)
    for name in MCA_2021
    if name not in ("PricingModel", "costAllocationRuleName")
]
MCA_2019_10 = [
    {
        "invoiceId": "InvoiceID",
        "subscriptionId": "SubscriptionGuid",
        "resourceGroupName": "ResourceGroup",
        "billingCurrency": "BillingCurrencyCode",
        "pricingCurrency": "PricingCurrencyCode",
        "costInUsd": "CostInUSD",
        "paygCostInUsd": "PaygCostInUSD",
        "exchangeRatePricingToBilling": "ExchangeRate",
        "payGPrice": "MarketPrice",
    }.get(name, name[0].upper() + name[1:])
    for name in MCA_2019_11
]


def _after(header: list[str], added: dict[str, tuple[str, ...]], without: str) -> list[str]:
    """A header with names added after others."""
    return [
        name for present in header for name in (present, *added.get(present, ())) if name != without
    ]


MPA_2023 = _after(
    MCA_2023,
    {
        "invoiceSectionName": ("partnerTenantId", "partnerName"),
        "resellerMpnId": ("customerTenantId", "customerName"),
        "tags": ("partnerEarnedCreditRate", "partnerEarnedCreditApplied"),
    },
    without="costAllocationRuleName",
)
CSP = _words("""
    billingAccountName partnerName resellerName resellerMpnId customerTenantId customerName
    costCenter billingPeriodEndDate billingPeriodStartDate servicePeriodEndDate
    servicePeriodStartDate date serviceFamily productOrderId productOrderName consumedService
    meterId meterName meterCategory meterSubCategory meterRegion ProductId ProductName
    SubscriptionId subscriptionName publisherType publisherId publisherName resourceGroupName
    ResourceId resourceLocation location effectivePrice quantity unitOfMeasure chargeType
    billingCurrency pricingCurrency costInBillingCurrency costInUsd exchangeRatePricingToBilling
    exchangeRateDate serviceInfo1 serviceInfo2 additionalInfo tags PayGPrice frequency term
    reservationId reservationName PricingModel unitPrice benefitId benefitName provider
""")
MOSP = _words("""
    SubscriptionGuid ResourceGroup ResourceLocation UsageDateTime MeterCategory MeterSubCategory
    MeterId MeterName MeterRegion UsageQuantity ResourceRate PreTaxCost ConsumedService
    ResourceType InstanceId Tags OfferId AdditionalInfo ServiceInfo1 ServiceInfo2 ServiceName
    ServiceTier Currency UnitOfMeasure
""")
PARTNER_CENTER = _words("""
    PartnerId PartnerName CustomerId CustomerName CustomerDomainName CustomerCountry MpnId
    Tier2MpnId InvoiceNumber ProductId SkuId AvailabilityId SkuName ProductName PublisherName
    PublisherId SubscriptionDescription SubscriptionId ChargeStartDate ChargeEndDate UsageDate
    MeterType MeterCategory MeterId MeterSubCategory MeterName MeterRegion Unit ResourceLocation
    ConsumedService ResourceGroup ResourceURI ChargeType UnitPrice Quantity UnitType
    BillingPreTaxTotal BillingCurrency PricingPreTaxTotal PricingCurrency ServiceInfo1 ServiceInfo2
    Tags AdditionalInfo EffectiveUnitPrice PCToBCExchangeRate PCToBCExchangeRateDate EntitlementId
    EntitlementDescription PartnerEarnedCreditPercentage CreditPercentage CreditType
""")
SPANISH = {
    "DepartmentName": "Nombre de departamento",
    "AccountName": "Nombre de cuenta",
    "AccountOwnerId": "Id. del propietario de la cuenta",
    "SubscriptionGuid": "Ubicación de los recursos",
    "SubscriptionName": "Nombre de la suscripción",
    "ResourceLocation": "Ubicación de los recursos",
    "MeterCategory": "Categoría del medidor",
    "MeterId": "Id. de medidor",
    "MeterName": "Nombre del medidor",
    "MeterRegion": "Región del medidor",
    "UnitOfMeasure": "Unidad de medida",
    "ResourceRate": "Tasa de recursos",
    "CostCenter": "Centro de coste",
    "ConsumedService": "Servicio consumido",
    "Tags": "Etiquetas",
    "AdditionalInfo": "Información adicional",
    "ServiceInfo1": "Información del servicio 1",
    "ServiceInfo2": "Información del servicio 2",
}
EA_LEGACY_SPANISH = [f"{SPANISH.get(name, name)} ({name})" for name in EA_LEGACY]
# Header of the portal in China, and what it stands for.
CHINESE = {
    "账户所有者": "AccountOwnerId",
    "账户名称": "AccountName",
    "订阅GUID": "SubscriptionGuid",
    "订阅名称": "SubscriptionName",
    "日期 (月 日 年)": "Date",
    "产品": "Product",
    "资源GUID": "MeterId",
    "服务": "MeterCategory",
    "服务类型": "MeterSubCategory",
    "服务区域": "MeterRegion",
    "服务资源": "MeterName",
    "已消耗的资源数量": "ConsumedQuantity",
    "资源费率": "ResourceRate",
    "扩展的成本": "ExtendedCost",
    "服务子区域": "ResourceLocation",
    "服务信息": "ConsumedService",
    "组件": "InstanceId",
    "服务信息1": "ServiceInfo1",
    "服务信息2": "ServiceInfo2",
    "附加信息": "AdditionalInfo",
    "Tags": "Tags",
    "Department": "DepartmentName",
    "Cost Center": "CostCenter",
    "Unit of Measure": "UnitOfMeasure",
    "资源组": "ResourceGroup",
}
