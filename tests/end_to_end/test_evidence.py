"""What is told from outside of the bills: invoices, gaps, machines with too many hours, names."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

HEADER = (
    "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,"
    "lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/ResourceId,"
    "lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UsageAmount,pricing/unit,"
    "product/productFamily,product/instanceType,lineItem/UnblendedCost,lineItem/CurrencyCode\n"
)
PAYER, GOES_ON, STOPS = "411122223301", "111111111111", "222222222222"
EXPORTS = """bills:
  - {name: payer, kind: aws_cur, location: payer}
  - {name: again, kind: aws_cur, location: again, may_repeat: true}
invoices:
  - {account: 4111-2222-3301, billing_period: 2026-08, amount: 70, currency: USD}
  - {account: "411122223301", billing_period: 2026-10, amount: 79.00, currency: USD}
  - {account: "411122223301", billing_period: 2026-10, amount: 30.00, currency: EUR}
  - {account: "999999999999", billing_period: 2026-10, amount: 1.00, currency: USD}
"""


def storage(day: date, account: str, cost: str) -> str:
    return (
        f"{day:%Y-%m}-01T00:00:00Z,{PAYER},{account},Usage,AmazonS3,TimedStorage-ByteHrs,,bucket,"
        f"{day}T00:00:00Z,{day}T23:00:00Z,1,GB-Mo,Storage,,{cost},USD\n"
    )


def machine(day: date, hours: int) -> str:
    return (
        f"{day:%Y-%m}-01T00:00:00Z,{PAYER},{GOES_ON},Usage,AmazonEC2,BoxUsage:m5.large,RunInstances,"
        f"i-0a60000000000001,{day}T00:00:00Z,{day}T23:00:00Z,{hours},Hrs,Compute Instance,m5.large,"
        "0.5,USD\n"
    )


def days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bills of July, August and October; the second export has the machine of the first."""
    root = tmp_path_factory.mktemp("evidence")
    months = {
        "2026-07": days(date(2026, 7, 1), date(2026, 7, 31)),
        "2026-08": days(date(2026, 8, 1), date(2026, 8, 31)),
        "2026-10": (d for d in days(date(2026, 10, 1), date(2026, 10, 31)) if not 9 < d.day < 13),
    }
    for month, month_days in months.items():
        lines = "".join(
            storage(day, GOES_ON, "2")
            + (storage(day, STOPS, "1") if day < date(2026, 8, 9) else "")
            for day in month_days
        )
        lines += machine(date(2026, 10, 2), 24) if month == "2026-10" else ""
        path = root / "payer" / f"BILLING_PERIOD={month}" / "bill.csv"
        path.parent.mkdir(parents=True)
        path.write_text(HEADER + lines)
    again = root / "again" / "BILLING_PERIOD=2026-10" / "bill.csv"
    again.parent.mkdir(parents=True)
    again.write_text(
        HEADER + machine(date(2026, 10, 2), 24) + storage(date(2026, 10, 2), "3", "20")
    )
    (root / "bills.yml").write_text(EXPORTS)
    return root


