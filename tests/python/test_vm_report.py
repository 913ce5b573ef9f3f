"""The eighteen measures, written again from their definitions, on random bills."""

import csv
import json
import random
from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cloudbill.config import load_config
from cloudbill.lake.index import write_index
from cloudbill.lake.load import load
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace

Line = dict[str, Any]
Key = tuple[object, ...]
Row = dict[str, Any]


def words(text: str) -> list[str]:
    return text.split()


FIRST, DAYS = date(2025, 5, 24), 24  # two billing periods, weeks on both sides of their border
RATIO = {
    "Standard_DS1_v2": 1,
    "Standard_DS2_v2": 2,
    "Standard_D4s_v3": 2,
    "Standard_D2s_v3": 1,
    "Standard_DS2_v2_Promo": 2,  # of the size it comes from, as the series
}
GROUP = {
    "Standard_DS1_v2": "DSv2 Series",
    "Standard_DS2_v2": "DSv2 Series",
    "Standard_D4s_v3": "DSv3 Series",
    "Standard_D2s_v3": "DSv3 Series",
    "Standard_DS2_v2_Promo": "DSv2 Series",
}
SERIES = {
    "Standard_DS1_v2": "DSv2 Series",
    "Standard_DS2_v2": "DSv2 Series",
    "Standard_D4s_v3": "Dsv3 Series",
    "Standard_D2s_v3": "Dsv3 Series",
    "Standard_DS2_v2_Promo": "DSv2 Series",
}
METER = {size: f"meter-{number}" for number, size in enumerate(RATIO)}
RESERVED_SIZE = {"r1": "Standard_DS1_v2", "r2": "Standard_DS2_v2", "r3": "Standard_D2s_v3"}
SHEET = {"meter-0": Decimal("0.073"), "meter-2": Decimal("0.192")}
EA, DEV, SUBSCRIPTIONS = "MS-AZR-0017P", "MS-AZR-0148P", ["s-prod", "s-dev", ""]
HEADER = words(
    "SubscriptionId SubscriptionName ResourceGroup ResourceLocation Date ProductName MeterCategory"
    " MeterSubCategory MeterId MeterName UnitOfMeasure Quantity EffectivePrice"
    " CostInBillingCurrency ConsumedService ResourceId Tags OfferId AdditionalInfo ReservationId"
    " UnitPrice ProductOrderName ChargeType PricingModel BillingCurrencyCode PayGPrice"
    " PublisherType"
)
MEASURES = words(
    "asset_hours assets assets_by_usage reservations utilized_reservations vm_hours vms"
    " vms_by_usage applications_cost compute_cost compute_cost_before_ri network_cost"
    " normalized_reservation_surplus normalized_reservations"
    " normalized_underutilized_reservations normalized_utilized_reservations normalized_vms"
    " total_cost"
)


