"""What the command prints: tables, progress and sentences; plain and unwrapped off a terminal.

Whatever is told goes into the log of the run, too.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.text import Text

from cloudbill.logs import log
from cloudbill.read import terminal
from cloudbill.read.terminal import Table
from cloudbill.safe import lines

if TYPE_CHECKING:
    from cloudbill.lake.load import LoadResult, Progress
    from cloudbill.warehouse.build import BuildReport
    from cloudbill.workspace import Workspace

STATUS_STYLES = {"new": "green", "changed": "yellow", "refused": "red", "skipped": "yellow"}

console = terminal.console()
errors = terminal.console(stderr=True)


def tell(sentence: str) -> None:
    """Print one sentence, unless --quiet."""
    console.print(terminal.text(sentence), soft_wrap=True)
    log.info(lines(sentence))


def warn(sentence: str) -> None:
    """Print what someone should look at on standard error, --quiet or not."""
    errors.print(terminal.text(sentence, "yellow"), soft_wrap=True)
    log.warning(lines(sentence))


def tell_error(sentence: str) -> None:
    """Print one sentence on standard error."""
    errors.print(terminal.text(sentence, "red"), soft_wrap=True)
    log.error(lines(sentence))


def put(table: Table) -> None:
    """Print a table, unless --quiet."""
    console.print(table)
    if log.isEnabledFor(logging.INFO):
        plain = terminal.console(color=False)
        with plain.capture() as captured:
            plain.print(table)
        log.info(captured.get().rstrip())


def money(amount: Decimal | None) -> str:
    """Show an amount of money with two decimals and thousands separators."""
    return "" if amount is None else f"{amount:,.2f}"


@contextmanager
def loading() -> Iterator[Callable[[Progress], None] | None]:
    """Show a progress bar of bytes and rows while bills land; off a terminal, none."""
    if not errors.is_terminal:
        yield None
        return
    from rich import progress  # noqa: PLC0415

    with progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TextColumn("{task.fields[rows]}", markup=False),
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

    def finished(node: str) -> None:
        spinner.update(f"Building: {node}")
        log.info(f"built {node}")

    with errors.status("Building") as spinner:
        yield finished


def print_results(results: list[LoadResult]) -> None:
    """Print what happened to the bills, those of one export and status in a line; then why."""
    table = Table("bill", "rows", "cost", "status", box=None, header_style="bold")
    table.columns[1].justify = table.columns[2].justify = "right"
    folded: dict[tuple[str, str], list[LoadResult]] = defaultdict(list)
    for result in results:
        folded[result.export, result.status].append(result)
    for (export, status), bills in folded.items():
        keys = sorted(result.bill for result in bills if result.bill)
        costs: dict[str | None, Decimal] = defaultdict(Decimal)
        for currency, cost in (item for result in bills for item in result.cost.items()):
            costs[currency] += cost
        table.add_row(
            Text(f"{export} {span(keys)}".strip()),
            f"{sum(result.rows for result in bills):,}",
            Text(
                "  ".join(f"{money(c)} {currency or ''}".strip() for currency, c in costs.items())
            ),
            Text(status, style=STATUS_STYLES.get(status, "")),
        )
    put(table)
    # What is so of each bill of an export is said once.
    for export, reason, status in dict.fromkeys((r.export, r.reason, r.status) for r in results):
        if reason:
            say = tell_error if status == "refused" else tell
            say(f"{export}: {reason}")


def span(keys: list[str]) -> str:
    """Name bills in few words: the only one, or how many there are, from which to which."""
    if len(keys) < 2:
        return "".join(keys)
    return f"{keys[0]} to {keys[-1]} ({len(keys)} bills)"


def print_build(report: BuildReport, seconds: float) -> None:
    """Print warnings, failures and the line that sums the build up."""
    for warning in report.warnings:
        warn(f"Warning: {warning}")
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


def print_history(space: Workspace, export: str) -> None:
    """Print every load of an export: its version, rows and cost, and what changed by service."""
    from cloudbill.lake.history import history as load_history  # noqa: PLC0415

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
    put(table)
