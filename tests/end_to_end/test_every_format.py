"""The sample in every documented format: the totals are those of the generator, whatever the form.

Also what a line becomes in each form: every form of a line gives the same charge.
"""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cloudbill.config import load_config
from cloudbill.lake.load import load
from cloudbill.samples import write_samples
from cloudbill.warehouse.build import build
from cloudbill.warehouse.handover import open_warehouse
from cloudbill.workspace import Workspace

METRICS = ("list", "net", "amortized_net", "invoiced", "amortized")


@pytest.fixture(scope="module")
def every_format(tmp_path_factory):
    """The published charges of the sample in all formats, and their truth."""
    folder = tmp_path_factory.mktemp("formats")
    truth = write_samples(folder, formats="all")
    config = load_config(folder / "bills.yml")
    later = [export for export in config.bills if "formats" in Path(export.location).parts]
    workspace = Workspace(folder / "workspace")
    results = load(config.model_copy(update={"bills": later}), workspace)
    assert [result for result in results if result.status != "new"] == []
    assert build(workspace).failures == []
    with duckdb.connect(str(workspace.published / "cloudbill.duckdb"), read_only=True) as con:
        yield (
            workspace,
            con,
            {export.name: truth["exports"][export.name]["bills"] for export in later},
        )


def test_every_format_gives_the_totals_of_the_generator(every_format):
    _, con, truth = every_format
    sums = ", ".join(
        f"sum({metric}_cost), coalesce(sum({metric}_cost) filter (is_kubernetes), 0)"
        for metric in METRICS
    )
    found = con.execute(
        f"select scope, billing_period, billing_currency, sum(line_count), {sums} from charges"
        " group by all"
    ).fetchall()
    wrong = []
    for scope, period, currency, lines, *amounts in found:
        totals = truth[scope].get(period, {}).get(currency)
        assert totals, f"{scope} has no lines of {period} in {currency}"
        wanted = [Decimal(totals["lines"])]
        for metric in METRICS:
            wanted += [Decimal(totals[metric]), Decimal(totals["kubernetes"][metric])]
        wrong += [
            f"{scope} {period}: {have} instead of {want}"
            for have, want in zip([lines, *amounts], wanted, strict=True)
            if abs(Decimal(have) - want) > Decimal("1e-6")
        ]
    assert not wrong, "\n".join(wrong)
    assert len(found) == sum(len(periods) for periods in truth.values())


def test_machines_have_hours_whatever_the_language_of_the_unit(every_format):
    _, con, _ = every_format
    hours = dict(
        con.execute(
            "select scope, sum(vm_hours) from charges where provider = 'Microsoft' group by all"
        ).fetchall()
    )
    assert hours["azure-mca-local"] == hours["azure-mca-2021"] > 0
    assert hours["azure-ea-chinese"] == hours["azure-ea-portal"] == hours["azure-ea-2019"] > 0


def test_split_cost_allocation_is_kept_beside_the_charges(every_format):
    """It tells what the lines of the instances tell, so no charge may have it."""
    workspace, con, _ = every_format
    pods = con.execute("select count(*) from charges where resource_id like '%:pod/%'").fetchone()
    assert pods == (0,)
    with open_warehouse(workspace) as warehouse:
        split = warehouse.execute(
            "select sum(split_cost + unused_cost), min(namespace) from stg_aws__split_costs"
        ).fetchone()
    instances = con.execute(
        "select sum(amortized_cost) from charges where scope = 'aws-cur2-csv' and is_kubernetes"
        " and resource_id like 'i-%'"
    ).fetchone()
    assert split == (*instances, "jobs")


def test_no_bill_of_any_format_is_unexplained(every_format):
    _, con, _ = every_format
    rows = con.execute(
        "select export_name, status from bill_reconciliation where status = 'unexplained'"
    ).fetchall()
    assert rows == []
