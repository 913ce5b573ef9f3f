"""The eighteen measures on random bills of AWS and Google Cloud, written again."""

import csv
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from test_vm_report import DAYS, FIRST, MEASURES, Key, Row, build, check, periods

from cloudbill.workspace import Workspace

Categories = dict[str, str | None]
ZERO = Decimal(0)


@dataclass
class Line:
    """A line as it is delivered, and what the definitions make of it."""

    day: date
    raw: dict[str, Any]
    cost: Decimal
    cost_class: str = "Other"
    categories: Categories = field(default_factory=dict)
    list_cost: Decimal = ZERO
    """At public prices, where the line states it."""
    hours: Decimal | None = None
    """Of a running machine."""
    name: str | None = None
    asset: str | None = None
    is_reserved: bool = False
    reservation: str | None = None
    factor: Decimal | None = None
    bought_factor: Decimal | None = None
    compute_cost: Decimal = ZERO
    before_ri: Decimal = ZERO


def measures(lines: list[Line], hours: int, *, normalized: bool) -> dict[str, object]:
    running = [line for line in lines if line.hours is not None]
    ran = [line for line in running if line.hours > 0]
    reserved = [line for line in running if line.is_reserved]
    total = sum(line.hours for line in running)
    found = {
        "asset_hours": total,
        "assets": len({line.asset for line in ran}),
        "assets_by_usage": total / Decimal(hours),
        "reservations": len({line.reservation for line in reserved} - {None}),
        "utilized_reservations": sum(line.hours for line in reserved) / Decimal(hours),
        "vm_hours": sum(
            line.hours * (line.factor if line.is_reserved and line.factor else 1)
            for line in running
        ),
        "vms": len({line.name for line in ran}),
        "vms_by_usage": total / Decimal(hours),
        "compute_cost": sum(line.compute_cost for line in lines),
        "compute_cost_before_ri": sum(line.before_ri for line in lines),
        "total_cost": sum(line.cost for line in lines),
    }
    for cost_class in ("Applications", "Network"):
        costs = [line.cost for line in lines if line.cost_class == cost_class]
        found[f"{cost_class.lower()}_cost"] = sum(costs)
    if normalized and any(line.factor for line in running):
        bought = sum({line.reservation: line.bought_factor for line in reserved}.values())
        used = sum(line.hours * line.factor for line in reserved) / Decimal(hours)
        every = sum(line.hours * line.factor for line in running) / Decimal(hours)
        found |= {
            "normalized_reservations": bought,
            "normalized_utilized_reservations": used,
            "normalized_underutilized_reservations": bought - used,
            "normalized_vms": every,
            "normalized_reservation_surplus": bought - every,
        }
    return {name: found.get(name) for name in MEASURES}


def expected(lines: list[Line]) -> dict[Key, Row]:
    groups, lengths = defaultdict(list), {}
    for line in lines:
        for granularity, start, hours in periods(line.day):
            lengths[granularity, start] = hours
            for category in CATEGORIES:
                value = "Total" if category == "Total" else line.categories.get(category)
                groups[granularity, start, category, value].append(line)
    return {
        key: measures(members, lengths[key[:2]], normalized=key[2] == "Normalized Machine Series")
        for key, members in groups.items()
        # What neither costs nor runs is not in the report.
        if any(line.cost or line.list_cost or line.hours is not None for line in members)
    }


CATEGORIES = (
    "Total",
    "Subscription",
    "Resource Group",
    "Region",
    "Machine Series",
    "Instance Type",
    "Normalized Machine Series",
    "Operating System",
    "Pricing Model",
    "Reservation",
)


# ---------- AWS

# By size: what the bill states (m5.xlarge otherwise than the table), else the table's.
STATED = {"m5.large": "4", "m5.xlarge": "9", "c5.2xlarge": ""}
FACTOR = {"m5.large": Decimal(4), "m5.xlarge": Decimal(9), "c5.2xlarge": Decimal(16)}
# By reservation: the size that its fee names, else that of the machine it covered.
BOUGHT = {"m5": ("arn:ri:m5", Decimal(4)), "c5": ("arn:ri:c5", Decimal(16))}
ACCOUNTS = {"000000000001": "prod", "000000000002": ""}


