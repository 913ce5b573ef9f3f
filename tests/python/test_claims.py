"""What looks like another bill and is the same one, and the other way round: bills of the field."""

import csv
import gzip
import io
import json
import os
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cloudbill.config import load_config
from cloudbill.lake.load import load
from cloudbill.lake.results import LoadResult
from cloudbill.workspace import Workspace

RUNS = [f"{n}" * 8 + "-1111-4111-8111-111111111111" for n in range(1, 4)]
OCTOBER = "20261001-20261031"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
COST = {"azure_cost": "costinbillingcurrency", "focus": "billedcost", "gcp_billing": "cost",
        "aws_cur": "line_item_unblended_cost"}  # fmt: skip


class Bills:
    """Delivered files, and what a load of them says and leaves in the lake."""

    def __init__(self, root: Path):
        self.root, self.workspace = root, Workspace(root / "workspace")

    def write(self, name: str, lines: list[dict[str, Any]], age: int = 0) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        if ".json" in name:
            text.write("".join(json.dumps(line) + "\n" for line in lines))
        else:
            writer = csv.DictWriter(text, list(dict.fromkeys(k for line in lines for k in line)))
            writer.writeheader()
            writer.writerows(lines)
        data = text.getvalue().encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        os.utime(path, (time.time() - age,) * 2)
        return path

    def load(self, *entries: str) -> list[LoadResult]:
        config = self.root / "bills.yml"
        config.write_text("bills:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
        return load(load_config(config), self.workspace)

    def spent(self, kind: str) -> dict[str, float]:
        """By billing period."""
        files = f"{self.workspace.lake}/{kind}/*/*/bill.parquet"
        rows = duckdb.sql(
            f"select billing_period, sum({COST[kind]})::double from read_parquet('{files}',"
            " union_by_name = true) where export != '__schema__' group by all"
        ).fetchall()
        return dict(rows)


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    return Bills(tmp_path)


def reasons(results: list[LoadResult], status: str = "refused") -> str:
    return " ".join(result.reason or "" for result in results if result.status == status)


def azure(cost: float = 1, number: int = 1, **further: Any) -> dict[str, Any]:
    """A line of an agreement's export: a resource and a meter of its own for each number."""
    return {
        "BillingAccountId": "8600001",
        "SubscriptionId": SUBSCRIPTION,
        "Date": f"10/{number:02}/2026",
        "MeterId": f"m{number}",
        "MeterCategory": "Storage",
        "CostInBillingCurrency": cost,
        "BillingCurrencyCode": "EUR",
        "ResourceId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/disks/{number}",
        "ChargeType": "Usage",
        **further,
    }


def focus(cost: float, day: int, **further: Any) -> dict[str, Any]:
    return {
        "BilledCost": cost,
        "EffectiveCost": cost,
        "BillingCurrency": "USD",
        "BillingAccountId": "payer",
        "SubAccountId": "team",
        "BillingPeriodStart": "2026-10-01T00:00:00Z",
        "BillingPeriodEnd": "2026-11-01T00:00:00Z",
        "ChargePeriodStart": f"2026-10-{day:02}T00:00:00Z",
        "ChargePeriodEnd": f"2026-10-{day + 1:02}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ServiceName": "Compute",
        "SkuId": f"sku{day}",
        "ResourceId": f"r{day}",
        **further,
    }


DAYS = range(1, 11)


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [("ChargeType", "Usage", "AsCharged-Usage"), ("MeterCategory", "Storage", "Speicher")],
)
def test_a_column_that_is_spelled_otherwise_on_each_line_makes_no_other_charges(
    bills: Bills, column: str, before: str, after: str
) -> None:
    """Microsoft's portal has charge types of its own; categories are in the account's language."""
    bills.write("export/a.csv", [azure(1, n, **{column: before}) for n in DAYS])
    bills.write("portal/a.csv", [azure(1, n, **{column: after}) for n in DAYS])
    entries = (f"name: {n}, kind: azure_cost, location: {n}" for n in ("export", "portal"))
    assert "holds the same charges as 2026-10 of 'export'" in reasons(bills.load(*entries))
    assert bills.spent("azure_cost") == {"2026-10": 10}


