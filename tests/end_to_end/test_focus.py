"""FOCUS files as bills, and charges as FOCUS files that come back as the same charges."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import duckdb
import pytest
from demos import Demo

from cloudbill.config import load_config
from cloudbill.delivered.files import Listing
from cloudbill.delivered.kinds import focus
from cloudbill.delivered.locations import open_location
from cloudbill.errors import CloudbillError
from cloudbill.read.commitments import print_commitments
from cloudbill.read.vm_report import MEASURES
from cloudbill.schema import PROJECT
from cloudbill.warehouse.publish import Mart, write_parquet
from cloudbill.workspace import Workspace

VENDOR = """\
BilledCost,EffectiveCost,ListCost,BillingAccountId,BillingCurrency,BillingPeriodStart,\
BillingPeriodEnd,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,\
ProviderName,ServiceCategory,ServiceName,Tags
1.5,1.5,2,acc,USD,2026-10-01T00:00Z,2026-11-01T00:00Z,usage,2026-10-02T00:00Z,2026-10-03T00:00Z,\
10,Hours,Oracle,Compute,Compute,"{""env"":""prod""}"
NULL,NULL,NULL,acc,USD,2026-10-01T00:00Z,2026-11-01T00:00Z,Tax,2026-10-02T00:00Z,\
2026-10-03T00:00Z,NULL,NULL,Oracle,NULL,NULL,NULL
"""
METRICS = ("list_cost", "net_cost", "amortized_net_cost", "invoiced_cost", "amortized_cost")
KEYS = (
    "provider, billing_currency, billing_period, charge_date, sub_account_id, region_id,"
    " service_name, service_category, resource_id, is_kubernetes, in_kubecost_scope"
)


def refresh(
    config: Path, workspace: Path, step: str = "refresh"
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "CLOUDBILL_WORKSPACE"}
    command = [sys.executable, "-m", "cloudbill.cli", step, "--config", str(config)]
    return subprocess.run(
        [*command, "--workspace", str(workspace)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


@pytest.fixture(scope="module")
def native(demo: Demo) -> Path:
    """The samples, published."""
    return demo.workspace / "published"


@pytest.fixture(scope="module")
def returned(native: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their FOCUS files, loaded as bills beside a file of another vendor."""
    folder = tmp_path_factory.mktemp("returned")
    (folder / "vendor").mkdir()
    (folder / "vendor" / "costs.csv").write_text(VENDOR)
    files = sorted((native / "focus").iterdir())
    bills = [f"  - {{name: {file.stem}, kind: focus, location: {file}}}\n" for file in files]
    config = folder / "bills.yml"
    config.write_text(
        "bills:\n" + "".join(bills) + "  - {name: vendor, kind: focus, location: vendor}\n"
    )
    run = refresh(config, folder / "workspace")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "workspace" / "published"