def aws_line(choose: random.Random, day: date) -> Line:
    """A line of one of many kinds, most of them a machine's."""
    account, name = choose.choice(list(ACCOUNTS.items()))
    size = choose.choice(list(STATED))
    series = size.partition(".")[0]
    machine = f"i-{size}-{choose.randrange(4)}"
    windows = choose.random() < 0.2
    hours, cost = Decimal(choose.randrange(1, 97)) / 4, Decimal(choose.randrange(1, 900)) / 100
    public = cost * 2
    instance: dict[str, Any] = {
        "line_item_product_code": "AmazonEC2",
        "line_item_operation": "RunInstances",
        "line_item_usage_type": f"EUC1-BoxUsage:{size}",
        "line_item_resource_id": machine,
        "line_item_usage_amount": hours,
        "line_item_normalization_factor": STATED[size],
        "pricing_unit": "Hrs",
        "pricing_public_on_demand_cost": public,
        "product_instance_type": size,
        "product_product_family": "Compute Instance",
        "product_operating_system": "Windows" if windows else "Linux",
        "product_sku": f"sku-{size}",
    }
    of_machine: Categories = {
        "Machine Series": series,
        "Normalized Machine Series": series,
        "Instance Type": size,
        "Operating System": "Windows" if windows else "Linux",
    }
    running: dict[str, Any] = {
        "hours": hours,
        "name": machine,
        "asset": machine,
        "factor": FACTOR[size],
        "list_cost": public,
        "cost_class": "Compute",
    }
    kind = choose.choice(
        ["demand", "reserved", "reserved", "plan", "spot", "block", "discount", "other"]
    )
    model, other = "On-Demand", {}
    facts: dict[str, Any] = {"compute_cost": cost, "before_ri": cost}
    if kind == "reserved":
        arn, bought = BOUGHT[series]
        model, cost = "Reserved", ZERO
        if choose.random() < 0.2:
            public = ZERO
        other = {
            "line_item_line_item_type": "DiscountedUsage",
            "reservation_reservation_a_r_n": arn,
            "pricing_public_on_demand_cost": public or "",
        }
        running |= {"list_cost": public, "is_reserved": True}
        facts = {"before_ri": public, "reservation": arn, "bought_factor": bought}
        of_machine["Reservation"] = arn
    elif kind == "plan":
        model, facts = "Savings Plan", {}
        other = {
            "line_item_line_item_type": "SavingsPlanCoveredUsage",
            "savings_plan_savings_plan_a_r_n": "arn:sp",
        }
    elif kind == "spot":
        model = "Spot"
        running["list_cost"] = cost
        other = {
            "line_item_usage_type": f"EUC1-SpotUsage:{size}",
            "product_sku": f"spot-{size}",
            "pricing_public_on_demand_cost": "",
        }
    elif kind == "block":  # paid beforehand, its hours cost nothing and have no public price
        cost, running["list_cost"], facts = ZERO, ZERO, {}
        other = {
            "line_item_usage_type": f"EUC1-CapacityBlock:{size}",
            "product_sku": f"block-{size}",
            "pricing_public_on_demand_cost": "0.0",
        }
    elif kind == "discount":
        cost = -cost / 10
        other = {"line_item_line_item_type": "EdpDiscount", "pricing_public_on_demand_cost": ""}
        running |= {"hours": None, "list_cost": ZERO}
        facts = {"compute_cost": cost, "before_ri": cost}
    elif kind == "other":
        kind = choose.choice(list(AWS_OTHER))
        cost_class, model, other = AWS_OTHER[kind]
        running, of_machine = {"cost_class": cost_class, "list_cost": cost}, {}
        other = {"line_item_operation": "", "pricing_public_on_demand_cost": "", **other}
        facts = {}
        if kind == "negation":
            cost, running["list_cost"] = -cost, ZERO
        elif kind == "fee":
            running["list_cost"] = ZERO
    raw = {
        "line_item_line_item_type": "Usage",
        **instance,
        **other,
        "line_item_usage_account_id": account,
        "line_item_usage_account_name": name,
        "line_item_usage_start_date": f"{day}T05:00:00Z",
        "bill_billing_period_start_date": f"{day:%Y-%m}-01T00:00:00Z",
        "bill_payer_account_id": "000000000001",
        "line_item_currency_code": "EUR",
        "product_region_code": "eu-central-1",
        "line_item_unblended_cost": cost,
    }
    common = {"Subscription": name or account, "Region": "eu-central-1", "Pricing Model": model}
    return Line(day, raw, cost, categories={**common, **of_machine}, **running, **facts)