def vm_line(choose: random.Random, day: date, *, reserved: bool) -> Line:
    size = choose.choice(list(RATIO))
    subscription = choose.choices(SUBSCRIPTIONS, [6, 3, 1 if reserved else 0])[0]
    number = choose.randrange(4)
    scale_set = choose.random() < 0.4
    group = f"rg{choose.randrange(2)}"
    info = {"UsageType": "ComputeHR", "ServiceType": size, "VCPUs": 2}
    if scale_set:
        resource, info["VMName"] = f"virtualMachineScaleSets/pool-{size}", f"pool-{size}_{number}"
    else:
        resource = f"virtualMachines/vm{number}-{size}"
    hours = Decimal(choose.randrange(1, 97)) / 4
    price = Decimal(choose.randrange(50, 60)) / 1000
    if reserved:
        reservation = choose.choice(
            [r for r, bought in RESERVED_SIZE.items() if GROUP[bought] == GROUP[size]]
        )
        bought = RESERVED_SIZE[reservation]
        info |= {"ReservationId": reservation.upper(), "ReservationOrderId": "o"}
        info |= {"ConsumptionMeter": METER[size]}
        info |= {"RINormalizationRatio": RATIO[size] / RATIO[bought]}
    # A pay-as-you-go price of its own, on some sizes only.
    list_price = Decimal("0.2") if size == "Standard_D4s_v3" and reserved else Decimal(0)
    line = {
        "SubscriptionId": subscription,
        "SubscriptionName": subscription.upper(),
        "ResourceGroup": choose.choice([group, group.upper()]),
        "MeterCategory": "Virtual Machines",
        "MeterSubCategory": GROUP[size],
        "MeterId": METER[size],
        "MeterName": size.removeprefix("Standard_").replace("_", " "),
        "Quantity": hours,
        "CostInBillingCurrency": 0 if reserved else hours * price,
        "ConsumedService": choose.choice(["Microsoft.Compute", "microsoft.compute"]),
        "ResourceId": f"/subscriptions/{subscription}/resourceGroups/{group}/providers/"
        f"Microsoft.Compute/{resource}",
        "OfferId": DEV if subscription == "s-dev" else EA,
        "AdditionalInfo": info,
        "PricingModel": "Reservation" if reserved else "OnDemand",
        "PayGPrice": list_price,
    }
    if reserved and list_price and choose.random() < 0.5:
        line |= {"UnitOfMeasure": "100 Hours", "PayGPrice": list_price * 100}  # of the block
    if reserved:
        line["ReservationId"] = reservation
        line["ProductOrderName"] = f"Reserved VM Instance, {bought}, US East, 1 Year"
    return dated(line, day)


def other_line(choose: random.Random, day: date) -> Line:
    """A line that is no running VM, of one of many kinds."""
    machine = vm_line(choose, day, reserved=choose.random() < 0.5)
    hours, cost = Decimal(choose.randrange(1, 25)), Decimal(choose.randrange(1, 900)) / 100
    kinds = {
        "licence": {
            "MeterCategory": "Virtual Machines Licenses",
            "MeterId": "licence",
            "MeterName": "2 vCPU VM License",
        },
        "windows": {"MeterId": "windows", "MeterName": "Reservation-Windows Svr (2 Core)"},
        "software": {
            "MeterId": "software",
            "MeterName": "SLES",
            "AdditionalInfo": {"UsageType": "ComputeHR_SW", "ServiceType": "Standard_DS1_v2"},
        },
        "zero": {"Quantity": 0, "CostInBillingCurrency": 0},
        "capacity": {
            "ResourceId": "/subscriptions/s-prod/resourceGroups/rg0/providers/Microsoft.Compute/"
            "capacityReservationGroups/g/capacityReservations/c",
            "AdditionalInfo": {"UsageType": "ComputeCR", "ServiceType": "Standard_DS1_v2"},
            "PricingModel": "OnDemand",
        },
        "host": {
            "ResourceId": "/subscriptions/s-prod/resourceGroups/rg0/providers/Microsoft.Compute/"
            "hostGroups/g/hosts/h",
            "MeterSubCategory": "Dsv3 Series Dedicated Host",
            "AdditionalInfo": {},
        },
        "marketplace": {"PublisherType": "Marketplace", "MeterId": "firewall"},
        "purchase": {
            "ChargeType": "Purchase",
            "ConsumedService": "Microsoft.Capacity",
            "AdditionalInfo": {},
            "Quantity": 1,
            "ReservationId": "o",
        },
        "sql": {
            "MeterCategory": "SQL Database",
            "MeterId": "vcore",
            "MeterName": "vCore",
            "ConsumedService": "Microsoft.Sql",
            "AdditionalInfo": {"ReservationId": "r9", "ReservationOrderId": "o9", "AHB": "True"},
        },
        "mysql": {
            "MeterCategory": "Azure Database for MySQL",
            "MeterId": "mysql",
            "MeterName": "vCore",
            "ConsumedService": "Microsoft.DBforMySQL",
            "AdditionalInfo": {},
        },
        "disk": {
            "MeterCategory": "Storage",
            "MeterId": "p10",
            "MeterName": "P10 Disks",
            "UnitOfMeasure": "1/Month",
            "AdditionalInfo": {},
        },
        "bandwidth": {
            "MeterCategory": "Bandwidth",
            "MeterId": "out",
            "MeterName": "Data Transfer Out",
            "UnitOfMeasure": "1 GB",
            "AdditionalInfo": {"VmName": "vm0"},
        },
        "address": {
            "MeterCategory": "Virtual Network",
            "MeterId": "ip",
            "MeterName": "Static Public IP",
            "ConsumedService": "Microsoft.Network",
            "AdditionalInfo": {},
        },
    }
    kind = choose.choice(list(kinds))
    plain = {
        "Quantity": hours,
        "CostInBillingCurrency": cost,
        "PayGPrice": 0,
        "PricingModel": "OnDemand",
    }
    return machine | plain | kinds[kind]


