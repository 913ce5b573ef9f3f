"""What the command prints: tables, progress and sentences; plain and unwrapped off a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import duckdb
from rich import progress
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cloudbill.lake.history import history as load_history
from cloudbill.lake.load import LoadResult, Progress
from cloudbill.read.status_nodes import node_sentences
from cloudbill.warehouse.build import BuildReport
from cloudbill.workspace import Workspace

WIDE = 10_000
STATUS_STYLES = {"new": "green", "changed": "yellow", "refused": "red", "skipped": "yellow"}

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
errors = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else WIDE)


def tell(sentence: str) -> None:
    """Print one sentence."""
    console.print(Text(sentence), soft_wrap=True)


def tell_error(sentence: str) -> None:
    """Print one sentence on standard error."""
    errors.print(Text(sentence, style="red"), soft_wrap=True)


def money(amount: Decimal | None) -> str:
    """Show an amount of money with two decimals and thousands separators."""
    return "" if amount is None else f"{amount:,.2f}"


@contextmanager
def loading() -> Iterator[Callable[[Progress], None] | None]:
    """Show a progress bar of bytes and rows while bills land; off a terminal, none."""
    if not errors.is_terminal:
        yield None
        return
    with progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TextColumn("{task.fields[rows]}"),
        progress.TimeElapsedColumn(),
        console=errors,
        transient=True,
    ) as bar:
        task = bar.add_task("Looking for bills", total=None, rows="")

        def on_event(event: Progress) -> None:
            bar.update(
                task,
                description=f"{event.export} {event.bill or ''}",
                completed=event.bytes_done,
                total=event.bytes_total,
                rows=f"{event.rows:,} rows" if event.rows else "",
            )

        yield on_event


@contextmanager
def building() -> Iterator[Callable[[str], None]]:
    """Show which model or test was last finished while dbt builds."""
    with errors.status("Building") as spinner:
        yield lambda node: spinner.update(f"Building: {node}")


def print_results(results: list[LoadResult]) -> None:
    """Print one row per bill: what it holds and what happened to it; then why any was refused."""
    table = Table("bill", "rows", "cost", "status", box=None, header_style="bold")
    table.columns[1].justify = table.columns[2].justify = "right"
    for result in results:
        cost = "  ".join(
            f"{money(c)} {currency or ''}".strip() for currency, c in result.cost.items()
        )
        style = STATUS_STYLES.get(result.status, "")
        rows = f"{result.rows:,}"
        bill = f"{result.export} {result.bill or ''}".strip()
        table.add_row(bill, rows, cost, Text(result.status, style=style))
    console.print(table)
    for result in results:
        if result.reason:
            say = tell_error if result.status == "refused" else tell
            say(f"{result.export}: {result.reason}")


def print_build(report: BuildReport, seconds: float) -> None:
    """Print warnings, failures and the line that sums the build up."""
    for warning in report.warnings:
        tell(f"Warning: {warning}")
    for failure in report.failures:
        tell_error(f"Failed: {failure}")
    if not report.failures:
        where = (
            f"Published to {report.published}."
            if report.published
            else ("The tables are where the target keeps them.")
        )
        tell(
            f"Built in {seconds:.0f} s: {report.passed} models and tests passed,"
            f" {len(report.warnings)} warned. {where}"
        )
    else:
        tell_error(
            f"Not published: {len(report.failures)} models or tests failed;"
            " the publication before stays."
        )


def print_status(space: Workspace) -> None:
    """Print the bills in the lake, the last load and publication, and what does not tie out."""
    if not space.index.exists():
        tell(
            f"No bill has been loaded into {space.root} yet: run cloudbill load or cloudbill demo."
        )
        return
    with duckdb.connect() as connection:
        bills = connection.execute(
            "select export, bill, kind, scope, dataset, sum(line_count)::bigint,"
            " max(loaded_at)::timestamp(0) from read_parquet(?)"
            " group by all order by all",
            [str(space.index)],
        ).fetchall()
        table = Table(
            "export", "bill", "kind", "scope", "dataset", "rows", "loaded at (UTC)",
            box=None, header_style="bold",
        )  # fmt: skip
        for *texts, rows, loaded_at in bills:
            table.add_row(*(text or "" for text in texts), f"{rows:,}", str(loaded_at))
        console.print(table)
        if any(kind == "azure_cost" for _, _, kind, *_ in bills):
            print_quota_types(connection, space)
        if not space.published.exists():
            tell("Nothing is published yet: run cloudbill build.")
            return
        published = space.published.resolve()
        tell(f"Published: {published}")
        print_reconciliation(connection, space)
        for sentence in node_sentences(connection, space):
            tell(sentence)


def print_quota_types(connection: duckdb.DuckDBPyConnection, space: Workspace) -> None:
    """Say where quota types of Azure subscriptions come from when no list states them."""
    path = space.lake / "azure_subscriptions.parquet"
    listed = (
        path.exists()
        and connection.execute(
            "select count(quota_id) from read_parquet(?)", [str(path)]
        ).fetchone()
    )
    if not listed or listed == (0,):
        tell(
            "No list of Azure subscriptions states their quota types (azure_subscriptions in"
            " bills.yml), so they follow from the offer of each line; a line without an offer"
            " counts as EnterpriseAgreement."
        )


def print_history(space: Workspace, export: str) -> None:
    """Print every load of an export: its version, rows and cost, and what changed by service."""
    if not space.history.exists():
        tell(f"No bill has been loaded into {space.root} yet: run cloudbill load.")
        return
    table = Table(
        "bill", "loaded at (UTC)", "version", "rows", "cost", "change",
        box=None, header_style="bold",
    )  # fmt: skip
    for column in table.columns[3:]:
        column.justify = "right"
    for entry in load_history(space, export):
        at = str(entry.loaded_at.replace(microsecond=0))
        cost = "  ".join(f"{money(c)} {name or ''}".strip() for name, c in entry.cost.items())
        table.add_row(entry.bill, at, entry.version[:8], f"{entry.rows:,}", cost, "")
        for (service, currency), change in sorted(entry.changes.items(), key=str):
            moved = f"{change:+,.2f} {currency or ''}".strip()
            table.add_row("", f"  {service or 'no service'}", "", "", "", moved)
    console.print(table)


def print_reconciliation(connection: duckdb.DuckDBPyConnection, space: Workspace) -> None:
    """Print every bill's totals against the published charges."""
    rows = connection.execute(
        "select export_name, billing_period, billing_currency, measure, in_bill, in_charges,"
        " difference, explained, status from read_parquet(?) order by all",
        [str(space.published / "bill_reconciliation.parquet")],
    ).fetchall()
    table = Table(
        "export", "period", "currency", "measure", "in bill", "in charges", "difference",
        "explained", "status", box=None, header_style="bold",
    )  # fmt: skip
    for column in table.columns[4:8]:
        column.justify = "right"
    for export, period, currency, measure, *amounts, state in rows:
        style = "green" if state == "ok" else "yellow"
        table.add_row(
            export, period, currency or "", measure, *map(money, amounts), Text(state, style=style)
        )
    console.print(table)
