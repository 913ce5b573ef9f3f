"""The headline of each report, printed after the demo: what came out and where to look next."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from cloudbill.read import show
from cloudbill.read.terminal import Table
from cloudbill.workspace import Workspace


@dataclass(frozen=True)
class Headline:
    """A report in a few lines: its title, and a query whose column names are the table's."""

    title: str
    query: str


HEADLINES = (
    Headline(
        "Cloud costs (cloud_costs, of Kubecost's scope): five metrics, and the Kubernetes share",
        """
        select
            provider,
            billing_currency as currency,
            min(charge_date) || ' to ' || max(charge_date) as days,
            sum(list_cost) as list,
            sum(net_cost) as net,
            sum(amortized_net_cost) as "amortized net",
            sum(invoiced_cost) as invoiced,
            sum(amortized_cost) as amortized,
            sum(case when kubernetes_percent = 1 then amortized_net_cost else 0 end)
                / nullif(sum(amortized_net_cost), 0) as "% Kubernetes"
        from cloud_costs
        group by all
        order by all
        """,
    ),
    Headline(
        "VM cost report (vm_cost_report): the last month",
        """
        select
            provider,
            billing_currency as currency,
            strftime(period_start, '%Y-%m') as month,
            vms as "VMs",
            round(vms_by_usage, 1) as "VMs by usage",
            reservations,
            compute_cost as "compute cost",
            compute_cost_before_ri as "before reservations",
            total_cost as "total cost"
        from vm_cost_report
        where granularity = 'month' and category = 'Total'
        qualify period_start = max(period_start) filter (where vms > 0) over (partition by provider)
        order by all
        """,
    ),
    Headline(
        "Node prices (node_prices): average per hour",
        """
        select
            cluster,
            billing_currency as currency,
            count(*) as nodes,
            count(*) filter (where price_source = 'billed') as "on the bill",
            count(*) filter (where price_source = 'inferred') as inferred,
            round(avg(list_hourly_price), 4) as "at list",
            round(avg(hourly_price), 4) as really,
            1 - avg(hourly_price) / avg(list_hourly_price) as "% saved"
        from node_prices
        group by all
        order by all
        """,
    ),
    Headline(
        "Bill reconciliation (bill_reconciliation)",
        """
        select measure, status, count(*) as bills
        from bill_reconciliation
        group by all
        order by all
        """,
    ),
)


def print_headlines(space: Workspace) -> None:
    """Print the headline of each published report and where to look next."""
    database = space.published / "cloudbill.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        for headline in HEADLINES:
            print_headline(connection, headline)
    space_option = f"--workspace {shown_path(space.root)}"
    show.tell("")
    show.tell(f"Next: {called()} explore {space_option}  (every report as a page)")
    show.tell(f"      {called()} report costs {space_option}  (in the terminal)")
    show.tell(f"      {called()} status {space_option}  (every bill, and whether it ties out)")
    show.tell(f"Any DuckDB client or BI tool opens {shown_path(database)}; Parquet is beside it.")
    show.tell("bills.example.yml shows how to load your own bills, in a workspace of their own.")


def called() -> str:
    """Name the command as it was called: it may not be on the path."""
    return shown_path(Path(sys.argv[0])) if not shutil.which("cloudbill") else "cloudbill"


def shown_path(path: Path) -> str:
    """Show a path as one would type it here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def print_headline(connection: duckdb.DuckDBPyConnection, headline: Headline) -> None:
    """Print one report's headline; nothing where the report is empty."""
    found = connection.execute(headline.query)
    names = [name for name, *_ in found.description or []]
    rows = found.fetchall()
    if not rows:
        return
    show.tell(f"\n{headline.title}")
    table = Table(box=None, header_style="dim")
    for name, value in zip(names, rows[0], strict=True):
        table.add_column(name, justify="left" if isinstance(value, str) else "right")
    for row in rows:
        table.add_row(*(shown(name, value) for name, value in zip(names, row, strict=True)))
    show.put(table)


def shown(name: str, value: object) -> str:
    """Show a value as its column's name asks: a share, an amount of money, or as it is."""
    if value is None:
        return ""
    if name.startswith("%") and isinstance(value, float | Decimal):
        return f"{value:.1%}"
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return f"{value:,.4f}" if exponent == -4 else show.money(value)
    return str(value)