def dated(line: Line, day: date) -> Line:
    constant = {"ResourceLocation": "EastUS", "UnitOfMeasure": "1 Hour", "ChargeType": "Usage"}
    return constant | line | {"Date": day.strftime("%m/%d/%Y"), "BillingCurrencyCode": "EUR"}


def random_bill(seed: int) -> list[Line]:
    choose = random.Random(seed)
    lines = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        lines += [
            vm_line(choose, day, reserved=choose.random() < 0.5) for _ in range(choose.randrange(9))
        ]
        lines += [other_line(choose, day) for _ in range(choose.randrange(6))]
    # A correction of a line, and one that cost nothing: neither is a price.
    priced = next(line for line in lines if is_running(line) and not reservation_of(line))
    lines.append(priced | {"Quantity": Decimal("-0.001"), "CostInBillingCurrency": Decimal("-0.7")})
    lines.append(priced | {"CostInBillingCurrency": 0, "Quantity": Decimal(3)})
    return lines


def write(folder: Path, bills: dict[str, list[Line]]) -> Path:
    """Two exports, a price sheet and a list of subscriptions, with the bills.yml of them."""
    folder.mkdir()
    for name, lines in bills.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, HEADER, restval="", extrasaction="raise")
            writer.writeheader()
            for line in lines:
                writer.writerow(line | {"AdditionalInfo": json.dumps(line["AdditionalInfo"])})
    entries = "".join(
        f"  - {{name: {name}, kind: azure_cost, location: {name}.csv, dataset: actual}}\n"
        for name in bills
    )
    (folder / "sheet.csv").write_text(
        "Price Sheet Report for billing period - 202505\n\n"
        "Meter ID,Meter name,Unit of measure,Unit price,Currency code,Offer Id,Price type\n"
        + "".join(
            f"{meter},x,100 Hours,{price * 100},EUR,{EA},Consumption\n"
            f"{meter},x,10 Hours,{price * 5},EUR,{DEV},Consumption\n"
            f"{meter},x,1 Hour,{price * 999},EUR,{EA},ReservedInstance\n"
            for meter, price in SHEET.items()
        )
    )
    config = folder / "bills.yml"
    config.write_text("bills:\n" + entries)
    return config


def build(config: Path, root: Path) -> Workspace:
    workspace = Workspace(root)
    assert not [result for result in load(load_config(config), workspace) if result.reason]
    write_index(workspace)
    selected = ["build", "--select", "+vm_cost_report", "+vm_usage_daily"]
    options = ["--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
    result = run_dbt(workspace, [*selected, *options])
    assert [n.message for n in result.result if n.status in ("error", "fail")] == []
    return workspace


def report(workspace: Workspace) -> dict[Key, Row]:
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select granularity, period_start, category, category_value,"
            f" {', '.join(MEASURES)} from vm_cost_report"
        ).fetchall()
    return {row[:4]: dict(zip(MEASURES, row[4:], strict=True)) for row in rows}


