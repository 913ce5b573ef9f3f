"""Azure: an enterprise agreement as actual and amortized export, an MCA and a German legacy export.

Row shapes follow Microsoft's "Understand cost management data" and the dataset schemas EA
2024-08-01, MCA 2023-12-01-preview and EA 2019-10-01. Commitments are paid by the month, each
month what its hours cost, so that actual and amortized costs of a month are equal.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cloudbill.samples.columns import AZURE_EA, AZURE_EA_LEGACY_GERMAN, AZURE_MCA
from cloudbill.samples.lines import (
    COPY,
    PERIODS,
    ZERO,
    BillFile,
    Export,
    Line,
    days_of,
    digest,
    floor,
    guid,
    month_end,
    month_start,
    text,
)

D = Decimal
KUBERNETES_PREFIXES = ("aks-managed-", "kubernetes.io-created-", "k8s-azure-created-")
EXCHANGE_RATE = D("0.92")


@dataclass(frozen=True)
class Meter:
    """A meter with its negotiated and its pay-as-you-go price."""

    category: str
    subcategory: str
    name: str
    unit: str
    price: Decimal
    payg: Decimal
    service: str
    family: str
    size: str = ""

    @property
    def meter_id(self) -> str:
        """Meters are Microsoft's: the same for every copy of the company."""
        h = digest("meter", self.category, self.subcategory, self.name, length=32)
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    @property
    def product(self) -> str:
        """Product name, as Microsoft puts it together."""
        return " - ".join(
            part for part in (self.category, self.subcategory, self.name, "EU West") if part
        )


def _vm(name: str, series: str, price: str, payg: str, size: str) -> Meter:
    return Meter(
        "Virtual Machines", f"{series}", name, "1 Hour", D(price), D(payg),
        "Microsoft.Compute", "Compute", size,
    )  # fmt: skip


D2S = _vm("D2s v5", "Dsv5 Series", "0.1035", "0.115", "Standard_D2s_v5")
D4S = _vm("D4s v5", "Dsv5 Series", "0.207", "0.23", "Standard_D4s_v5")
D8S_SPOT = _vm("D8s v5 Spot", "Dsv5 Series", "0.0846", "0.0846", "Standard_D8s_v5")
D4S_WINDOWS = _vm("D4s v5", "Dsv5 Series Windows", "0.391", "0.434", "Standard_D4s_v5")
E4S = _vm("E4s v5", "Esv5 Series", "0.2736", "0.304", "Standard_E4s_v5")
B2S = _vm("B2s", "BS Series", "0.0432", "0.048", "Standard_B2s")
DS1_RESERVED = _vm("DS1 v2", "Reservation-Base VM", "0", "0", "Standard_DS1_v2")
VM_METERS = (D2S, D4S, D8S_SPOT, D4S_WINDOWS, E4S, B2S)
WINDOWS_LICENCE = Meter(
    "Virtual Machines Licenses", "Windows Server", "Reservation-Windows Svr (2 Core)", "1 Hour",
    D("0.0828"), D("0.092"), "Microsoft.Compute", "Compute",
)  # fmt: skip
DISK = Meter(
    "Storage", "Premium SSD Managed Disks", "P10 LRS Disk", "1/Month",
    D("19.71"), D("21.9"), "Microsoft.Compute", "Storage",
)  # fmt: skip
TRAFFIC = Meter(
    "Bandwidth", "Inter-Region", "Standard Data Transfer Out", "1 GB",
    D("0.073"), D("0.08"), "Microsoft.Compute", "Networking",
)  # fmt: skip
BALANCER = Meter(
    "Load Balancer", "", "Standard Included LB Rules and Outbound Rules", "1 Hour",
    D("0.0225"), D("0.025"), "Microsoft.Network", "Networking",
)  # fmt: skip
ADDRESS = Meter(
    "Virtual Network", "IP Addresses", "Standard IPv4 Static Public IP", "1 Hour",
    D("0.0045"), D("0.005"), "Microsoft.Network", "Networking",
)  # fmt: skip
CLUSTER = Meter(
    "Azure Kubernetes Service", "", "Standard Uptime SLA", "1 Hour",
    D("0.09"), D("0.1"), "Microsoft.ContainerService", "Compute",
)  # fmt: skip
SQL = Meter(
    "SQL Database", "Single/Elastic Pool General Purpose - Compute Gen5", "vCore", "1 Hour",
    D("0"), D("0.1523"), "Microsoft.Sql", "Databases",
)  # fmt: skip
DEFENDER = Meter(
    "Microsoft Defender for Cloud", "Microsoft Defender for Servers", "Standard P2 Node",
    "1 Node Hour", D("0.018"), D("0.02"), "Microsoft.Security", "Security",
)  # fmt: skip