def rows(published: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(published / "cloudbill.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_file_per_provider_with_the_columns_of_focus_1_2_first(native: Path) -> None:
    assert {file.stem for file in (native / "focus").iterdir()} == {
        "aws",
        "google_cloud",
        "microsoft",
    }
    columns = duckdb.sql(f"from '{native}/focus/aws/*.parquet'").columns
    standard = [column for column in columns if not column.startswith("x_")]
    assert len(standard) == 57
    assert standard == sorted(standard)
    assert columns[:57] == standard


def test_what_comes_back_is_the_same_to_the_last_digit(native: Path, returned: Path) -> None:
    sums = ", ".join(f"sum({metric})" for metric in (*METRICS, "vm_hours"))
    query = (
        f"select {KEYS}, {sums} from charges where provider != 'Oracle' group by all order by all"
    )
    assert rows(returned, query) == rows(native, query)


def test_commitments_come_back(native: Path, returned: Path) -> None:
    query = """
        select provider, commitment_discount_id, charge_date, billing_currency,
            committed_cost, used_cost, unused_cost, covered_list_cost, savings
        from commitments order by all
    """
    assert rows(native, query)
    assert rows(returned, query) == rows(native, query)


def test_coverage_comes_back(native: Path, returned: Path) -> None:
    # Days with unused commitments alone have nothing to cover.
    query = """
        select provider, billing_account_id, sub_account_id, charge_date, service_name,
            billing_currency, sum(coverable_list_cost), sum(covered_list_cost)
        from commitment_coverage where coverable_list_cost != 0 group by all order by all
    """
    assert rows(native, query)
    assert rows(returned, query) == rows(native, query)


def test_the_vm_report_comes_back(native: Path, returned: Path) -> None:
    # FOCUS has no price of a reserved machine on demand.
    measures = ", ".join(name for name in MEASURES if name != "compute_cost_before_ri")
    query = f"""
        select granularity, period_start, provider, billing_currency, category, category_value,
            {measures}
        from vm_cost_report where category != 'Reservation' and provider != 'Oracle' order by all
    """
    assert rows(native, query)
    assert rows(returned, query) == rows(native, query)


def test_a_vendor_with_null_as_a_word_and_times_without_seconds(returned: Path) -> None:
    found = rows(
        returned,
        "select charge_category, service_category, charge_date::varchar, list_cost, net_cost,"
        " amortized_cost, usage_quantity from charges where provider = 'Oracle' order by all",
    )
    assert found == [
        ("Tax", "Other", "2026-10-02", Decimal(0), Decimal(0), Decimal(0), None),
        ("Usage", "Compute", "2026-10-02", Decimal(2), Decimal("1.5"), Decimal("1.5"), Decimal(10)),
    ]


def test_later_versions_have_the_same_rows(native: Path) -> None:
    costs = "count(*), sum(BilledCost), sum(EffectiveCost)"
    assert rows(native, f"select {costs} from focus_charges_1_4") == rows(
        native, f"select {costs} from focus_charges"
    )
    assert len(rows(native, "describe focus_charges_1_4")) == 65


def test_billed_cost_adds_up_to_the_bills(native: Path) -> None:
    billed = "select sum(in_bill) from bill_reconciliation where measure = 'billed'"
    assert rows(native, "select sum(BilledCost) from focus_charges") == rows(native, billed)


def config_of(folder: Path, *entries: str) -> Path:
    path = folder / "bills.yml"
    path.write_text("bills:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
    return path


def test_a_scope_delivered_twice_is_refused_unless_one_does_not_count(tmp_path: Path) -> None:
    cur = "name: cur, kind: aws_cur, location: cur, scope: payer"
    twice = config_of(tmp_path, cur, "name: f, kind: focus, location: f, scope: payer")
    with pytest.raises(CloudbillError, match=r"line 3: 'f' and 'cur' .* `counts: false`"):
        load_config(twice)
    once = f"{cur}, counts: false"
    assert load_config(config_of(tmp_path, once, "name: f, kind: focus, location: f, scope: payer"))


def test_an_account_delivered_twice_is_refused_or_held_back(native: Path, tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        f"name: aws-payer-b, kind: aws_cur, location: {PROJECT}/samples/aws-payer-b",
        f"name: f, kind: focus, location: {native}/focus/aws",
    )
    run = refresh(config, tmp_path / "workspace", "load")
    assert run.returncode == 1
    assert " the same charges as 2026-" in run.stderr
    repeated = config.read_text().replace("focus/aws}", "focus/aws, may_repeat: true}")
    config_of(tmp_path).write_text(repeated)
    run = refresh(config, tmp_path / "workspace")
    assert run.returncode == 1
    assert "Held back: f 2026-" in run.stderr
    assert "(counts: false leaves one out)" in run.stderr
    # The other is shown, and the file's periods that it has no bill of.
    shown = "select billing_account_id, billing_period, string_agg(distinct scope) from charges"
    found = rows(tmp_path / "workspace" / "published", f"{shown} group by all")
    assert {scope for _, _, scope in found} == {"aws-payer-b", "f"}
    config.write_text(repeated.replace(", may_repeat: true", ""))
    counted = config.read_text().replace("focus/aws}", "focus/aws, counts: false}")
    config.write_text(counted)
    run = refresh(config, tmp_path / "workspace")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["BILLING_PERIOD=2026-10/a.parquet", "BILLING_PERIOD=2026-10/b.parquet"], ["2026-10"]),
        (["a.csv", "b.csv"], [None]),
        (
            [
                "20261001-20261031/0c1ef9d2-8f63-4ab0-9d6e-d21ae1b3c001/part_0_0001.csv",
                "20261001-20261031/0c1ef9d2-8f63-4ab0-9d6e-d21ae1b3c002/part_0_0001.csv",
            ],
            ["2026-10", "2026-10"],
        ),
    ],
)
def test_parts_and_runs(tmp_path: Path, names: list[str], expected: list[str | None]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(VENDOR)
    location = open_location(str(tmp_path))
    found = focus.find_bills(Listing(location.items(), location.read))
    assert [delivery.bill for delivery in found.deliveries] == expected
    assert not found.refused


@pytest.fixture
def gate() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "focus_validate", PROJECT / "scripts" / "focus_validate.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("change", "code"),
    [(lambda ids: ids, 0), (lambda ids: ids[1:], 1), (lambda ids: [*ids, "BilledCost-C-003-M"], 1)],
)
def test_the_gate_compares_both_ways(
    gate: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[list[str]], list[str]],
    code: int,
) -> None:
    report = "Total: 578 | Pass: 1\n" + "".join(
        f"❌ {rule}: FAIL\n" for rule in change(sorted(gate.EXPECTED))
    )
    monkeypatch.setattr(gate, "validate", lambda environment, file: report)
    assert gate.check(Path(), Path("aws.parquet")) == code


