"""One instance id in the bills of two accounts, which bills.yml says are meant, is two machines."""

from __future__ import annotations

from pathlib import Path

from cloudbill.config import load_config
from cloudbill.lake.index import write_index
from cloudbill.lake.load import load
from cloudbill.warehouse.handover import open_warehouse
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace

HEADER = (
    "bill_payer_account_id,line_item_usage_account_id,bill_billing_period_start_date,"
    "line_item_usage_start_date,line_item_line_item_type,line_item_product_code,"
    "line_item_operation,line_item_usage_type,product_product_family,product_instance_type,"
    "product_region_code,pricing_unit,line_item_resource_id,line_item_usage_amount,"
    "line_item_unblended_cost,line_item_currency_code\n"
)


def line(account: str, day: int, machine: str, cost: int) -> str:
    return (
        f"{account},{account},2026-04-01T00:00:00Z,2026-04-{day:02d}T00:00:00Z,Usage,AmazonEC2,"
        f"RunInstances,BoxUsage:m5.large,Compute Instance,m5.large,us-east-1,Hrs,{machine},24,"
        f"{cost},USD\n"
    )


def test_an_instance_id_of_two_accounts_is_two_machines(tmp_path: Path) -> None:
    for account, cost in (("111111111111", 24), ("222222222222", 48)):
        folder = tmp_path / account
        folder.mkdir()
        (folder / "bill.csv").write_text(
            HEADER
            + "".join(
                # What costs nothing has the price of what is alike.
                line(account, day, "i-0a", cost) + line(account, day, "i-0b", 0)
                for day in (1, 2)
            )
        )
    config = tmp_path / "bills.yml"
    config.write_text(
        "bills:\n"
        "  - {name: one, kind: aws_cur, location: '111111111111', may_repeat: true}\n"
        "  - {name: two, kind: aws_cur, location: '222222222222', may_repeat: true}\n"
    )
    workspace = Workspace(tmp_path / "workspace")
    assert not [result for result in load(load_config(config), workspace) if result.reason]
    write_index(workspace)
    result = run_dbt(
        workspace,
        [
            "build",
            "--select",
            "+node_price_history",
            "+vm_cost_report",
            "--exclude-resource-type",
            "unit_test",
            "--indirect-selection",
            "cautious",
        ],
    )
    assert [node.message for node in result.result if node.status in ("error", "fail")] == []
    with open_warehouse(workspace) as connection:
        found = connection.execute(
            "select machine_id, sub_account_id, charge_date::text, vm_hours::double,"
            " hourly_price::double, price_source, valid_from::text, valid_to::text"
            " from node_price_history order by all"
        ).fetchall()
    span = ("2026-04-01", "2026-04-03")
    assert found == [
        (machine, account, day, 24, price, source, *span)
        for machine, source in (("i-0a", "billed"), ("i-0b", "inferred"))
        for account, price in (("111111111111", 1), ("222222222222", 2))
        for day in ("2026-04-01", "2026-04-02")
    ]