# ---------- the definitions again


def is_machine(line: Line) -> bool:
    """On the meter of a machine or its software."""
    return (
        line["ConsumedService"].lower() == "microsoft.compute"
        and line["MeterCategory"].startswith("Virtual Machines")
        and line["ChargeType"] == "Usage"
        and line["AdditionalInfo"].get("UsageType") != "ComputeCR"
        and "/hostGroups/" not in line["ResourceId"]
        and line.get("PublisherType") != "Marketplace"
    )


def is_software(line: Line) -> bool:
    return line["MeterId"] in ("licence", "windows", "software")


def is_running(line: Line) -> bool:
    return is_machine(line) and not is_software(line) and line["Quantity"] != 0


def reservation_of(line: Line) -> str | None:
    info = line["AdditionalInfo"]
    if is_running(line) and "ReservationId" in info and "ReservationOrderId" in info:
        return info["ReservationId"].lower()
    return None


def class_of(line: Line) -> str:
    if is_software(line) or line["MeterId"] in ("mysql", "vcore"):
        return "Applications"
    if line["MeterId"] in ("out", "ip"):
        return "Network"
    return "Compute" if is_machine(line) else "Other"


def size_of(line: Line) -> str | None:
    return line["AdditionalInfo"].get("ServiceType") if is_machine(line) else None


def name_of(line: Line) -> str:
    return (line["AdditionalInfo"].get("VMName") or line["ResourceId"].rsplit("/", 1)[-1]).lower()


def averages(lines: list[Line]) -> dict[tuple[str, str], Decimal]:
    """Cost over quantity of a meter's unreserved lines, within a billing period."""
    totals = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in lines:
        is_priced = line["CostInBillingCurrency"] > 0 and line["Quantity"] > 0
        if is_running(line) and not reservation_of(line) and is_priced:
            total = totals[line["Date"][:2], line["MeterId"]]
            total[0] += line["CostInBillingCurrency"]
            total[1] += line["Quantity"]
    return {key: cost / hours for key, (cost, hours) in totals.items()}


def on_demand_cost(line: Line, average: dict[tuple[str, str], Decimal], sheet: bool) -> Decimal:
    if not line["SubscriptionId"]:
        return Decimal(0)
    if sheet and line["OfferId"] == EA and line["MeterId"] in SHEET:
        return line["Quantity"] * SHEET[line["MeterId"]]
    if price := average.get((line["Date"][:2], line["MeterId"])):
        return line["Quantity"] * price
    block = 100 if line["UnitOfMeasure"] == "100 Hours" else 1
    return line["Quantity"] * line["PayGPrice"] / block


def measures(
    lines: list[tuple[Line, Decimal]], hours: int, *, normalized: bool
) -> dict[str, object]:
    running = [line for line, _ in lines if is_running(line)]
    ran = [line for line in running if line["Quantity"] > 0]
    reserved = [line for line in running if reservation_of(line)]
    total = sum(line["Quantity"] for line in running)
    cost = defaultdict(Decimal)
    for line, _ in lines:
        cost[class_of(line)] += line["CostInBillingCurrency"]
        cost["Total"] += line["CostInBillingCurrency"]
    factor = {id(line): RATIO[size_of(line)] for line in running}
    scaled = sum(
        line["Quantity"] * (factor[id(line)] if reservation_of(line) else 1) for line in running
    )
    found = {
        "asset_hours": total,
        "assets": len({line["ResourceId"].lower() for line in ran}),
        "assets_by_usage": total / hours,
        "reservations": len({reservation_of(line) for line in reserved if line["Quantity"] > 0}),
        "utilized_reservations": sum(line["Quantity"] for line in reserved) / Decimal(hours),
        "vm_hours": scaled,
        "vms": len({name_of(line) for line in ran}),
        "vms_by_usage": total / hours,
        "applications_cost": cost["Applications"],
        "compute_cost": cost["Compute"],
        "compute_cost_before_ri": cost["Compute"] + sum(price for _, price in lines),
        "network_cost": cost["Network"],
        "total_cost": cost["Total"],
    }
    if normalized:
        bought = sum(RATIO[RESERVED_SIZE[r]] for r in {reservation_of(line) for line in reserved})
        used = sum(line["Quantity"] * factor[id(line)] for line in reserved) / Decimal(hours)
        all_vms = sum(line["Quantity"] * factor[id(line)] for line in running) / Decimal(hours)
        found |= {
            "normalized_reservations": bought,
            "normalized_utilized_reservations": used,
            "normalized_underutilized_reservations": bought - used,
            "normalized_vms": all_vms,
            "normalized_reservation_surplus": bought - all_vms,
        }
    return {name: found.get(name) for name in MEASURES}