def test_a_newer_run_in_another_language_replaces_the_older(bills: Bills) -> None:
    for run, category, days, age in (
        (RUNS[0], "Storage", DAYS, 90_000),
        (RUNS[1], "Speicher", range(1, 13), 0),
    ):
        lines = [azure(1, n, MeterCategory=category) for n in days]
        bills.write(f"a/costs/{OCTOBER}/costs_{run}.csv", lines, age)
    results = bills.load("name: a, kind: azure_cost, location: a")
    assert "is a newer version of 2026-10" in reasons(results, "skipped")
    assert bills.spent("azure_cost") == {"2026-10": 12}


def test_what_is_gone_comes_back_in_another_language_and_counts_once(bills: Bills) -> None:
    old = bills.write("a/costs.csv", [azure(1, n) for n in DAYS])
    bills.load("name: a, kind: azure_cost, location: a")
    old.unlink()
    bills.write("a/kosten.csv", [azure(1, n, MeterCategory="Speicher") for n in range(1, 13)])
    bills.load("name: a, kind: azure_cost, location: a")
    assert bills.spent("azure_cost") == {"2026-10": 12}


def test_a_service_by_its_code_is_the_service(bills: Bills) -> None:
    """AWS's FOCUS has the name of the product, or its code where there is none."""
    for name, service in (("one", "Amazon Simple Storage Service"), ("two", "AmazonS3")):
        lines = [focus(1, day, ServiceName=service) for day in DAYS]
        bills.write(f"{name}/BILLING_PERIOD=2026-10/x.csv", lines)
    results = bills.load(*(f"name: {n}, kind: focus, location: {n}" for n in ("one", "two")))
    assert "holds the same charges as 2026-10 of 'one'" in reasons(results)
    assert bills.spent("focus") == {"2026-10": 10}


def test_a_part_of_an_account_with_other_meters_is_no_other_spelling(bills: Bills) -> None:
    bills.write("one/a.csv", [azure(1, n) for n in DAYS])
    bills.write("two/a.csv", [azure(1, n, MeterId=f"x{n}", MeterCategory="Network") for n in DAYS])
    bills.load(*(f"name: {n}, kind: azure_cost, location: {n}" for n in ("one", "two")))
    assert bills.spent("azure_cost") == {"2026-10": 20}


def aws(day: str, cost: float = 1) -> dict[str, Any]:
    return {
        "bill/PayerAccountId": "111111111111",
        "bill/BillingPeriodStartDate": "",
        "lineItem/UsageAccountId": "222222222222",
        "lineItem/UsageStartDate": day,
        "lineItem/ProductCode": "AmazonEC2",
        "lineItem/UnblendedCost": cost,
        "lineItem/CurrencyCode": "USD",
        "lineItem/LineItemType": "Usage",
        "lineItem/ResourceId": f"i-{day}",
    }


def test_of_files_side_by_side_one_may_have_the_day_first(bills: Bills) -> None:
    """A spreadsheet saved one of them anew."""
    september = [
        aws(f"2026-09-{n:02}T00:00:00Z") | {"bill/BillingPeriodStartDate": "2026-09-01T00:00:00Z"}
        for n in range(1, 31)
    ]
    first = {"bill/BillingPeriodStartDate": "01/10/2026"}
    bills.write("a/2026-09.csv", september)
    bills.write("a/2026-10.csv", [aws(f"{n:02}/10/2026", 10) | first for n in range(1, 9)])
    bills.load("name: a, kind: aws_cur, location: a")
    assert bills.spent("aws_cur") == {"2026-09": 30, "2026-10": 80}
    # Beside one with the month first, nothing reads both.
    month_first = {"bill/BillingPeriodStartDate": "09/01/2026"}
    bills.write("a/2026-09.csv", [aws(f"09/{n:02}/2026") | month_first for n in range(1, 31)])
    results = bills.load("name: a, kind: aws_cur, location: a")
    assert "2026-10.csv" in reasons(results)
    assert bills.spent("aws_cur") == {"2026-09": 30, "2026-10": 80}


