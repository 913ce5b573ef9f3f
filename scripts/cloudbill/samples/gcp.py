"""Google Cloud: the detailed export of two billing accounts, as NDJSON and as nested Parquet.

Rows follow Google's "Structure of detailed data export" and "Spend-based CUD data model updates".
The first account has flexible commitments, in the older model until September and in that of 2025
from October; the second has resource-based commitments and sustained use discounts. Days are
Pacific days, as Google bills them: the last one of an invoice month ends on the next month's first
UTC day.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudbill.samples.lines import (
    ACCOUNT,
    COPY,
    COPY_NUMBER,
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
    text,
)

D = Decimal
REGION = "europe-west4"
KUBERNETES_LABELS = {"goog-gke-node", "goog-gke-volume", "goog-k8s-cluster-name"}
CUD_CREDITS = (
    "COMMITTED_USAGE_DISCOUNT",
    "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE",
    "FEE_UTILIZATION_OFFSET",
)
COMPUTE = ("6F81-5844-456A", "Compute Engine")
DEFAULT_MODEL = {"id": "7754-699E-0EBF", "description": "Default"}
FLEXIBLE_MODEL = {"id": "D97B-0795-975B", "description": "Compute Flexible CUDs 1 Year"}
FLEXIBLE_PRICE = D("0.72")  # of the on-demand price, for a year
# Ingestion days: a file each. The last of a month come after its end, with late lines.
INGESTED = [
    date.fromisoformat(day)
    for day in (
        *("2026-09-11", "2026-09-21", "2026-10-02", "2026-10-05"),
        *("2026-10-11", "2026-10-21", "2026-11-02", "2026-11-05"),
    )
]


@dataclass(frozen=True)
class Family:
    """A machine family: prices of a core and of a gibibyte for an hour."""

    name: str
    words: str
    core: Decimal
    ram: Decimal
    core_commitment: Decimal = ZERO
    ram_commitment: Decimal = ZERO
    sustained_use: Decimal = ZERO


E2 = Family("e2", "E2 Instance", D("0.02401"), D("0.003218"))
E2_SPOT = Family("e2", "Spot Preemptible E2 Instance", D("0.00804"), D("0.001077"))
N2 = Family("n2", "N2 Instance", D("0.034802"), D("0.004664"), D("0.021925"), D("0.002938"))
N1 = Family("n1", "N1 Predefined Instance", D("0.034806"), D("0.004665"), sustained_use=D("0.2"))


@dataclass(frozen=True)
class Machine:
    """A virtual machine, in a GKE cluster or on its own."""

    name: str
    family: Family
    cores: int = 4
    ram: int = 16
    cluster: str = ""
    is_elastic: bool = False
    is_committed: bool = False
    zone: str = f"{REGION}-a"
    is_billed: bool = True

    @property
    def machine_type(self) -> str:
        """Machine type, like e2-standard-4."""
        return f"{self.family.name}-standard-{self.cores}"


@dataclass(frozen=True)
class Account:
    """A billing account with one project."""

    export: Export
    billing_account: str
    project: str
    machines: tuple[Machine, ...]
    flexible: Decimal = ZERO  # on-demand dollars an hour
    committed_cores: int = 0
    committed_ram: int = 0


@dataclass(frozen=True)
class Hours:
    """A stretch of usage within one Pacific day and one UTC day."""

    start: datetime
    count: int
    invoice: str

    @property
    def end(self) -> datetime:
        """Exclusive end."""
        return self.start + timedelta(hours=self.count)


@dataclass
class Writer:
    """Rows of an account so far, by ingestion day."""

    account: Account
    rng: random.Random
    lines: dict[date, list[Line]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self,
        hours: Hours,
        service: tuple[str, str],
        sku: str,
        cost: Decimal,
        *,
        quantity: Decimal = ZERO,
        unit: str = "hour",
        price: Decimal | None = None,
        default_price: Decimal | None = None,
        credits: dict[str, Decimal] | None = None,
        labels: dict[str, str] | None = None,
        system_labels: dict[str, str] | None = None,
        amortized: Decimal | None = None,
        unused: Decimal = ZERO,
        cost_type: str = "regular",
        resource: dict[str, str] | None = None,
        zone: str = "",
        has_project: bool = True,
        subscription: str = "",
        model: dict[str, str] | None = None,
        ingested: date | None = None,
        sku_id: str = "",
        adjustment: dict[str, str] | None = None,
    ) -> None:
        """Write a row: amounts in, native structure and the metrics that follow from it out."""
        given = {name: amount for name, amount in (credits or {}).items() if amount}
        committed = sum((given.get(name, ZERO) for name in CUD_CREDITS), ZERO)
        rest = sum(given.values(), ZERO) - committed
        net = cost + committed + rest
        amortized = cost + committed if amortized is None else amortized
        day = ingested or next(d for d in INGESTED if d >= hours.end.date())
        at_default = cost if default_price is None else default_price * quantity
        row: dict[str, Any] = {
            "billing_account_id": self.account.billing_account,
            "service": {"id": service[0], "description": service[1]},
            "sku": {"id": sku_id or _sku_id(sku), "description": sku},
            "usage_start_time": f"{hours.start:%Y-%m-%d %H:%M:%S} UTC",
            "usage_end_time": f"{hours.end:%Y-%m-%d %H:%M:%S} UTC",
            "labels": _pairs(labels),
            "system_labels": _pairs(system_labels),
            "location": {"location": REGION, "country": "NL", "region": REGION},
            "transaction_type": "GOOGLE",
            "seller_name": "Google",
            "export_time": f"{day:%Y-%m-%d} {8 + hours.count % 9:02d}:41:27.482910 UTC",
            "cost": _number(cost),
            "currency": "USD",
            "currency_conversion_rate": 1.0,
            "credits": [
                {
                    "name": CREDIT_NAMES[name],
                    # Google's own example quotes some amounts and not others.
                    "amount": text(amount) if name == "PROMOTION" else _number(amount),
                    "full_name": CREDIT_NAMES[name],
                    "id": CREDIT_NAMES[name],
                    "type": name,
                }
                for name, amount in given.items()
            ],
            "invoice": {"month": hours.invoice.replace("-", ""), "publisher_type": "GOOGLE"},
            "cost_type": cost_type,
            "cost_at_list": _number(at_default),
            "tags": [],
        }
        if has_project:
            row["project"] = {
                "id": self.account.project,
                "number": str(int(digest("project", self.account.project, length=9), 16)),
                "name": self.account.project,
                "ancestry_numbers": "/424242424242/",
            }
        if zone:
            row["location"]["zone"] = zone
        if price is not None:
            seconds = 3600 if unit == "hour" else 1
            row["usage"] = {
                "amount": _number(quantity * seconds),
                "unit": "seconds" if unit == "hour" else unit,
                "amount_in_pricing_units": _number(quantity),
                "pricing_unit": unit,
            }
            row["price"] = {
                "effective_price": text(price),
                "tier_start_amount": "0",
                "unit": unit,
                "pricing_unit_quantity": "1",
                "list_price": text(default_price or price),
                "effective_price_default": text(default_price or price),
            }
            row["cost_at_effective_price_default"] = text(at_default)
            row["consumption_model"] = model or DEFAULT_MODEL
        if resource:
            row["resource"] = resource
        if subscription:
            row["subscription"] = {"instance_id": subscription}
        if adjustment:
            row["adjustment_info"] = adjustment
        self.lines[day].append(
            Line(
                row=row,
                billing_period=hours.invoice,
                currency="USD",
                charge_type=cost_type,
                cost=cost,
                list=cost,
                net=net,
                amortized_net=amortized + rest,
                amortized=amortized,
                unused=unused,
                is_kubernetes=bool(KUBERNETES_LABELS & (labels or {}).keys()),
            )
        )


CREDIT_NAMES = {
    "COMMITTED_USAGE_DISCOUNT": "Committed Usage Discount: CPU",
    "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE": (
        "Committed use discount - dollar based: GCE Commitments"
    ),
    "FEE_UTILIZATION_OFFSET": "Compute Flexible CUD fee utilization offset",
    "SUSTAINED_USAGE_DISCOUNT": "Sustained Usage Discount",
    "PROMOTION": "Welcome promotion",
    "FREE_TIER": "Always free usage",
}


def gcp_bills(seed: int) -> Iterator[BillFile]:
    """All Google Cloud bills of the sample: a file for each ingestion day."""
    for account in ACCOUNTS:
        writer = Writer(account, random.Random(f"{seed}/gcp/{account.billing_account}"))
        for period in PERIODS:
            for day in days_of(period):
                for hours in _stretches(day, period):
                    _write_usage(writer, hours)
            _write_month(writer, period)
        suffix = "parquet" if account.export is PARQUET else "json"
        for day in sorted(writer.lines):
            by_usage: dict[str, list[Line]] = defaultdict(list)
            for line in writer.lines[day]:
                by_usage[line.row["usage_start_time"]].append(line)
            chunks = [by_usage[start] for start in sorted(by_usage)]
            yield BillFile(account.export, f"{day}/part-{{part}}.{suffix}", (), chunks)


def _stretches(day: date, period: str) -> list[Hours]:
    start = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    if day + timedelta(days=1) < month_end(period):
        return [Hours(start, 24, period)]
    return [Hours(start, 17, period), Hours(start + timedelta(hours=17), 7, period)]


def _write_usage(writer: Writer, hours: Hours) -> None:
    account = writer.account
    ran: list[tuple[Machine, Decimal]] = []
    for machine in account.machines:
        if machine.is_billed:
            share = D(writer.rng.randrange(30, 101)) / 100 if machine.is_elastic else D(1)
            ran.append((machine, floor(share * hours.count, "0.01")))
    if account.flexible and hours.invoice == PERIODS[0]:
        _write_flexible_legacy(writer, hours, ran)
    elif account.flexible:
        _write_flexible(writer, hours, ran)
    elif account.committed_cores:
        _write_resource_commitments(writer, hours, ran)
    for machine, count in ran:
        if not machine.is_committed:
            for part in _parts(machine, count):
                credits = {"SUSTAINED_USAGE_DISCOUNT": -part.cost * machine.family.sustained_use}
                _write_part(writer, hours, machine, part, credits=credits)
    _write_services(writer, hours)


@dataclass(frozen=True)
class Part:
    """Cores or memory of a machine for some time."""

    sku: str
    quantity: Decimal
    price: Decimal

    @property
    def cost(self) -> Decimal:
        """What it costs on demand."""
        return self.quantity * self.price


def _parts(machine: Machine, hours: Decimal) -> list[Part]:
    family = machine.family
    return [
        Part(f"{family.words} Core running in Netherlands", machine.cores * hours, family.core),
        Part(f"{family.words} Ram running in Netherlands", machine.ram * hours, family.ram),
    ]


def _committed_parts(ran: list[tuple[Machine, Decimal]]) -> Iterator[tuple[Machine, Part]]:
    for machine, count in ran:
        if machine.is_committed:
            for part in _parts(machine, count):
                yield machine, part


def _write_part(
    writer: Writer,
    hours: Hours,
    machine: Machine,
    part: Part,
    **more: Any,
) -> None:
    labels = {"env": "prod", "team": "shop"}
    if machine.cluster:
        labels = {
            "goog-gke-node": "",
            "goog-k8s-cluster-name": machine.cluster,
            "goog-k8s-cluster-location": REGION,
            "goog-k8s-node-pool-name": "default-pool",
        }
    project = str(int(digest("project", writer.account.project, length=9), 16))
    numeric = int(digest("instance", machine.name, length=7), 16)
    writer.add(
        hours,
        COMPUTE,
        part.sku,
        part.cost,
        quantity=part.quantity,
        unit="hour" if "Core" in part.sku else "gibibyte hour",
        price=part.price,
        labels=labels,
        system_labels={
            "compute.googleapis.com/machine_spec": machine.machine_type,
            "compute.googleapis.com/cores": str(machine.cores),
            "compute.googleapis.com/memory": str(machine.ram * 1024),
        },
        resource={
            "name": machine.name,
            "global_name": f"//compute.googleapis.com/projects/{project}/zones/{machine.zone}"
            f"/instances/{numeric}{COPY_NUMBER}",
        },
        zone=machine.zone,
        **more,
    )


def _write_flexible_legacy(
    writer: Writer, hours: Hours, ran: list[tuple[Machine, Decimal]]
) -> None:
    """Usage at its on-demand cost with a credit; the fee beside it, by the SKU that it covers."""
    left = writer.account.flexible * hours.count
    fees: dict[str, Decimal] = defaultdict(Decimal)
    for machine, part in _committed_parts(ran):
        covered = min(part.cost, left)
        left -= covered
        fees[part.sku] += covered
        _write_part(
            writer,
            hours,
            machine,
            part,
            credits={"COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE": -covered},
            amortized=part.cost - covered + covered * FLEXIBLE_PRICE,
        )
    for covering, dollars in [*fees.items(), (None, left)]:
        if not dollars:
            continue
        fee = dollars * FLEXIBLE_PRICE
        labels = {}
        if covering:
            labels = {
                "goog-originating-service-id": COMPUTE[0],
                "goog-originating-sku-id": _sku_id(covering),
            }
        writer.add(
            hours,
            COMPUTE,
            "Commitment - dollar based v1: GCE for 1 year",
            fee,
            quantity=dollars * 100,
            unit="count",
            price=FLEXIBLE_PRICE / 100,
            labels=labels,
            amortized=ZERO if covering else fee,
            unused=ZERO if covering else fee,
            has_project=covering is not None,
            subscription=guid("flexible"),
            sku_id="F61D-4D51-AAFC",
        )


def _write_flexible(writer: Writer, hours: Hours, ran: list[tuple[Machine, Decimal]]) -> None:
    """Covered usage as rows of its own at the lower price; the fee credited back as it is used."""
    fee = writer.account.flexible * hours.count * FLEXIBLE_PRICE
    left = fee
    for machine, part in _committed_parts(ran):
        price = part.price * FLEXIBLE_PRICE
        covered = Part(part.sku, min(part.quantity, floor(left / price, "0.01")), price)
        if covered.quantity:
            _write_part(
                writer,
                hours,
                machine,
                covered,
                default_price=part.price,
                model=FLEXIBLE_MODEL,
                subscription=guid("flexible"),
            )
        left -= covered.cost
        overflow = Part(part.sku, part.quantity - covered.quantity, part.price)
        if overflow.quantity:
            _write_part(writer, hours, machine, overflow)
    writer.add(
        hours,
        COMPUTE,
        "Compute Flexible Committed Use Discounts - 1 Year",
        fee,
        quantity=fee,
        unit="count",
        price=D(1),
        credits={"FEE_UTILIZATION_OFFSET": left - fee},
        unused=left,
        has_project=False,
        subscription=guid("flexible"),
        sku_id="5515-81A8-03A2",
    )


def _write_resource_commitments(
    writer: Writer, hours: Hours, ran: list[tuple[Machine, Decimal]]
) -> None:
    """Usage at its on-demand cost, the covered part of it credited; the fee on its own row."""
    account = writer.account
    committed = {"Core": D(account.committed_cores), "Ram": D(account.committed_ram)}
    left = {kind: units * hours.count for kind, units in committed.items()}
    for machine, part in _committed_parts(ran):
        kind = "Core" if "Core" in part.sku else "Ram"
        covered = min(part.quantity, left[kind])
        left[kind] -= covered
        credits = {"COMMITTED_USAGE_DISCOUNT": -covered * part.price}
        _write_part(writer, hours, machine, part, credits=credits)
    for kind, price in (("Core", N2.core_commitment), ("Ram", N2.ram_commitment)):
        units = committed[kind] * hours.count
        words = "Cpu" if kind == "Core" else "Ram"
        writer.add(
            hours,
            COMPUTE,
            f"Commitment v1: N2 {words} in Netherlands for 1 Year",
            units * price,
            quantity=units,
            unit="hour" if kind == "Core" else "gibibyte hour",
            price=price,
            unused=left[kind] * price,
            subscription=guid("resource", kind),
        )


def _write_services(writer: Writer, hours: Hours) -> None:
    account, rng = writer.account, writer.rng
    nodes = [machine for machine in account.machines if machine.cluster and machine.is_billed]
    cluster = {"goog-k8s-cluster-name": nodes[0].cluster}
    disk = f"pvc-{guid('disk', account.project)}"
    quantity = floor(D(100) * hours.count / 24 / 30, "0.0001")
    writer.add(
        hours, COMPUTE, "Storage PD Capacity in Netherlands", quantity * D("0.044"),
        quantity=quantity, unit="gibibyte month", price=D("0.044"),
        labels={"goog-gke-volume": "", "k8s-namespace": "shop"},
        resource={"name": disk, "global_name": f"//compute.googleapis.com/{disk}"},
        zone=f"{REGION}-a",
    )  # fmt: skip
    sent = D(rng.randrange(100, 90000)) / 10000
    cost = sent * D("0.085")
    writer.add(
        hours, COMPUTE, "Network Internet Egress from EMEA to EMEA", cost,
        quantity=sent, unit="gibibyte", price=D("0.085"),
        credits={"PROMOTION": -cost / 2 if hours.start.day <= 5 else ZERO},
        labels={"goog-gke-node": "", **cluster},
        resource={"name": nodes[0].name, "global_name": ""}, zone=f"{REGION}-a",
    )  # fmt: skip
    if account.export is PARQUET:
        fee = D("0.1") * hours.count
        writer.add(
            hours, ("CCD8-9BF1-090E", "Kubernetes Engine"), "Regional Kubernetes Clusters", fee,
            quantity=D(hours.count), price=D("0.1"), labels=cluster,
            credits={"FREE_TIER": -fee if hours.invoice == PERIODS[0] else ZERO},
            resource={"name": nodes[0].cluster, "global_name": ""},
        )  # fmt: skip
        stored = D(rng.randrange(30000, 40000)) / 10000
        writer.add(
            hours, ("95FF-2EF5-5EA1", "Cloud Storage"), "Standard Storage Netherlands",
            stored * D("0.02"), quantity=stored, unit="gibibyte month", price=D("0.02"),
            resource={"name": f"shop-lake-{COPY}", "global_name": ""},
        )  # fmt: skip


def _write_month(writer: Writer, period: str) -> None:
    """Rows that an invoice has once, late lines, and corrections of the month before."""
    last = days_of(period)[-1]
    month = Hours(datetime(last.year, last.month, last.day, 7, tzinfo=UTC), 1, period)
    closed = next(day for day in INGESTED if day >= month_end(period) + timedelta(days=3))
    writer.add(
        month, ("2062-016F-44A2", "Support"), "Enhanced Support", D(100),
        quantity=D(1), unit="month", price=D(100), has_project=False,
    )  # fmt: skip
    writer.add(
        month, ("", "Invoice"), "Tax", D("13.37"), cost_type="tax", has_project=False,
        ingested=closed,
    )  # fmt: skip
    writer.add(
        month, ("", "Invoice"), "Rounding error", D("-0.002713"), cost_type="rounding_error",
        has_project=False, ingested=closed,
    )  # fmt: skip
    machine = writer.account.machines[-1]
    part = _parts(machine, D("5.5"))[0]
    late = Hours(month.start - timedelta(days=2), 24, period)
    _write_part(writer, late, machine, part, ingested=closed)
    if period != PERIODS[0]:
        # Usage of September, priced again on October's invoice.
        then = Hours(datetime(2026, 9, 12, 7, tzinfo=UTC), 24, period)
        adjustment = {
            "id": "ADJ-7731",
            "description": "Price correction",
            "mode": "COMPLETE_NEGATION_WITH_REMONETIZATION",
            "type": "PRICE_CORRECTION",
        }
        negated = Part(part.sku, -part.quantity, part.price)
        for correction in (negated, Part(part.sku, part.quantity, part.price * D("0.9"))):
            _write_part(
                writer,
                then,
                machine,
                correction,
                cost_type="adjustment",
                adjustment=adjustment,
                ingested=closed,
            )


def _sku_id(sku: str) -> str:
    h = digest("sku", sku, length=12).upper()
    return f"{h[:4]}-{h[4:8]}-{h[8:]}"


def _pairs(labels: dict[str, str] | None) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in (labels or {}).items()]


def _number(amount: Decimal) -> float:
    return float(amount) + 0.0


NDJSON = Export("gcp-shop", "gcp_billing", "gcp-shop")
PARQUET = Export("gcp-data", "gcp_billing", "gcp-data")
ACCOUNTS = (
    Account(
        export=NDJSON,
        billing_account="01A2B3-C4D5E6-F70819",
        project=f"shop-prod-{ACCOUNT}",
        machines=(
            Machine(f"gke-shop-pool-{COPY}-b7qd", E2, cluster=f"shop-gke-{COPY}",
                    is_elastic=True, is_committed=True),
            Machine(f"gke-shop-pool-{COPY}-zz01", E2, cluster=f"shop-gke-{COPY}",
                    is_billed=False),
            Machine(f"gke-shop-spot-{COPY}-4mfp", E2_SPOT, cluster=f"shop-gke-{COPY}",
                    is_elastic=True),
        ),
        flexible=D("0.12"),
    ),
    Account(
        export=PARQUET,
        billing_account="0F1E2D-3C4B5A-697887",
        project=f"data-prod-{ACCOUNT}",
        machines=(
            Machine(f"gke-data-pool-{COPY}-1aaa", N2, cluster=f"data-gke-{COPY}",
                    is_committed=True),
            Machine(f"gke-data-pool-{COPY}-2bbb", N2, cluster=f"data-gke-{COPY}",
                    is_elastic=True, is_committed=True, zone=f"{REGION}-b"),
            Machine(f"etl-{COPY}", N2, is_elastic=True, is_committed=True),
            Machine(f"gke-data-n1-{COPY}-3ccc", N1, ram=15, cluster=f"data-gke-{COPY}"),
            Machine(f"warehouse-{COPY}", N1, ram=15, is_elastic=True),
            Machine(f"gke-data-spot-{COPY}-4ddd", E2_SPOT, cluster=f"data-gke-{COPY}",
                    is_elastic=True),
        ),
        committed_cores=9,
        committed_ram=36,
    ),
)  # fmt: skip
