"""Node prices, computed again from the definitions, on random bills and nodes of three clouds.

Facts are made up first and written as native files; the second computation reads the facts.
"""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from cloudbill.config import load_config
from cloudbill.lake.index import write_index
from cloudbill.lake.load import load
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace

WINDOW = 30
COVERED = ("Reserved", "Savings Plan")
MODELS = ("Reserved", "Savings Plan", "Committed Use Discount", "Spot", "On-Demand")  # ties
SIZES = {
    "AWS": ("m5.large", "c5.xlarge"),
    "Microsoft": ("Standard_D2s_v5", "Standard_D4s_v5"),
    "Google Cloud": (
        "e2-standard-4",
        "e2-custom-micro-1024",
        "m2-ultramem-208",
        "g4-standard-48",
        "a4-highgpu-8g",
        "ct5lp-hightpu-4t",
    ),
}
# What Google bills an hour of a type: SKUs, units and shares of the cost, in the units that its
# documentation states; and what the label `cores` says.
GOOGLE_PARTS = {
    "e2-standard-4": [("E2 Instance Core", 4, 0.75), ("E2 Instance Ram", 16, 0.25)],
    "e2-custom-micro-1024": [
        ("E2 Custom Instance Core", 0.25, 0.5),
        ("E2 Custom Instance Ram", 1, 0.5),
    ],
    "m2-ultramem-208": [
        ("Memory-optimized Instance Core", 208, 0.5),
        ("Memory Optimized Upgrade Premium for Memory-optimized Instance Core", 208, 0.125),
        ("Memory-optimized Instance Ram", 5888, 0.25),
        ("SSD backed Local Storage", 3, 0.125),
    ],
    "g4-standard-48": [
        ("G4 Instance Core", 48, 0.25),
        ("G4 Instance Ram", 180, 0.25),
        ("RTX 6000 96GB", 1, 0.5),
    ],
    "a4-highgpu-8g": [("A4 Nvidia B200 (1 gpu slice)", 8, 1)],
    "ct5lp-hightpu-4t": [("TpuV5e", 4, 1)],
}
GOOGLE_CORES = {"e2-standard-4": 4, "e2-custom-micro-1024": 2, "m2-ultramem-208": 208}
UNSEEN = {
    "AWS": "x1.large",
    "Microsoft": "Standard_M8ms",
    "Google Cloud": "c2-standard-4",
}
REGIONS = {"AWS": "us-east-1", "Microsoft": "westeurope", "Google Cloud": "europe-west4"}
RATES = {"Reserved": 0.6, "Savings Plan": 0.7, "Spot": 0.3, "On-Demand": 0.95}


@dataclass(frozen=True)
class Scope:
    name: str
    provider: str
    accounts: tuple[str, ...]
    first: date
    days: int
    is_open: bool
    currency: str = "USD"
    is_actual_only: bool = False


SCOPES = (
    Scope("payer", "AWS", ("111", "222"), date(2025, 3, 12), 40, is_open=False),
    # A period that will not have ended when this test is run: its last day is not complete.
    Scope("pair", "Microsoft", ("s1", "s2"), date(2098, 1, 20), 35, is_open=True, currency="EUR"),
    Scope("actual", "Microsoft", ("s3",), date(2025, 3, 1), 31, is_open=False, is_actual_only=True),
    Scope("google", "Google Cloud", ("shop",), date(2025, 4, 1), 20, is_open=False),
)


@dataclass(frozen=True)
class Machine:
    scope: Scope
    account: str
    number: int
    size: str
    is_spot: bool

    @property
    def name(self) -> str:
        provider = self.scope.provider
        if provider == "AWS":
            return f"i-0{self.number:x}"
        if provider == "Google Cloud":
            return f"gke-{self.number}"
        return f"pool-{self.account}_{self.number}" if self.in_scale_set else f"vm-{self.number}"

    @property
    def in_scale_set(self) -> bool:
        return self.number % 3 != 0

    @property
    def azure_path(self) -> str:
        """As in the bill; its letter case varies."""
        group = f"/subscriptions/{self.account}/resourceGroups/MC_{self.account}"
        kind = "virtualMachineScaleSets" if self.in_scale_set else "virtualMachines"
        path = f"{group}/providers/Microsoft.Compute/{kind}/{self.name.split('_')[0]}"
        return path.upper() if self.number % 2 else path

    @property
    def provider_id(self) -> str:
        if self.scope.provider == "AWS":
            return f"aws:///us-east-1b/{self.name}"
        if self.scope.provider == "Google Cloud":
            return f"gce://{self.account}/europe-west4-a/{self.name}"
        instance = f"/virtualMachines/{self.number}" if self.in_scale_set else ""
        return f"azure://{self.azure_path.lower()}{instance}"

    @property
    def node_name(self) -> str:
        if self.scope.provider == "Microsoft" and self.in_scale_set:
            return f"pool-{self.account}{base36(self.number)}"
        return self.name

    @property
    def list_rate(self) -> float:
        return 0.1 * (1 + SIZES[self.scope.provider].index(self.size))