@dataclass(frozen=True)
class Commitment:
    """A reservation or savings plan."""

    key: str
    model: str  # as PricingModel has it
    rate: Decimal  # an hour of the reserved size, or the hourly commitment
    count: int = 1
    size: str = ""

    @property
    def order_id(self) -> str:
        """Id of the order."""
        return guid("order", self.key)

    @property
    def id(self) -> str:
        """Id of the reservation or plan in the order."""
        return guid("benefit", self.key)

    @property
    def benefit_id(self) -> str:
        """Resource id, as benefitId has it."""
        if self.model == "Reservation":
            return (
                f"/providers/Microsoft.Capacity/reservationOrders/{self.order_id}"
                f"/reservations/{self.id}"
            )
        return (
            f"/providers/Microsoft.BillingBenefits/savingsPlanOrders/{self.order_id}"
            f"/savingsPlans/{self.id}"
        )

    @property
    def order_name(self) -> str:
        """What the order is called."""
        if self.model == "Reservation":
            return f"Reserved VM Instance, {self.size}, EU West, 1 Year"
        return "Compute savings plan, 1 Year"

    @property
    def daily(self) -> Decimal:
        """What the commitment costs a day."""
        return self.rate * self.count * 24


@dataclass(frozen=True)
class Vm:
    """A machine: standalone, or the instance of a scale set."""

    name: str
    meter: Meter
    scale_set: str = ""
    purchase: str = "OnDemand"
    image: str = "Canonical"
    is_billed: bool = True


@dataclass(frozen=True)
class Item:
    """A charge, before it is written in some schema; None: the dataset has no such row."""

    day: date
    meter: Meter
    quantity: Decimal
    charge_type: str
    model: str
    resource_id: str
    resource_group: str
    actual: Decimal | None
    amortized: Decimal | None
    commitment: Commitment | None = None
    tags: dict[str, str] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)


Row = Callable[[Item, str, Decimal], dict[str, Any]]