CATEGORIES = {
    "Total": lambda line: "Total",
    "Subscription": lambda line: line["SubscriptionName"] or None,
    "Resource Group": lambda line: line["ResourceGroup"].lower(),
    "Region": lambda line: "eastus",
    "Machine Series": lambda line: SERIES.get(size_of(line)),
    "Instance Type": size_of,
    "Normalized Machine Series": lambda line: GROUP.get(size_of(line)),
    "Operating System": lambda line: (
        ("Windows" if line["MeterId"] == "windows" else "Linux") if is_machine(line) else None
    ),
    "Pricing Model": lambda line: (
        None
        if line["ChargeType"] == "Purchase"
        else "Reserved"
        if line["PricingModel"] == "Reservation"
        else "On-Demand"
    ),
    "Reservation": reservation_of,
}


def periods(day: date) -> list[tuple[str, date, int]]:
    month = day.replace(day=1)
    return [
        ("day", day, 24),
        ("week", day - timedelta(days=day.weekday()), 168),
        ("month", month, 24 * monthrange(day.year, day.month)[1]),
    ]


def expected(bills: dict[str, list[Line]], *, sheet: bool) -> dict[Key, Row]:
    groups = defaultdict(list)
    lengths = {}
    for lines in bills.values():
        average = averages(lines)
        for line in lines:
            price = on_demand_cost(line, average, sheet) if reservation_of(line) else Decimal(0)
            month, day, year = map(int, line["Date"].split("/"))
            for granularity, start, hours in periods(date(year, month, day)):
                lengths[granularity, start] = hours
                for category, value in CATEGORIES.items():
                    groups[granularity, start, category, value(line)].append((line, price))
    return {
        key: measures(
            members,
            lengths[key[:2]],
            normalized=key[2] == "Normalized Machine Series"
            and any(is_running(line) for line, _ in members),
        )
        for key, members in groups.items()
        # What neither costs nor runs is not in the report.
        if any(is_running(line) or line["CostInBillingCurrency"] for line, _ in members)
    }


def check(
    found: dict[Key, Row],
    wanted: dict[Key, Row],
) -> None:
    assert set(found) == set(wanted)
    for key, row in wanted.items():
        for name, value in row.items():
            if value is None:
                assert found[key][name] is None, (key, name)
            else:
                assert float(found[key][name]) == pytest.approx(float(value), abs=1e-8), (key, name)


@pytest.fixture(scope="module")
def bills() -> dict[str, list[Line]]:
    return {"one": random_bill(1), "two": random_bill(2)}


def test_all_measures_of_random_bills(bills, tmp_path):
    config = write(tmp_path / "exports", bills)
    workspace = build(config, tmp_path / "workspace")
    check(report(workspace), expected(bills, sheet=False))

    # A price sheet that arrives later re-prices what was built before.
    with config.open("a") as file:
        file.write("azure_price_sheets:\n  - location: sheet.csv\n")
    workspace = build(config, tmp_path / "workspace")
    check(report(workspace), expected(bills, sheet=True))