AWS_OTHER: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "traffic": (
        "Network",
        "On-Demand",
        {
            "line_item_usage_type": "EUC1-DataTransfer-Out-Bytes",
            "product_product_family": "Data Transfer",
            "product_sku": "sku-traffic",
            "pricing_unit": "GB",
        },
    ),
    "gateway": (
        "Network",
        "On-Demand",
        {
            "line_item_usage_type": "EUC1-NatGateway-Hours",
            "product_product_family": "NAT Gateway",
            "product_sku": "sku-gateway",
            "line_item_resource_id": "arn:nat",
        },
    ),
    "database": (
        "Applications",
        "On-Demand",
        {
            "line_item_product_code": "AmazonRDS",
            "line_item_usage_type": "EUC1-InstanceUsage:db.m5.large",
            "product_product_family": "Database Instance",
            "product_sku": "sku-database",
            "line_item_resource_id": "arn:db",
        },
    ),
    "disk": (
        "Other",
        "On-Demand",
        {
            "line_item_usage_type": "EUC1-EBS:VolumeUsage.gp3",
            "product_product_family": "Storage",
            "product_sku": "sku-disk",
            "line_item_resource_id": "vol-1",
        },
    ),
    "capacity held unused": (
        "Other",
        "On-Demand",
        {
            "line_item_usage_type": "EUC1-UnusedBox:m5.large",
            "line_item_operation": "RunInstances",
            "product_sku": "sku-unused",
            "line_item_resource_id": "arn:capacity-reservation/cr-1",
        },
    ),
    "negation": (
        "Other",
        "Savings Plan",
        {
            "line_item_line_item_type": "SavingsPlanNegation",
            "savings_plan_savings_plan_a_r_n": "arn:sp",
            "line_item_resource_id": "",
        },
    ),
    "fee": (
        "Other",
        "Reserved",
        {
            "line_item_line_item_type": "RIFee",
            "line_item_usage_type": "EUC1-HeavyUsage:m5.large",
            "reservation_reservation_a_r_n": "arn:ri:m5",
            "product_instance_type": "m5.large",
            "line_item_resource_id": "",
        },
    ),
    "tax": (
        "Other",
        None,
        {"line_item_line_item_type": "Tax", "line_item_resource_id": "", "product_sku": ""},
    ),
}


def aws_fee(day: date) -> Line:
    """The fee of a month, which names the size that was bought."""
    choose = random.Random(0)
    while (line := aws_line(choose, day)).raw["line_item_line_item_type"] != "RIFee":
        pass
    return line


# ---------- Google Cloud

# Cores of the label, if there is one, and as many as an hour is billed.
CORES: dict[str, tuple[int | None, float]] = {
    "n2-standard-4": (4, 4),
    "e2-medium": (2, 1),
    "e2-custom-small-2048": (2, 0.5),
    "n2-custom-6-12288-ext": (None, 6),
    "m2-ultramem-208": (None, 208),
    "a4-highgpu-8g": (None, 8),  # its cores are not billed, but slices
}
PARTS = {  # beside cores: no hours
    "ram": "N2 Instance Ram running in Frankfurt",
    "premium": "Memory Optimized Upgrade Premium for Memory-optimized Instance Core in Frankfurt",
    "sole": "Sole Tenancy Premium for N2 Sole Tenancy Instance Ram running in Frankfurt",
    "gpu": "RTX 6000 96GB running in Frankfurt",
    "ssd": "SSD backed Local Storage in Frankfurt",
}
PROJECTS = {"shop-prod": "Shop", "lab": ""}


