"""The headline of each report, printed after the demo: what came out and where to look next."""

from __future__ import annotations

import duckdb
from rich.table import Table
from rich.text import Text

from cloudbill import show
from cloudbill.workspace import Workspace

CLOUD_COSTS = """
select
    provider,
    billing_currency,
    min(charge_date)::varchar || ' to ' || max(charge_date)::varchar as days,
    sum(list_cost) as list_cost,
    sum(net_cost) as net_cost,
    sum(amortized_net_cost) as amortized_net_cost,
    sum(invoiced_cost) as invoiced_cost,
    sum(amortized_cost) as amortized_cost,
    sum(case when kubernetes_percent = 1 then amortized_net_cost end)
        / nullif(sum(amortized_net_cost), 0) as kubernetes_percent
from cloud_costs
group by all
order by all
"""
RECONCILIATION = (
    "select status, count(*) as bills from bill_reconciliation group by all order by all"
)


def print_headlines(space: Workspace) -> None:
    """Print the headline of each published report and where to look next."""
    database = space.published / "cloudbill.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        print_cloud_costs(connection)
        print_reconciliation(connection)
    show.tell(
        f"Next: open {database} in any DuckDB client or BI tool, or read the Parquet beside it;"
    )
    show.tell("cloudbill status shows every bill; bills.example.yml shows how to load your own.")


def print_cloud_costs(connection: duckdb.DuckDBPyConnection) -> None:
    """Print the five cost metrics per provider and currency, and their Kubernetes share."""
    table = Table(
        "provider", "currency", "days", "list", "net", "amortized net", "invoiced", "amortized",
        "Kubernetes", title="Cloud costs", title_justify="left", box=None, header_style="bold",
    )  # fmt: skip
    for column in table.columns[3:]:
        column.justify = "right"
    for provider, currency, days, *costs, percent in connection.execute(CLOUD_COSTS).fetchall():
        share = "" if percent is None else f"{percent:.1%}"
        table.add_row(provider, currency or "", days, *map(show.money, costs), share)
    show.console.print(table)


def print_reconciliation(connection: duckdb.DuckDBPyConnection) -> None:
    """Print how many bill totals tie out, by status."""
    counts = connection.execute(RECONCILIATION).fetchall()
    told = ", ".join(f"{count} {status}" for status, count in counts)
    show.console.print(Text(f"Bill reconciliation: {told}"))