def test_what_is_missing_differs_or_counts_twice_is_told(folder, command) -> None:
    config, workspace = folder / "bills.yml", folder / "workspace"
    run = command("refresh", "--config", config, "--workspace", workspace, "--json")
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["exit_code"] == 0 and told["build"]["failures"] == []
    assert {bill["bill"] for bill in told["bills"]} == {"2026-07", "2026-08", "2026-10"}

    gaps = {
        (gap["export_name"] or gap["sub_account_id"] or gap["scope"], gap["gap"]): gap
        for gap in told["gaps"]
    }
    assert gaps["payer", "missing period"]["gap_start"] == "2026-09-01"
    assert gaps["payer", "missing days"]["gap_end"] == "2026-10-12"
    assert gaps[STOPS, "stopped"]["gap_start"] == "2026-08-09"
    assert len(gaps) == 3
    sentences = " ".join(notice["sentence"] for notice in told["attention"])
    assert "export payer: no bill of 2026-09" in sentences

    # August: 31 x 2 + 8 x 1 = 70; October, of both exports: 28 x 2 + 0.5 + 0.5 + 20 = 77.
    differing = {(i["account"], i["currency"]): i for i in told["invoices"]}
    assert set(differing) == {(PAYER, "USD"), (PAYER, "EUR"), ("999999999999", "USD")}
    assert differing[PAYER, "USD"]["difference"] == "-2.00"
    assert differing[PAYER, "EUR"]["status"] == "another currency"
    assert differing["999999999999", "USD"]["status"] == "not loaded"
    with duckdb.connect(str(workspace / "published" / "cloudbill.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select billing_period, in_bill, in_charges, status from bill_reconciliation"
            " where measure = 'invoice' and provider is not null and billing_currency = 'USD'"
            " order by all"
        ).fetchall()
    assert rows == [("2026-08", 70, 70, "ok"), ("2026-10", 79, 77, "unexplained")]

    (hours,) = [w for w in told["build"]["warnings"] if "24_hours" in w]
    assert "machines 1, first_machine i-0a60000000000001, first_day 2026-10-02" in hours
    assert "most_hours 48" in hours


def test_a_run_that_changes_nothing_tells_what_lasts_and_quiet_nothing_else(
    folder, command
) -> None:
    config, workspace = folder / "bills.yml", folder / "workspace"
    run = command("refresh", "--config", config, "--workspace", workspace, "--quiet")
    assert run.returncode == 0 and run.stdout == ""
    assert "no bill of 2026-09" in run.stderr and "were invoiced" in run.stderr
    # An account may have been closed: that is told once.
    assert STOPS not in run.stderr
    assert STOPS in command("status", "--workspace", workspace).stderr
    logs = sorted((workspace / "logs").glob("cloudbill-*-refresh.log"))
    assert len(logs) == 2 and "no bill of 2026-09" in logs[-1].read_text()
    assert (workspace.stat().st_mode & 0o077, logs[0].stat().st_mode & 0o077) == (0, 0)


def test_what_bills_yml_does_not_list_is_named_until_it_is_renamed(folder, command) -> None:
    config, workspace = folder / "renamed.yml", folder / "workspace"
    config.write_text(EXPORTS.replace("name: payer", "name: acme"))
    alone = folder / "alone.yml"
    alone.write_text("bills:\n  - {name: again, kind: aws_cur, location: again}\n")
    run = command("load", "--config", alone, "--workspace", workspace)
    assert f"payer: {alone} does not list it any more, and its 3 bills" in run.stderr
    assert "cloudbill forget payer" in command("status", "--workspace", workspace).stderr
    assert command("rename", "payer", "acme", "--workspace", workspace).returncode == 0
    run = command("load", "--config", config, "--workspace", workspace)
    assert run.returncode == 0, run.stderr
    assert "any more" not in run.stderr
    (line,) = [line for line in run.stdout.splitlines() if "acme" in line]
    assert "acme 2026-07 to 2026-10 (3 bills)" in line and "unchanged" in line


def test_a_first_load_of_refused_bills_publishes_nothing(tmp_path, command) -> None:
    workspace = tmp_path / "workspace"
    assert "No bill is in" in command("status", "--workspace", workspace).stdout
    config = tmp_path / "bills.yml"
    config.write_text("bills:\n  - {name: a, kind: aws_cur, location: a.csv}\n")
    (tmp_path / "a.csv").write_text(HEADER + "no date,,,,,,,,no date,,,,,,1,USD\n")
    run = command("refresh", "--config", config, "--workspace", workspace, "--json")
    told = json.loads(run.stdout)
    assert (run.returncode, told["exit_code"], told["publication"]) == (1, 1, None)
    assert [refused["export"] for refused in told["refusals"]] == ["a"]
    assert "nothing is built or published" in run.stderr
    assert not (workspace / "published").exists()
    status = command("status", "--workspace", workspace)
    assert "Refused by the last load: a: " in status.stderr
    wrong = command(
        "refresh", "--config", tmp_path / "none.yml", "--workspace", workspace, "--json"
    )
    assert (wrong.returncode, json.loads(wrong.stdout)["exit_code"]) == (2, 2)
    assert "does not exist" in json.loads(wrong.stdout)["error"]


def test_the_demo_leaves_other_bills_alone(tmp_path, command, monkeypatch) -> None:
    config = tmp_path / "bills.yml"
    config.write_text("bills:\n  - {name: mine, kind: aws_cur, location: a.csv}\n")
    (tmp_path / "a.csv").write_text(HEADER + storage(date(2026, 10, 1), GOES_ON, "1"))
    assert command("load", "--config", config, "--workspace", tmp_path / "w").returncode == 0
    run = command("demo", "--workspace", tmp_path / "w")
    assert run.returncode == 2 and "holds bills of mine" in run.stderr
    monkeypatch.setenv("CLOUDBILL_MEMORY", "lots")
    run = command("status", "--workspace", tmp_path / "w")
    assert run.returncode == 2 and "CLOUDBILL_MEMORY is 'lots'" in run.stderr