def test_providers_named_alike_share_a_folder(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table focus_charges as select unit_id, ProviderName"
            " from (values ('a', 'Oracle'), ('a', 'oracle'), ('b', 'ORACLE'), ('a', '—'))"
            " as charges (unit_id, ProviderName)"
        )
        write_parquet(connection, Mart("focus_charges", "unit_id"), tmp_path, None)
    assert {folder.name for folder in (tmp_path / "focus").iterdir()} == {"oracle", "_"}
    found = duckdb.sql(f"select count(*) from '{tmp_path}/focus/oracle/*.parquet'").fetchone()
    assert found == (3,)


def test_the_gate_says_that_it_skips(
    gate: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "focus" / "aws").mkdir(parents=True)
    monkeypatch.setattr(gate, "find_python", lambda: None)
    assert gate.main([str(tmp_path / "none"), str(tmp_path)]) == 0
    assert "SKIPPED" in capsys.readouterr().out


def test_status_names_the_commitments_that_need_someone(
    native: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of one name together, or each with its id."""
    print_commitments(duckdb.connect(), Workspace(native.parent))
    told = capsys.readouterr().out
    assert "Commitments that end within 90 days or are under 80 % used" in told
    assert "Compute savings plan" in told
    (tmp_path / "published").mkdir()
    duckdb.sql(
        "copy (from (values (1, 90, 10), (2, 20, 80), (3, 30, 70)) as t(id, used_cost, unused_cost)"
        " select *, 'AWS' as provider, 'm5.large' as commitment_name, 'USD' as billing_currency,"
        " 'arn:' || id as commitment_discount_id, date '2026-09-01' as charge_date,"
        f" date '2028-01-01' as end_date) to '{tmp_path}/published/commitments.parquet'"
    )
    for each, expected in (
        (False, [["AWS", "m5.large", "2", "2028-01-01", "25%", "150.00", "USD"]]),
        (True, [["AWS", "m5.large", "arn:2", "1", "2028-01-01", "20%", "80.00", "USD"],
                ["AWS", "m5.large", "arn:3", "1", "2028-01-01", "30%", "70.00", "USD"]]),
    ):  # fmt: skip
        print_commitments(duckdb.connect(), Workspace(tmp_path), each=each)
        rows = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert rows[2:] == expected