@dataclass(frozen=True)
class Company:
    """A subscription with its machines, in one cluster and beside it."""

    key: str
    cluster: str
    vms: tuple[Vm, ...]
    commitments: tuple[Commitment, ...] = ()
    aks_tag_prefix: str = "aks-managed-"
    has_all_services: bool = True

    @property
    def subscription_id(self) -> str:
        """Subscription of everything."""
        return guid("subscription", self.key)

    @property
    def node_group(self) -> str:
        """Resource group of the cluster's machines."""
        return f"MC_{self.key}-rg_{self.cluster}_westeurope"

    def resource(self, group: str, path: str) -> str:
        """Full resource id."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{group}/providers/{path}"

    def vm_id(self, vm: Vm) -> tuple[str, str]:
        """Resource id as the bill has it, and the resource group."""
        kind = "virtualMachineScaleSets" if vm.scale_set else "virtualMachines"
        group = self.node_group if vm.scale_set else f"{self.key}-rg"
        return self.resource(group, f"Microsoft.Compute/{kind}/{vm.scale_set or vm.name}"), group


def azure_bills(seed: int) -> Iterator[BillFile]:
    """All Azure bills of the sample."""
    german = [f"{header} ({name})" for name, header in AZURE_EA_LEGACY_GERMAN.items()]
    schemas: dict[str, tuple[list[str], Row]] = {
        EA_ACTUAL.name: (AZURE_EA, ea_row),
        EA_AMORTIZED.name: (AZURE_EA, ea_row),
        MCA_ACTUAL.name: (AZURE_MCA, mca_row),
        LEGACY.name: (german, _legacy_row),
    }
    for export, company in COMPANIES.items():
        header, row = schemas[export.name]
        for period in PERIODS:
            items = items_of(company, period, random.Random(f"{seed}/azure/{company.key}/{period}"))
            if export is LEGACY:
                items = [item for item in items if item.charge_type == "Usage"]
            days: dict[date, list[Line]] = defaultdict(list)
            for item in items:
                cost = item.amortized if export is EA_AMORTIZED else item.actual
                if cost is not None:
                    days[item.day].append(_line(item, cost, period, row))
            last = month_end(period) - timedelta(days=1)
            run = guid(seed, export.name, period).replace(COPY, "5a1e0000")
            # One of the exports was switched to compression in October.
            is_zipped = export is EA_ACTUAL or (export is EA_AMORTIZED and period == PERIODS[1])
            yield BillFile(
                export,
                f"{month_start(period):%Y%m%d}-{last:%Y%m%d}/{export.name}_{run}.csv"
                + (".gz" if is_zipped else ""),
                header,
                [days[day] for day in sorted(days)],
            )


def items_of(company: Company, period: str, rng: random.Random) -> list[Item]:
    """All charges of a company in a month."""
    items: list[Item] = []
    for day in days_of(period):
        left = {c.key: c.daily for c in company.commitments}
        for vm in company.vms:
            if vm.is_billed:
                items += _vm_items(company, day, vm, left, rng)
        for commitment in company.commitments:
            items.append(_unused_item(day, commitment, left[commitment.key]))
        items += _service_items(company, day, rng)
    return [*items, *_monthly_items(company, period)]


def _vm_items(
    company: Company, day: date, vm: Vm, left: dict[str, Decimal], rng: random.Random
) -> Iterator[Item]:
    """A day of a machine: what its commitments cover, the rest on demand or spot."""
    resource_id, group = company.vm_id(vm)
    if rng.random() < 0.1:  # the same resource, in other letters
        resource_id = resource_id.replace(group, group.upper()).replace("osoft.Comp", "osoft.comp")
        group = group.upper()
    is_elastic = bool({"Spot", "elastic"} & set(vm.purchase.split("+")))
    hours = D(rng.randrange(8_000_000, 24_000_001)) / 1_000_000 if is_elastic else D(24)
    tags = {"env": "prod", "cost center": "1234"}
    if vm.scale_set:
        tags = {
            f"{company.aks_tag_prefix}creationSource": f"vmssclient-{vm.scale_set}",
            f"{company.aks_tag_prefix}orchestrator": "Kubernetes:1.33.2",
            f"{company.aks_tag_prefix}poolName": vm.scale_set.split("-")[1],
        }
    info: dict[str, Any] = {
        "UsageType": "ComputeHR",
        "ImageType": vm.image,
        "ServiceType": vm.meter.size,
        "VMName": vm.name if vm.scale_set else None,
        "VMProperties": "Microsoft.AKS.Compute.AKS.Linux.Billing" if vm.scale_set else None,
        "VCPUs": 2 if vm.meter in (D2S, B2S) else 4,
        "ConsumedQuantity": 1.0,
    }

    if vm.meter is DS1_RESERVED:  # before 2020, only the additional information named what paid
        info |= {
            "ReservationOrderId": guid("order", vm.name),
            "ReservationId": guid("benefit", vm.name),
            "ConsumptionMeter": D2S.meter_id,
        }

    def item(quantity: Decimal, model: str, effective: Decimal, **more: Any) -> Item:
        return Item(
            day=day,
            meter=vm.meter,
            quantity=quantity,
            charge_type="Usage",
            model=model,
            resource_id=resource_id,
            resource_group=group,
            actual=quantity * effective if "commitment" not in more else ZERO,
            amortized=quantity * effective,
            tags=tags,
            **{"info": info} | more,
        )

    for commitment in company.commitments:
        if commitment.key not in vm.purchase.split("+") or not hours:
            continue
        rate = commitment.rate
        reserved = info
        if commitment.model == "SavingsPlan":
            rate = floor(vm.meter.price * D("0.7"), "0.0001")
        else:
            ratio = 2 if vm.meter.size != commitment.size else 1
            rate *= ratio
            reserved = info | {
                "ReservationOrderId": commitment.order_id,
                "ReservationId": commitment.id,
                "ConsumptionMeter": vm.meter.meter_id,
                "RINormalizationRatio": f"{ratio}.0",
            }
        covered = min(hours, floor(left[commitment.key] / rate, "0.000001"))
        if covered:
            yield item(covered, commitment.model, rate, commitment=commitment, info=reserved)
        left[commitment.key] -= covered * rate
        hours -= covered
    model = "Spot" if vm.purchase == "Spot" else "OnDemand"
    if hours:
        first = floor(hours * D(rng.randrange(2, 9)) / 10, "0.01") if is_elastic else hours
        yield item(first, model, vm.meter.price)
        if hours - first:
            yield item(hours - first, model, vm.meter.price)
    if vm.image.startswith("Windows") and "r1" in vm.purchase:
        yield Item(
            day, WINDOWS_LICENCE, D(24), "Usage", "OnDemand", resource_id, group,
            24 * WINDOWS_LICENCE.price, 24 * WINDOWS_LICENCE.price,
            tags=tags, info=info | {"UsageType": "ComputeHR_SW"},
        )  # fmt: skip


def _unused_item(day: date, commitment: Commitment, unused: Decimal) -> Item:
    is_reservation = commitment.model == "Reservation"
    return Item(
        day=day,
        meter=D2S if is_reservation else _plan_meter(commitment),
        quantity=unused / commitment.rate if is_reservation else D(1),
        charge_type="UnusedReservation" if is_reservation else "UnusedSavingsPlan",
        model=commitment.model,
        resource_id="",
        resource_group="",
        actual=None,
        amortized=unused,
        commitment=commitment,
    )


def _plan_meter(commitment: Commitment) -> Meter:
    return Meter(
        "Savings Plan", "", "Compute Savings Plan", "1 Hour", commitment.rate, ZERO,
        "Microsoft.BillingBenefits", "Compute",
    )  # fmt: skip


def _service_items(company: Company, day: date, rng: random.Random) -> Iterator[Item]:
    managed = {
        f"{company.aks_tag_prefix}cluster-name": company.cluster,
        f"{company.aks_tag_prefix}cluster-rg": f"{company.key}-rg",
    }
    nodes, own = company.node_group, f"{company.key}-rg"
    share_of_month = floor(D(1) / len(days_of(f"{day:%Y-%m}")), "0.000001")
    vm = next(vm for vm in company.vms if vm.scale_set)
    claim = f"pvc-{guid('claim', company.key)}"

    def item(
        meter: Meter,
        quantity: Decimal,
        group: str,
        path: str,
        *,
        tags: dict[str, str] | None = None,
        info: dict[str, Any] | None = None,
    ) -> Item:
        cost = quantity * meter.price
        return Item(
            day, meter, quantity, "Usage", "OnDemand", company.resource(group, path), group,
            cost, cost, tags=tags or {}, info=info or {},
        )  # fmt: skip

    yield item(
        DISK, share_of_month, nodes, f"Microsoft.Compute/disks/{claim}",
        tags={"kubernetes.io-created-for-pv-name": claim, "k8s-azure-created-by": "azure-dd"},
    )  # fmt: skip
    yield item(
        TRAFFIC, D(rng.randrange(1, 9_000_000)) / 1_000_000, nodes,
        f"Microsoft.Compute/virtualMachineScaleSets/{vm.scale_set}",
        tags={f"{company.aks_tag_prefix}creationSource": f"vmssclient-{vm.scale_set}"},
        info={"UsageType": "DataTrOut", "VmName": vm.name, "DataTransferDirection": "DataTrOut"},
    )  # fmt: skip
    if not company.has_all_services:
        return
    yield item(DISK, share_of_month, own, "Microsoft.Compute/disks/erp-data")
    yield item(BALANCER, D(24), nodes, "Microsoft.Network/loadBalancers/kubernetes", tags=managed)
    yield item(
        ADDRESS, D(24), nodes, f"Microsoft.Network/publicIPAddresses/{guid('ip', company.key)}",
        tags=managed, info={"IpAddress": "20.61.3.7"},
    )  # fmt: skip
    yield item(CLUSTER, D(24), own, f"Microsoft.ContainerService/managedClusters/{company.cluster}")
    yield item(
        SQL, D(48), own, "Microsoft.Sql/servers/shop/databases/orders", tags={"env": "prod"},
        info={"AHB": "true", "vCores": 2, "ReservationId": guid("sql"), "ReservationOrderId": ""},
    )  # fmt: skip
    if day.day % 5 == 0:
        yield item(
            DEFENDER, D(24), nodes,
            f"Microsoft.Compute/virtualMachineScaleSets/{vm.scale_set}/virtualMachines/0",
            info={"Cloud": "Azure"},
        )  # fmt: skip
        yield item(
            E4S, D(24), own,
            "Microsoft.Compute/capacityReservationGroups/dr/capacityReservations/dr-e4s",
            info={"UsageType": "ComputeCR", "ServiceType": "Standard_E4s_v5", "VCPUs": 4},
        )  # fmt: skip
    if day.day % 10 == 3:  # a correction and a line for nothing
        yield item(TRAFFIC, D("-0.001389"), own, "Microsoft.Compute/virtualMachines/jumpbox")
        yield item(
            B2S,
            ZERO,
            own,
            "Microsoft.Compute/virtualMachines/jumpbox",
            info={"UsageType": "ComputeHR", "ServiceType": "Standard_B2s"},
        )


def _monthly_items(company: Company, period: str) -> Iterator[Item]:
    start, days = month_start(period), len(days_of(period))
    for commitment in company.commitments:
        is_reservation = commitment.model == "Reservation"
        path = "reservations/" if is_reservation else f"savingsPlans/{commitment.id}"
        meter = D2S if is_reservation else _plan_meter(commitment)
        purchase = Item(
            day=start,
            meter=meter,
            quantity=D(commitment.count),
            charge_type="Purchase",
            model=commitment.model,
            resource_id=commitment.benefit_id.split("reservations/")[0].split("savingsPlans/")[0]
            + path,
            resource_group="",
            actual=commitment.daily * days,
            amortized=None,
            commitment=commitment,
            columns={
                "ConsumedService": "Microsoft.Capacity" if is_reservation else meter.service,
                "Frequency": "Recurring",
                "OfferId": "",
                "ReservationId": commitment.order_id if is_reservation else "",
            },
        )
        yield purchase
        if company.key == "mca" and period == PERIODS[1]:
            yield Item(
                **vars(purchase)
                | {
                    "day": start + timedelta(days=9),
                    "charge_type": "Refund",
                    "quantity": D(-1),
                    "actual": -commitment.daily * 22 / commitment.count,
                }
            )
    marketplace = Meter(
        "SaaS", "", "Observe Pro", "1/Month", D("49.9"), ZERO, "Microsoft.SaaS", "SaaS"
    )
    yield Item(
        start, marketplace, D(1), "Usage", "OnDemand",
        company.resource(f"{company.key}-rg", "Microsoft.SaaS/resources/observe"),
        f"{company.key}-rg", marketplace.price, marketplace.price,
        columns={"PublisherType": "Marketplace", "PublisherName": "Observe Ltd"},
    )  # fmt: skip
    rounding = Meter("Rounding", "", "", "", ZERO, ZERO, "", "")
    cents = D(int(digest("rounding", company.key, period, length=4), 16)) / 10_000_000
    yield Item(
        month_end(period) - timedelta(days=1), rounding, ZERO, "RoundingAdjustment", "", "", "",
        cents, cents, columns={"SubscriptionId": "", "SubscriptionName": ""},
    )  # fmt: skip


def _line(item: Item, cost: Decimal, period: str, row: Row) -> Line:
    listed = cost
    if row is mca_row:
        listed = cost = cost * EXCHANGE_RATE
        if (payg := mca_payg(item)) is not None:
            listed = payg * EXCHANGE_RATE
    return Line(
        row=row(item, period, cost),
        billing_period=period,
        currency="USD" if row is ea_row else "EUR",
        charge_type=item.charge_type,
        cost=cost,
        list=listed,
        net=cost,
        amortized_net=cost,
        amortized=cost,
        unused=cost if item.charge_type.startswith("Unused") else ZERO,
        is_kubernetes=any(key.startswith(KUBERNETES_PREFIXES) for key in item.tags),
    )


def ea_row(item: Item, period: str, cost: Decimal) -> dict[str, Any]:
    """EA 2024-08-01; the MCA schema is filled from the same names."""
    company, meter, commitment = EA_COMPANY, item.meter, item.commitment
    is_used = item.charge_type == "Usage"
    row = {
        "InvoiceSectionName": "Engineering",
        "AccountName": "Shop",
        "AccountOwnerId": "owner@shop.example",
        "SubscriptionId": company.subscription_id if item.resource_group else "",
        "SubscriptionName": f"Shop {company.key.upper()}" if item.resource_group else "",
        "ResourceGroup": item.resource_group,
        "ResourceLocation": "westeurope",
        "ResourceLocationNormalized": "westeurope",
        "Date": f"{item.day:%m/%d/%Y}",
        "ProductName": meter.product,
        "MeterCategory": meter.category,
        "MeterSubCategory": meter.subcategory,
        "MeterId": meter.meter_id,
        "MeterName": meter.name,
        "MeterRegion": "EU West",
        "UnitOfMeasure": meter.unit,
        "Quantity": text(item.quantity),
        "EffectivePrice": text(cost / item.quantity) if item.quantity else text(meter.price),
        "CostInBillingCurrency": text(cost),
        "CostCenter": "1234",
        "ConsumedService": meter.service,
        "ResourceId": item.resource_id,
        "ResourceName": item.resource_id.rsplit("/", maxsplit=1)[-1],
        "Tags": json_text(item.tags, braces=False),
        "AdditionalInfo": json_text(item.info, braces=False),
        "OfferId": "MS-AZR-0017P",
        "UnitPrice": text(meter.price),
        "PayGPrice": "0" if item.model == "Reservation" else text(meter.payg),
        "PublisherType": "Azure",
        "PublisherName": "Microsoft",
        "ChargeType": item.charge_type,
        "Frequency": "UsageBased",
        "PricingModel": item.model,
        "BillingAccountId": "8611537",
        "BillingAccountName": "Shop Holding",
        "BillingCurrencyCode": "USD",
        "BillingPeriodStartDate": f"{month_start(period):%m/%d/%Y}",
        "BillingPeriodEndDate": f"{month_end(period) - timedelta(days=1):%m/%d/%Y}",
        "BillingProfileId": "8611537",
        "BillingProfileName": "Shop Holding",
        "IsAzureCreditEligible": "True",
        "PartNumber": digest("part", meter.meter_id, length=9).upper(),
        "ServiceFamily": meter.family,
        "AccountId": "271828",
    }
    if commitment is not None:
        row |= {
            "benefitId": commitment.benefit_id,
            "benefitName": commitment.key,
            "ProductOrderId": commitment.order_id,
            "ProductOrderName": commitment.order_name,
            "Term": "12",
            "ReservationName": commitment.key if item.model == "Reservation" else "",
            "ReservationId": commitment.id if item.model == "Reservation" else "",
        }
        if not is_used:
            row["AdditionalInfo"] = ""
    return row | item.columns


def mca_payg(item: Item) -> Decimal | None:
    """What the usage costs on pay-as-you-go, in the pricing currency; MCA leaves out some."""
    if item.charge_type != "Usage" or item.columns:
        return None
    return ZERO if item.model == "Reservation" else item.meter.payg * item.quantity


def mca_row(item: Item, period: str, cost: Decimal) -> dict[str, Any]:
    """MCA 2023-12-01-preview; cost is in the billing currency."""
    pricing_cost = cost / EXCHANGE_RATE
    payg = mca_payg(item)
    row = ea_row(item, period, pricing_cost)
    row |= {
        "resourceGroupName": row["ResourceGroup"],
        "location": "EU West",
        "billingAccountId": f"{guid('mca').replace(COPY, '6c7a01')}:2f1b_2019-05-31",
        "billingProfileId": "QX3C-4MDB-BG7-PGB",
        "invoiceSectionId": "7TQ4-AAAA-PJA-PGB",
        "invoiceId": f"G{int(digest('invoice', period, length=6), 16):09d}",
        "tags": json_text(item.tags),
        "additionalInfo": json_text(item.info) if row["AdditionalInfo"] else "",
        "billingCurrency": "EUR",
        "pricingCurrency": "USD",
        "costInBillingCurrency": text(cost),
        "costInPricingCurrency": text(pricing_cost),
        "costInUsd": text(pricing_cost),
        "paygCostInBillingCurrency": "" if payg is None else text(payg * EXCHANGE_RATE),
        "paygCostInUsd": "" if payg is None else text(payg),
        "exchangeRatePricingToBilling": text(EXCHANGE_RATE),
        "exchangeRateDate": f"{month_start(period):%m/%d/%Y}",
        "servicePeriodStartDate": f"{month_start(period):%m/%d/%Y}",
        "servicePeriodEndDate": f"{month_end(period) - timedelta(days=1):%m/%d/%Y}",
        "ProductId": digest("product", item.meter.meter_id, length=12).upper(),
        "publisherId": "",
        "provider": "Azure",
        "unitPrice": "" if item.model == "Reservation" else row["UnitPrice"],
    }
    if row["SubscriptionId"]:
        row |= {"SubscriptionId": MCA_COMPANY.subscription_id, "subscriptionName": "Shop MCA"}
    lower = {key.lower(): value for key, value in row.items()}
    return {column: lower.get(column.lower(), "") for column in AZURE_MCA}


def _legacy_row(item: Item, period: str, cost: Decimal) -> dict[str, Any]:
    row = ea_row(item, period, cost)
    row |= {
        "DepartmentName": "Technik",
        "SubscriptionGuid": LEGACY_COMPANY.subscription_id if row["SubscriptionId"] else "",
        "SubscriptionName": "Werk",
        "UsageDateTime": f"{item.day}",
        "MeterSubcategory": row["MeterSubCategory"],
        "UsageQuantity": row["Quantity"],
        "ResourceRate": row["EffectivePrice"],
        "PreTaxCost": text(cost),
        "ResourceType": "/".join(item.resource_id.split("/")[6:8]),
        "InstanceId": item.resource_id,
    }
    return {
        f"{german} ({name})": row.get(name, "") for name, german in AZURE_EA_LEGACY_GERMAN.items()
    }


def json_text(data: dict[str, Any], braces: bool = True) -> str:
    """JSON as bills have it: enterprise agreements leave the braces out."""
    if not data:
        return ""
    written = json.dumps(
        data, separators=(", " if not braces else ",", ": " if not braces else ":")
    )
    return written if braces else written[1:-1]


EA_ACTUAL = Export("azure-ea-actual", "azure_cost", "azure-ea-actual", "actual", "azure-ea")
EA_AMORTIZED = Export(
    "azure-ea-amortized", "azure_cost", "azure-ea-amortized", "amortized", "azure-ea"
)
MCA_ACTUAL = Export("azure-mca", "azure_cost", "azure-mca", "actual", bom=b"\xef\xbb\xbf")
LEGACY = Export("azure-ea-german", "azure_cost", "azure-ea-german", currency="EUR")
SYSTEM, APPS, SPOT = (f"aks-{pool}-{COPY}-vmss" for pool in ("system", "apps", "spot"))
OLD = f"aks-nodepool1-{COPY}-vmss"
EA_COMPANY = Company(
    key="shop",
    cluster="shop-aks",
    vms=(
        Vm(f"{SYSTEM}_0", D2S, SYSTEM, "r1"),
        Vm(f"{SYSTEM}_1", D2S, SYSTEM, "r1"),
        Vm("erp", D2S, purchase="r1+elastic", image="Windows Server"),
        Vm(f"{APPS}_0", D4S, APPS, "r1+s1+elastic"),
        Vm(f"{APPS}_7", D4S, APPS, "s1+elastic"),
        Vm(f"{APPS}_35", D4S, APPS),
        Vm(f"{APPS}_36", D4S, APPS, is_billed=False),
        Vm(f"{SPOT}_3", D8S_SPOT, SPOT, "Spot"),
        Vm("reports", D4S_WINDOWS, image="Windows Server"),
        Vm("jumpbox", B2S, purchase="elastic"),
        Vm("legacy-byol", E4S, image="Windows Server BYOL"),
    ),
    commitments=(
        Commitment("r1", "Reservation", D("0.0655"), 5, "Standard_D2s_v5"),
        Commitment("s1", "SavingsPlan", D("0.15")),
    ),
)
MCA_COMPANY = Company(
    key="mca",
    cluster="edge-aks",
    vms=(
        Vm(f"{OLD}_0", D4S, OLD, "r2"),
        Vm(f"{OLD}_1", D4S, OLD, "elastic"),
    ),
    commitments=(Commitment("r2", "Reservation", D("0.0655"), 2, "Standard_D2s_v5"),),
    aks_tag_prefix="",  # an old cluster: Kubecost does not know its tags
    has_all_services=False,
)
LEGACY_COMPANY = Company(
    key="werk",
    cluster="werk-aks",
    vms=(
        Vm(f"{OLD}_0", B2S, OLD),
        Vm("steuerung", E4S, image="Windows Server BYOL"),
        Vm("archiv", DS1_RESERVED),
    ),
    has_all_services=False,
)
COMPANIES = {
    EA_ACTUAL: EA_COMPANY,
    EA_AMORTIZED: EA_COMPANY,
    MCA_ACTUAL: MCA_COMPANY,
    LEGACY: LEGACY_COMPANY,
}