def test_a_used_up_savings_plan_tells_datasets_apart_without_pricing_models(bills: Bills) -> None:
    """As Microsoft's Customer 360 files, which have the names of orders only."""
    plan = {"ProductOrderId": "o", "ProductOrderName": "Compute_Savings_Plan"}
    bought = azure(100, 1, ChargeType="Purchase", ResourceId="", MeterId="", **plan)
    usage = [azure(2, n) for n in range(1, 6)]
    covered = [[azure(cost, n, **plan) for n in range(6, 9)] for cost in (0, 5)]
    bills.write(f"a/actual/{OCTOBER}/actual_{RUNS[0]}.csv", [bought, *usage, *covered[0]], 90_000)
    bills.write(f"a/amortized/{OCTOBER}/amortized_{RUNS[1]}.csv", [*usage, *covered[1]])
    results = bills.load("name: a, kind: azure_cost, location: a")
    found = {result.bill: sum(result.cost.values()) for result in results}
    assert [found[bill] for bill in ("2026-10", "2026-10-amortized")] == [110, 25]


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_file_that_was_unpacked_or_packed_beside_its_manifest_is_its_copy(
    bills: Bills, is_packed: bool
) -> None:
    ending, other = (".csv.gz", ".csv") if is_packed else (".csv", ".csv.gz")
    for run, days in ((RUNS[0], range(1, 6)), (RUNS[1], range(1, 11))):
        folder = f"a/costs/{OCTOBER}/{run}"
        path = bills.write(f"{folder}/part_0_0001{ending}", [azure(1, n) for n in days])
        facts = {
            "exportConfig": {"exportName": "costs", "type": "ActualCost",
                             "resourceId": f"/subscriptions/{SUBSCRIPTION}/providers/"
                                           "Microsoft.CostManagement/exports/costs"},
            "runInfo": {"submittedTime": f"2026-10-{max(days):02}T06:00:00Z",
                        "startDate": "2026-10-01T00:00:00", "endDate": "2026-10-31T00:00:00"},
            "blobs": [{"blobName": f"costs/{OCTOBER}/{run}/{path.name}",
                       "byteCount": path.stat().st_size}],
        }  # fmt: skip
        (path.parent / "manifest.json").write_text(json.dumps(facts))
    bills.write(f"{folder}/part_0_0001{other}", [azure(1, n) for n in range(1, 11)])
    results = bills.load("name: a, kind: azure_cost, location: a")
    assert "it is a copy of a file of the run" in reasons(results, "skipped")
    assert bills.spent("azure_cost") == {"2026-10": 10}
    # The newest run goes: the one before, which was never read, counts again, and it is told.
    for path in bills.root.glob(f"a/costs/{OCTOBER}/{run}/*"):
        path.unlink()
    told = bills.load("name: a, kind: azure_cost, location: a")
    assert "which it had replaced, counts again" in reasons(told, "changed")
    assert bills.spent("azure_cost") == {"2026-10": 5}


@pytest.mark.parametrize("column", ["_airbyte_extracted_at", "loaded_at"])
def test_when_a_line_was_loaded_makes_no_other_line_of_it(bills: Bills, column: str) -> None:
    def night(last: int) -> list[dict[str, Any]]:
        return [
            {
                "billing_account_id": "A-B-C", "project": {"id": "p"}, "cost": 1, "currency": "USD",
                "usage_start_time": f"2026-10-{day:02} 00:00:00 UTC", "sku": {"id": f"s{day}"},
                "export_time": f"2026-10-{day:02} 20:00:00 UTC", "invoice": {"month": "202610"},
                column: f"2026-10-{last + 1:02}T03:00:00Z",
            }
            for day in range(last - 1, last + 1)
        ]  # fmt: skip

    for last in (6, 7):
        bills.write(f"a/2026-10-{last + 1:02}/p.json", night(last))
    results = bills.load("name: a, kind: gcp_billing, location: a")
    assert "1 of 2 lines of" in " ".join(result.reason or "" for result in results)
    assert bills.spent("gcp_billing") == {"2026-10": 3}