def google_kinds(machine_type: str) -> list[str]:
    kinds = ["core", "core", "credit", "model", "model", "spot", "other", "other"]
    return kinds if machine_type.startswith("a4-") else kinds + list(PARTS)


def core_sku(machine_type: str) -> str:
    """The SKU that tells the hours of a machine."""
    if machine_type.startswith("a4-"):
        return "A4 Nvidia B200 (1 gpu slice) running in Netherlands"
    return f"{machine_type.partition('-')[0].upper()} Instance Core running in Netherlands"


def google_line(choose: random.Random, day: date) -> Line:
    """A line of one of many kinds, most of them a machine's cores."""
    project, project_name = choose.choice(list(PROJECTS.items()))
    machine_type = choose.choice(list(CORES))
    label, billed = CORES[machine_type]
    name = f"{machine_type}-{choose.randrange(4)}"
    path = f"//compute.googleapis.com/projects/1/zones/europe-west4-a/instances/{name}"
    hours, cost = Decimal(choose.randrange(1, 97)) / 4, Decimal(choose.randrange(1, 900)) / 100
    series = machine_type.partition("-")[0]
    credits_: list[dict[str, Any]] = []
    if choose.random() < 0.3:
        credits_.append({"type": "SUSTAINED_USAGE_DISCOUNT", "amount": str(-cost / 8)})
    list_cost = cost * 2
    line: dict[str, Any] = {
        "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
        "sku": {
            "id": f"core-{series}",
            "description": core_sku(machine_type),
        },
        "usage": {
            "amount_in_pricing_units": str(hours * Decimal(billed)),
            "pricing_unit": "hour",
        },
        "resource": {"name": name, "global_name": path},
        "consumption_model": {"description": "Default"},
    }
    facts: dict[str, Any] = {"cost_class": "Compute", "name": name, "hours": hours, "asset": path}
    categories: Categories = {"Machine Series": series, "Instance Type": machine_type}
    model = "On-Demand"
    kind = choose.choice(google_kinds(machine_type))
    if kind == "credit":
        # A commitment that does not name itself, and covers a part of the line.
        model, facts["is_reserved"] = "Committed Use Discount", True
        amount = str(-cost / 4)
        credits_.append({"type": "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE", "amount": amount})
    elif kind == "model":
        commitment = choose.choice(["cud-1", "cud-2"])
        model, facts["is_reserved"] = "Committed Use Discount", True
        facts["reservation"] = categories["Reservation"] = commitment
        line |= {
            "consumption_model": {"description": "Compute Flexible CUDs - 1 Year"},
            "subscription": {"instance_id": commitment},
        }
    elif kind in PARTS:
        line["sku"] = {"id": f"{kind}-{series}", "description": PARTS[kind]}
        facts["hours"] = None
    elif kind == "spot":
        model = "Spot"
        line["sku"] = {
            "id": f"spot-{series}",
            "description": f"Spot Preemptible {core_sku(machine_type)}",
        }
    elif kind == "other":
        cost_class, service, sku, own = choose.choice(GOOGLE_OTHER)
        line["sku"] = {"id": sku, "description": sku}
        line["service"] = {"id": service, "description": service}
        facts, categories = {"cost_class": cost_class}, {}
        if service == "Compute Engine":
            line["service"]["id"] = "6F81-5844-456A"
        if sku.startswith("Licensing Fee"):
            categories = {"Machine Series": series, "Instance Type": machine_type}
        categories |= own
        model = categories.pop("Pricing Model", model)
    line |= {
        "billing_account_id": "A",
        "project": {"id": project, "name": project_name},
        "location": {"region": "europe-west4"},
        "system_labels": [
            {"key": f"compute.googleapis.com/{key}", "value": str(value)}
            for key, value in {"machine_spec": machine_type, "cores": label}.items()
            if value
        ],
        "usage_start_time": f"{day} 12:00:00 UTC",
        "invoice": {"month": f"{day:%Y%m}"},
        "cost": str(cost),
        "cost_at_list": str(list_cost),
        "currency": "EUR",
        "cost_type": "regular",
        "credits": credits_,
        "export_time": f"{day} 20:00:00 UTC",
    }
    net = cost + sum((Decimal(credit["amount"]) for credit in credits_), ZERO)
    if facts["cost_class"] == "Compute":
        facts["compute_cost"] = net
        facts["before_ri"] = list_cost if facts.get("is_reserved") else net
    common = {
        "Subscription": project_name or project,
        "Region": "europe-west4",
        "Pricing Model": model,
    }
    return Line(day, line, net, categories={**common, **categories}, list_cost=list_cost, **facts)