@dataclass(frozen=True)
class Line:
    machine: Machine
    day: date
    model: str
    hours: float
    cost: float
    list_cost: float
    is_licence: bool = False


def base36(number: int) -> str:
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def random_lines(choose: random.Random) -> list[Line]:
    lines = []
    for scope in SCOPES:
        for number in range(1, 9):
            machine = Machine(
                scope,
                choose.choice(scope.accounts),
                number * 17,
                choose.choice(SIZES[scope.provider]),
                is_spot=choose.random() < 0.25,
            )
            model_now = choose.choice(usual_models(machine))
            for index in range(scope.days):
                day = scope.first + timedelta(days=index)
                if choose.random() < 0.15:
                    continue
                if choose.random() < 0.1:
                    model_now = choose.choice(usual_models(machine))
                lines += lines_of_day(choose, machine, day, model_now)
    return lines


def usual_models(machine: Machine) -> tuple[str, ...]:
    if machine.is_spot:
        return ("Spot",)
    return ("On-Demand",) if machine.scope.provider == "Google Cloud" else (*COVERED, "On-Demand")


def lines_of_day(choose: random.Random, machine: Machine, day: date, model: str) -> Iterator[Line]:
    hours = choose.randrange(1, 97) / 4
    models = [model]
    if model in COVERED and choose.random() < 0.4:  # the rest of the hours
        models.append("On-Demand")
    for each in models:
        listed = hours * machine.list_rate
        wiggle = choose.choice((1.0, 1.0, 1.0, 0.9))
        cost = round(listed * RATES[each] * wiggle, 8)
        if choose.random() < 0.1:  # paid elsewhere: a capacity block, a dedicated host, credits
            cost, listed = 0, 0 if machine.scope.provider != "Google Cloud" else listed
        yield Line(machine, day, each, hours, cost, listed)
        hours = choose.randrange(1, 9) / 4
    if machine.scope.provider == "Microsoft" and choose.random() < 0.3:
        cost = choose.randrange(1, 40) / 100
        yield Line(machine, day, "On-Demand", 0, cost, cost, is_licence=True)
    if machine.scope.provider != "Google Cloud" and choose.random() < 0.1:
        minus = choose.choice((0.25, 30.0))  # a correction, at times of more than the day
        back = minus * machine.list_rate
        yield Line(machine, day, "On-Demand", -minus, round(-back * 0.95, 8), -back)


# ---------- the files


