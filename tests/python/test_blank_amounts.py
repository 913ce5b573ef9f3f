"""A line whose amount is blank counts 0, and the build says how many of them which bill has."""

from pathlib import Path

from cloudbill.config import load_config
from cloudbill.lake.index import write_index
from cloudbill.lake.load import load
from cloudbill.warehouse.build import sentence
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace

BILLS = {
    "aws_cur": "line_item_usage_start_date,line_item_unblended_cost,line_item_line_item_type\n"
    "2026-10-01T00:00:00Z,1,Usage\n2026-10-02T00:00:00Z,,Usage\n",
    "azure_cost": "Date,CostInBillingCurrency,ChargeType\n"
    "10/01/2026,1,Usage\n10/02/2026,,Usage\n10/02/2026,,Usage\n10/03/2026,0,Usage\n",
    "gcp_billing": "usage_start_time,cost,credits,invoice.month,currency,cost_type\n"
    "2026-10-01 12:00:00 UTC,1,[],202610,EUR,regular\n"
    "2026-10-02 12:00:00 UTC,,[],202610,EUR,regular\n",
    "focus": "ChargePeriodStart,BilledCost,BillingPeriodStart,ProviderName\n"
    "2026-10-01T00:00:00Z,1,2026-10-01T00:00:00Z,Oracle\n"
    "2026-10-01T00:00:00Z,,2026-10-01T00:00:00Z,Oracle\n",
}


def test_lines_without_an_amount_are_counted_by_bill(tmp_path: Path) -> None:
    config = "bills:\n"
    for kind, text in BILLS.items():
        (tmp_path / f"{kind}.csv").write_text(text)
        config += f"  - {{name: of_{kind}, kind: {kind}, location: {kind}.csv}}\n"
    (tmp_path / "bills.yml").write_text(config)
    workspace = Workspace(tmp_path / "workspace")
    loaded = load(load_config(tmp_path / "bills.yml"), workspace)
    assert not [result.reason for result in loaded if result.reason]
    write_index(workspace)
    selected = ["--select", "+int_bill_totals", "assert_lines_have_an_amount"]
    options = ["--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
    result = run_dbt(workspace, ["build", *selected, *options])
    assert [node.message for node in result.result if node.status in ("error", "fail")] == []
    (warned,) = [node for node in result.result if node.status == "warn"]
    found = sentence(warned, workspace)
    for kind, count in (("aws_cur", 1), ("azure_cost", 2), ("gcp_billing", 1), ("focus", 1)):
        told = f"export_name of_{kind}, billing_period 2026-10, lines_without_amount {count}"
        assert told in found