GOOGLE_OTHER: list[tuple[str, str, str, Categories]] = [
    (
        "Applications",
        "Compute Engine",
        "Licensing Fee for Windows Server 2022 (CPU cost)",
        {"Operating System": "Windows"},
    ),
    ("Applications", "Cloud SQL", "Cloud SQL for MySQL: Zonal - vCPU in Netherlands", {}),
    ("Network", "Compute Engine", "Network Internet Egress from Netherlands to EMEA", {}),
    ("Network", "Compute Engine", "Static Ip Charge on a VM", {}),
    ("Network", "Networking", "Cloud Nat Data Processing", {}),
    ("Other", "Compute Engine", "Storage PD Capacity in Netherlands", {}),
    ("Other", "Compute Engine", "Something that no row of the seed knows", {}),
    ("Other", "Cloud Storage", "Standard Storage Netherlands", {}),
]


# ---------- comparing


def random_lines(make: Any, seed: int) -> list[Line]:
    choose = random.Random(seed)
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    return [make(choose, day) for day in days for _ in range(choose.randrange(14))]


def corrected(line: Line) -> Line:
    """A machine's hours taken back on a day without others: hours that are no machine."""
    amount = Decimal("-0.25")
    cores = CORES[line.categories["Instance Type"] or ""][1]
    raw = line.raw | {
        "usage": {"amount_in_pricing_units": str(amount * Decimal(cores)), "pricing_unit": "hour"},
        "cost": "-0.7",
        "cost_at_list": "-0.9",
        "credits": [],
        "resource": {"name": "gone", "global_name": "gone"},
    }
    cost = Decimal("-0.7")
    return Line(
        line.day,
        raw,
        cost,
        "Compute",
        line.categories,
        list_cost=Decimal("-0.9"),
        hours=amount,
        name="gone",
        asset="gone",
        compute_cost=cost,
        before_ri=cost,
    )


def report(workspace: Workspace, provider: str) -> dict[Key, Row]:
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select granularity, period_start, category, category_value,"
            f" {', '.join(MEASURES)} from vm_cost_report where provider = ?",
            [provider],
        ).fetchall()
    return {row[:4]: dict(zip(MEASURES, row[4:], strict=True)) for row in rows}


def write_aws(folder: Path, lines: list[Line]) -> None:
    header = sorted({name for line in lines for name in line.raw})
    for month in sorted({line.day.month for line in lines}):
        path = folder / f"2025{month:02d}01-2025{month + 1:02d}01" / "bill.csv"
        path.parent.mkdir(parents=True)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(line.raw for line in lines if line.day.month == month)


def test_all_measures_of_random_bills(tmp_path):
    aws = random_lines(aws_line, seed=1)
    aws += [aws_fee(FIRST), aws_fee(FIRST + timedelta(days=DAYS - 1))]
    google = random_lines(google_line, seed=1)
    google.append(corrected(next(line for line in google if line.hours and not line.is_reserved)))
    write_aws(tmp_path / "cur", aws)
    (tmp_path / "gcp.json").write_text("".join(json.dumps(line.raw) + "\n" for line in google))
    config = tmp_path / "bills.yml"
    config.write_text(
        "bills:\n  - {name: payer, kind: aws_cur, location: cur}\n"
        "  - {name: gcp, kind: gcp_billing, location: gcp.json}\n"
    )
    workspace = build(config, tmp_path / "workspace")
    check(report(workspace, "AWS"), expected(aws))
    check(report(workspace, "Google Cloud"), expected(google))