def aws_rows(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    for line in lines:
        kind = {"Reserved": "DiscountedUsage", "Savings Plan": "SavingsPlanCoveredUsage"}
        spot = "Spot" if line.model == "Spot" else "Box"
        row = {
            "bill_billing_period_start_date": f"{line.day:%Y-%m}-01T00:00:00.000Z",
            "bill_payer_account_id": "111",
            "line_item_usage_account_id": line.machine.account,
            "line_item_usage_start_date": f"{line.day}T00:00:00.000Z",
            "line_item_line_item_type": kind.get(line.model, "Usage"),
            "line_item_product_code": "AmazonEC2",
            "product_product_family": "Compute Instance",
            "line_item_operation": "RunInstances",
            "line_item_usage_type": f"{spot}Usage:{line.machine.size}",
            "line_item_resource_id": line.machine.name,
            "line_item_currency_code": line.machine.scope.currency,
            "line_item_usage_amount": line.hours,
            "pricing_unit": "Hrs",
            "line_item_unblended_cost": line.cost,
            "pricing_public_on_demand_cost": line.list_cost,
            "product_instance_type": line.machine.size,
            "product_operating_system": "Linux",
            "product_region_code": "us-east-1",
        }
        if line.model == "Reserved":
            row["line_item_unblended_cost"] = 0
            row["reservation_reservation_a_r_n"] = "arn:aws:ec2:r:1:reserved-instances/1"
            row["reservation_effective_cost"] = line.cost
        elif line.model == "Savings Plan":
            row["line_item_unblended_cost"] = line.list_cost
            row["savings_plan_savings_plan_a_r_n"] = "arn:aws:savingsplans::1:savingsplan/1"
            row["savings_plan_savings_plan_effective_cost"] = line.cost
        yield row
        if line.day.day % 5 == 0:  # Marketplace software only names the instance
            yield row | {
                "line_item_line_item_type": "Usage",
                "line_item_product_code": "1a2b3c",
                "line_item_operation": "Hourly",
                "line_item_usage_type": f"SoftwareUsage:{line.machine.size}",
                "line_item_unblended_cost": 3,
                "bill_billing_entity": "AWS Marketplace",
            }


def azure_rows(lines: Iterable[Line], *, amortized: bool) -> Iterator[dict[str, Any]]:
    for line in lines:
        machine, covered = line.machine, line.model in COVERED
        info = {"ServiceType": machine.size, "UsageType": "ComputeHR"}
        if machine.in_scale_set:
            info["VMName"] = machine.name
        quantity = 24 if line.is_licence else line.hours
        row = {
            "SubscriptionId": machine.account,
            "ResourceGroup": f"MC_{machine.account}",
            "ResourceLocation": "EU West",
            "Date": f"{line.day:%m/%d/%Y}",
            "MeterCategory": "Virtual Machines Licenses" if line.is_licence else "Virtual Machines",
            "MeterId": f"{'licence' if line.is_licence else 'meter'}-{machine.size}",
            "MeterName": "2 vCPU VM License" if line.is_licence else "D2s v5",
            "UnitOfMeasure": "1 Hour",
            "Quantity": quantity,
            "CostInBillingCurrency": 0 if covered and not amortized else line.cost,
            "ConsumedService": "Microsoft.Compute",
            "ResourceId": machine.azure_path,
            "AdditionalInfo": json.dumps(info),
            "ChargeType": "Usage",
            "PricingModel": line.model.replace("Reserved", "Reservation")
            .replace("-", "")
            .replace(" ", ""),
            "BillingCurrencyCode": machine.scope.currency,
            "PayGPrice": line.list_cost / quantity,
            "UnitPrice": line.list_cost / quantity,
            "ProductName": "Virtual Machines Dsv5 Series",
        }
        yield row
        if line.day.day % 5 == 0 and not covered:
            other = row | {"MeterId": "other", "CostInBillingCurrency": 3, "PayGPrice": 1}
            host = "hostGroups/hosts/hosts/" + machine.name
            path = f"/subscriptions/{machine.account}/resourceGroups/rg/providers/Microsoft.Compute"
            yield other | {"ResourceId": f"{path}/{host}", "AdditionalInfo": ""}
            yield other | {"PublisherType": "Marketplace"}


def google_rows(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    """Every part of a machine is a line of its own; some lines lack the label of their cores."""
    for line in lines:
        cores = GOOGLE_CORES.get(line.machine.size) if line.machine.number % 2 else None
        others = [("Network Internet Egress", 1, 0), ("Something new", 1, 0)]
        for part, units, share in GOOGLE_PARTS[line.machine.size] + others:
            prefix = "Spot Preemptible " if line.model == "Spot" else ""
            gross = round(line.cost * share * 1.25, 8)
            net = line.cost * share if share else 3
            labels = {"machine_spec": line.machine.size} | ({"cores": str(cores)} if cores else {})
            yield {
                "billing_account_id": "01",
                "invoice": {"month": f"{line.day:%Y%m}"},
                "cost_type": "regular",
                "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
                "sku": {"id": part, "description": f"{prefix}{part} running in EU"},
                "usage_start_time": f"{line.day}T00:00:00Z",
                "project": {"id": line.machine.account},
                "system_labels": [
                    {"key": f"compute.googleapis.com/{key}", "value": value}
                    for key, value in labels.items()
                ],
                "location": {"region": "europe-west4", "zone": "europe-west4-a"},
                "resource": {
                    "name": line.machine.name,
                    "global_name": "//compute.googleapis.com/projects/7/zones/europe-west4-a"
                    f"/instances/{line.machine.number}",
                },
                "cost": gross,
                "cost_at_list": line.list_cost * share,
                "credits": [{"type": "DISCOUNT", "amount": round(net - gross, 12)}],
                "currency": "USD",
                "usage": {
                    "amount": 0,
                    "unit": "seconds",
                    "amount_in_pricing_units": line.hours * units,
                    "pricing_unit": "hour",
                },
                "export_time": f"{line.day}T12:00:00Z",
            }


def write_csv(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    rows = list(rows)
    header = list(dict.fromkeys(name for row in rows for name in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_bills(folder: Path, lines: list[Line]) -> list[dict[str, str]]:
    months: dict[tuple[Scope, str], list[Line]] = defaultdict(list)
    for line in lines:
        months[line.machine.scope, f"{line.day:%Y-%m}"].append(line)
    for (scope, month), own in months.items():
        if scope.provider == "AWS":
            path = folder / scope.name / f"BILLING_PERIOD={month}" / "cur.csv"
            write_csv(path, aws_rows(own))
        elif scope.provider == "Google Cloud":
            path = folder / scope.name / f"{month}-28.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(json.dumps(row) for row in google_rows(own)))
        else:
            path = folder / scope.name / "actual" / f"{month}.csv"
            write_csv(path, azure_rows(own, amortized=False))
            if not scope.is_actual_only:
                path = folder / scope.name / "amortized" / f"{month}.csv"
                write_csv(path, azure_rows(own, amortized=True))
    return [
        {"name": "payer", "kind": "aws_cur", "location": "payer"},
        {"name": "google", "kind": "gcp_billing", "location": "google"},
        *(
            {
                "name": f"{scope}-{dataset}",
                "kind": "azure_cost",
                "location": f"{scope}/{dataset}",
                "scope": scope,
                "dataset": dataset,
            }
            for scope, dataset in (("pair", "actual"), ("pair", "amortized"), ("actual", "actual"))
        ),
    ]


def node_of(
    machine: Machine, *, provider_id: str | None, name: str, size: str, labelled: bool = True
) -> dict[str, Any]:
    provider = machine.scope.provider
    labels = {
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": size,
        "topology.kubernetes.io/region": REGIONS[provider],
    }
    if machine.is_spot:
        labels["karpenter.sh/capacity-type"] = "spot"
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels if labelled else {}},
        "spec": {"providerID": provider_id} if provider_id else {},
    }


@dataclass(frozen=True)
class Wanted:
    """A node of the lists, with what it really is."""

    cluster: str
    name: str
    size: str
    machine: Machine
    is_billed: bool
    is_machine: bool = True


def write_nodes(
    folder: Path, choose: random.Random, machines: list[Machine]
) -> tuple[list[Wanted], list[dict[str, str]]]:
    wanted, lists = [], defaultdict(list)
    for machine in machines:
        cluster = machine.scope.name
        if choose.random() < 0.3:
            continue
        by_name = machine.scope.provider != "AWS" and choose.random() < 0.3
        provider_id = None if by_name else machine.provider_id
        name = machine.node_name
        wanted.append(Wanted(cluster, name, machine.size, machine, is_billed=True))
        lists[cluster].append(
            node_of(
                machine,
                provider_id=provider_id,
                name=name,
                size=machine.size,
                labelled=not by_name or choose.random() < 0.5,
            )
        )
    for machine in machines:
        if choose.random() < 0.5:
            unknown = Machine(
                machine.scope, machine.account, machine.number + 5, machine.size, machine.is_spot
            )
            size = choose.choice((machine.size, UNSEEN[machine.scope.provider]))
            cluster = machine.scope.name
            wanted.append(Wanted(cluster, unknown.node_name, size, unknown, is_billed=False))
            lists[cluster].append(
                node_of(unknown, provider_id=unknown.provider_id, name=unknown.node_name, size=size)
            )
    # Pods are billed on Autopilot, not nodes: whatever runs beside it tells no price of them.
    google = next(machine for machine in machines if machine.scope.provider == "Google Cloud")
    name, path = "gk3-auto-1", "gce://shop/europe-west4-a/gk3-auto-1"
    wanted.append(Wanted("google", name, google.size, google, is_billed=False, is_machine=False))
    lists["google"].append(node_of(google, provider_id=path, name=name, size=google.size))
    (folder / "nodes").mkdir()
    for cluster, nodes in lists.items():
        text = json.dumps({"kind": "List", "items": nodes})
        (folder / "nodes" / f"{cluster}.json").write_text(text)
    return wanted, [{"cluster": c, "location": f"nodes/{c}.json"} for c in lists]


# ---------- the definitions, again


@dataclass
class Price:
    hourly: float | None
    listed: float | None
    hours: float
    model: str | None


def with_meter_prices(lines: list[Line]) -> list[Line]:
    """Azure's covered usage that states no public price lists at that of its meter in the bill."""

    def meter(line: Line) -> tuple[Scope, str, str]:
        return line.machine.scope, f"{line.day:%Y-%m}", line.machine.size

    on_demand: dict[tuple[Scope, str, str], list[Line]] = defaultdict(list)
    for line in lines:
        if line.model not in COVERED and line.hours > 0 and line.cost > 0 and not line.is_licence:
            on_demand[meter(line)].append(line)

    def listed(line: Line) -> Line:
        is_azure = line.machine.scope.provider == "Microsoft"
        own = on_demand[meter(line)]
        if not (is_azure and own and line.model in COVERED and line.list_cost == 0):
            return line
        price = sum(x.list_cost or x.cost for x in own) / sum(x.hours for x in own)
        return replace(line, list_cost=price * line.hours)

    return [listed(line) for line in lines]


def day_prices(lines: list[Line]) -> dict[tuple[Machine, date], Price]:
    by_day: dict[tuple[Machine, date], list[Line]] = defaultdict(list)
    for line in lines:
        by_day[line.machine, line.day].append(line)
    return {
        (machine, day): day_price(machine, own)
        for (machine, day), own in by_day.items()
        if day <= last_days(machine.scope, lines)[0]
    }


def day_price(machine: Machine, lines: list[Line]) -> Price:
    hours = sum(line.hours for line in lines)
    free = []
    for model in MODELS:
        own = [x for x in lines if x.model == model]
        if all(billed(x) == 0 or x.is_licence for x in own):
            free += [x for x in own if not x.is_licence]
    priced_hours = hours - sum(line.hours for line in free)
    cost = sum(billed(line) for line in lines)
    # A licence alone is no list price of the machine.
    has_own = sum(line.list_cost for line in lines if not line.is_licence) > 0
    listed = sum(line.list_cost for line in lines) if has_own else 0
    return Price(
        cost / priced_hours if hours > 0 and priced_hours > 0 and cost else None,
        listed / hours if hours > 0 and listed > 0 else None,
        hours,
        largest_model(lines),
    )


def billed(line: Line) -> float:
    """What the bill says that a line costs: an actual export alone has covered usage at 0."""
    return 0 if line.machine.scope.is_actual_only and line.model in COVERED else line.cost


def largest_model(lines: list[Line]) -> str | None:
    hours = {m: sum(x.hours for x in lines if x.model == m) for m in MODELS}
    best = max(hours.values())
    return next((m for m in MODELS if hours[m] == best), None) if best > 0 else None


def last_days(scope: Scope, lines: list[Line]) -> tuple[date, date]:
    """The last day, and the last complete one."""
    by_machine: dict[tuple[Machine, date], list[Line]] = defaultdict(list)
    for line in lines:
        if line.machine.scope == scope:
            by_machine[line.machine, line.day].append(line)
    last = min(
        max(day for (_, day), own in by_machine.items() if sum(x.hours for x in own) > 0),
        max(day for (_, day), own in by_machine.items() if sum(map(billed, own)) != 0),
    )
    return last, max(day for _, day in by_machine if day < last) if scope.is_open else last


def machine_price(machine: Machine, lines: list[Line]) -> Price | None:
    end = last_days(machine.scope, lines)[1]
    own = [
        line
        for line in lines
        if line.machine == machine and end - timedelta(days=WINDOW) < line.day <= end
    ]
    days = [
        day_price(machine, [line for line in own if line.day == day])
        for day in {line.day for line in own}
    ]
    hours = sum(day.hours for day in days if day.hours > 0)
    if hours <= 0:
        return None
    return Price(
        mean(day.hourly for day in days),
        mean(day.listed for day in days),
        hours,
        largest_model(own),
    )


def mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def account_of(node: Wanted, wanted: list[Wanted], prices: dict[Machine, Price]) -> str:
    """An EC2 instance id does not tell the account: that of most hours of the cluster's nodes."""
    if node.machine.scope.provider != "AWS":
        return node.machine.account
    hours: dict[str, float] = defaultdict(float)
    for other in wanted:
        if other.is_billed and other.cluster == node.cluster and other.machine in prices:
            hours[other.machine.account] += prices[other.machine].hours
    return min(hours, key=lambda account: (-hours[account], account))


def expected(
    node: Wanted, account: str, prices: dict[Machine, Price]
) -> tuple[str, float | None, int | None]:
    """Source, price and number of similar machines of a node."""
    if not node.is_machine:
        return "none", None, None
    price = prices.get(node.machine) if node.is_billed else None
    if price and price.hourly is not None:
        return "billed", price.hourly, None
    if price and price.listed is not None:
        return "list", price.listed, None
    alike = {
        machine: price
        for machine, price in prices.items()
        if machine.scope.provider == node.machine.scope.provider
        and machine.scope.currency == node.machine.scope.currency
        and machine.size == node.size
    }
    for own_account in (True, False):
        similar = [
            price
            for machine, price in alike.items()
            if (price.model == "Spot") == node.machine.is_spot
            and price.hourly is not None
            and (not own_account or machine.account == account)
        ]
        if similar:
            return "inferred", weighted((p.hourly, p.hours) for p in similar), len(similar)
    for own_account in (True, False):
        listed = [
            price
            for machine, price in alike.items()
            if price.model != "Spot"
            and price.listed is not None
            and (not own_account or machine.account == account)
        ]
        if listed:
            return "list", weighted((p.listed, p.hours) for p in listed), None
    return "none", None, None


def weighted(values: Iterable[tuple[float | None, float]]) -> float:
    pairs = [(value, weight) for value, weight in values if value is not None]
    return sum(v * w for v, w in pairs) / sum(w for _, w in pairs)


# ---------- the comparison


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_second_computation_agrees(tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)
    lines = random_lines(choose)
    machines = list(dict.fromkeys(line.machine for line in lines))
    bills = write_bills(tmp_path, lines)
    lines = with_meter_prices(lines)
    wanted, nodes = write_nodes(tmp_path, choose, machines)
    (tmp_path / "bills.yml").write_text(yaml.safe_dump({"bills": bills, "nodes": nodes}))
    space = Workspace(tmp_path / "workspace")
    results = load(load_config(tmp_path / "bills.yml"), space)
    assert not [r for r in results if r.status in {"refused", "skipped"}]
    write_index(space)
    built = run_dbt(
        space,
        [
            "build",
            "--select",
            "+node_prices",
            "+node_price_history",
            "--exclude-resource-type",
            "unit_test",
            "--indirect-selection",
            "cautious",
        ],
    )
    assert built.success, [(r.node.name, r.message) for r in built.result if r.status == "error"]

    prices = {m: p for m in machines if (p := machine_price(m, lines))}
    history = day_prices(lines)
    with duckdb.connect(str(space.warehouse), read_only=True) as connection:
        found = connection.execute(
            "select cluster, node_name, price_source, hourly_price::double, similar_machines,"
            " pricing_model, is_machine from node_prices"
        ).fetchall()
        past = connection.execute(
            "select provider, sub_account_id, regexp_extract(machine_id, '[^/]*$'), charge_date,"
            " hourly_price::double, list_hourly_price::double, pricing_model, price_source"
            " from node_price_history where price_source in ('billed', 'list')"
            " and vm_hours is not null"
        ).fetchall()

    assert len(found) == len(wanted)
    by_name = {(cluster, name): rest for cluster, name, *rest in found}
    for node in wanted:
        source, found_price, similar, model, is_machine = by_name[node.cluster, node.name]
        assert is_machine == node.is_machine, node
        expected_source, price, expected_similar = expected(
            node, account_of(node, wanted, prices), prices
        )
        assert (source, similar) == (expected_source, expected_similar), node
        assert found_price == (price and pytest.approx(price, rel=1e-9)), node
        if source == "billed":
            assert model == prices[node.machine].model, node

    computed, unpriced = {}, set()
    for (machine, day), price in history.items():
        key = (machine.scope.provider, machine.account, machine.provider_id.split("/")[-1], day)
        if price.hours > 0 and (price.hourly is not None or price.listed is not None):
            computed[key] = price
        elif price.hours > 0:
            unpriced.add(key)
    # What a machine's own lines do not price has the list price of its type, if any.
    assert {tuple(row[:4]) for row in past if row[-1] == "billed"} <= set(computed)
    assert set(computed) <= {tuple(row[:4]) for row in past} <= set(computed) | unpriced
    past = [row for row in past if tuple(row[:4]) in computed]
    for *key, hourly, listed, model, source in past:
        price = computed[tuple(key)]
        assert source == ("list" if price.hourly is None else "billed"), key
        wanted_price = price.listed if price.hourly is None else price.hourly
        assert hourly == pytest.approx(wanted_price, rel=1e-9, abs=1e-11), key
        assert listed == (None if price.listed is None else pytest.approx(price.listed, rel=1e-9))
        assert model == price.model, key