def test_folders_of_days_that_hold_the_month_to_date_anew_are_no_additions(bills: Bills) -> None:
    bills.write("a/2026/10/06/x.csv", [focus(1.0, day) for day in range(1, 6)])
    bills.write("a/2026/10/07/x.csv", [focus(0.99, day) for day in range(1, 7)])
    results = bills.load("name: a, kind: focus, location: a")
    assert "each seems to be all of the month to date" in reasons(results)
    assert bills.spent("focus") == {"2026-10": pytest.approx(5.94)}


def test_days_that_are_billed_anew_with_what_they_take_back_are_additions(bills: Bills) -> None:
    bills.write("a/2026/10/06/x.csv", [focus(1.0, day) for day in range(1, 6)])
    anew = [focus(cost, day) for day in range(1, 6) for cost in (-1.0, 1.25)]
    bills.write("a/2026/10/07/x.csv", [*anew, focus(1.25, 6)])
    assert reasons(bills.load("name: a, kind: focus, location: a")) == ""
    assert bills.spent("focus") == {"2026-10": 7.5}


def test_days_below_the_folder_of_their_month_are_days(bills: Bills) -> None:
    """Whether that is in the location or below it."""
    for day in range(1, 4):
        again = [focus(-0.5, day - 1), focus(0.25, day - 1)] if day > 1 else []
        bills.write(f"FOCUS Reports/2026/10/{day:02}/x.csv", [focus(1, day), *again])
    assert reasons(bills.load("name: a, kind: focus, location: FOCUS Reports/2026/10")) == ""
    assert bills.spent("focus") == {"2026-10": 2.5}


def test_a_days_folder_of_google_below_the_folder_of_its_month_is_that_day(bills: Bills) -> None:
    for day in (6, 7):
        line = {
            "billing_account_id": "A-B-C", "project": {"id": "p"}, "cost": day, "currency": "USD",
            "usage_start_time": f"2026-10-{day - 1:02} 00:00:00 UTC", "sku": {"id": "s"},
        }  # fmt: skip
        bills.write(f"bq/2026/10/{day:02}/p.json", [line])
    results = bills.load("name: a, kind: gcp_billing, location: bq/2026/10")
    assert {result.bill for result in results} == {"2026-10-06", "2026-10-07"}


def test_details_of_invoices_beside_charges_are_named_and_not_read(bills: Bills) -> None:
    """FOCUS 1.4: they have a billed cost, too, and no period of a charge."""
    bills.write("a/charges.csv", [focus(3, 1)])
    detail = {"InvoiceDetailId": "1", "InvoiceDetailGrain": "Invoice", "InvoiceId": "i",
              "BilledCost": 3, "BillingCurrency": "USD", "BillingAccountId": "payer",
              "BillingPeriodStart": "2026-10-01T00:00:00Z"}  # fmt: skip
    bills.write("a/invoice_detail.csv", [detail])
    results = bills.load("name: a, kind: focus, location: a")
    assert "Invoice Detail of FOCUS, which holds no charges" in str([r.reason for r in results])
    assert bills.spent("focus") == {"2026-10": 3}


@pytest.mark.parametrize("is_unnested", [True, False])
def test_a_line_for_each_label_is_refused(bills: Bills, is_unnested: bool) -> None:
    """BigQuery writes no nested columns as CSV, so that people flatten them."""
    lines = [
        {
            "billing_account_id": "A-B-C", "project.id": "p", "cost": 3, "currency": "USD",
            "usage_start_time": "2026-10-05 00:00:00 UTC", "invoice.month": "202610",
            "sku.id": f"s{number}", "labels.key": key, "labels.value": "x", "credits": "[]",
        }
        for number in range(5)
        for key in (("team", "env", "app") if is_unnested else ("team",))
    ]  # fmt: skip
    bills.write("a/2026-10-06/bill.csv", lines)
    results = bills.load("name: a, kind: gcp_billing, location: a")
    assert ("extract the table with 'labels' as it is" in reasons(results)) is is_unnested
    assert bills.spent("gcp_billing") == ({} if is_unnested else {"2026-10": 15})
