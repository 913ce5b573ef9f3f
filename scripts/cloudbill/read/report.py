"""Reports in the terminal: a table with a small chart, CSV or JSON, from the publication."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import StrEnum

import duckdb
from rich.text import Text

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.read import show
from cloudbill.read.catalog import models
from cloudbill.read.periods import open_periods
from cloudbill.read.reports import (
    CATEGORIES,
    COST_METRICS,
    DIMENSIONS,
    MEASURES,
    NONE,
    NORMALIZED_CATEGORY,
    TAG,
    Filters,
    Query,
    category_of,
    costs_report,
    is_cost,
    scopes,
    tag_coverage,
    tag_of,
    vm_report,
)
from cloudbill.read.terminal import Table
from cloudbill.safe import csv_cell, json_text
from cloudbill.sql import identifier
from cloudbill.workspace import Workspace

BAR = "█▏▎▍▌▋▊▉"
BAR_WIDTH = 16
Row = tuple[object, ...]


class Output(StrEnum):
    """How a report is written."""

    table = "table"
    csv = "csv"
    json = "json"


def one_of(name: str, wanted: str, options: Iterable[str]) -> str:
    """Find an option whatever its letter case, spaces or hyphens; else say which there are."""
    plain = {plainly(option): option for option in options}
    if plainly(wanted) not in plain:
        raise CloudbillError(
            f"There is no {name} {wanted!r}: choose one of {', '.join(plain.values())}.", USAGE
        )
    return plain[plainly(wanted)]


def plainly(text: str) -> str:
    """Write an option as it is compared."""
    return text.lower().replace("-", "").replace("_", "").replace(" ", "")


def vm(
    space: Workspace,
    measure: str,
    granularity: str,
    by: str,
    *,
    where: Sequence[str],
    start: date | None,
    end: date | None,
    provider: str | None,
    output: Output,
) -> None:
    """Print one measure of the VM cost report."""
    measure = one_of("measure", measure, MEASURES)
    category = category_of(measure, category_named(by))
    if category == NORMALIZED_CATEGORY != by and output is Output.table:
        show.tell(f"Normalized measures exist only by {NORMALIZED_CATEGORY}.")
    columns = models()["vm_cost_report"].columns
    rows = by_currency(
        space,
        "vm_cost_report",
        lambda filters: vm_report(measure, granularity, category, filters),
        (start, end, provider),
        filtered_by(where, category_named),
    )
    if output is Output.table:
        show.tell(f"{columns[measure].label}: {columns[measure].definition}")
    write(
        output,
        ("currency", "period", told_tag(category), measure),
        rows,
        money=is_cost(measure),
        pale=still_open(space, rows, granularity) if output is Output.table else (),
    )


def costs(
    space: Workspace,
    metric: str,
    granularity: str,
    by: str,
    *,
    tag: str | None,
    then: str | None,
    where: Sequence[str],
    start: date | None,
    end: date | None,
    provider: str | None,
    output: Output,
) -> None:
    """Print one cost metric and its Kubernetes share."""
    metric = one_of("metric", metric, COST_METRICS)
    dimension = f"{TAG}{tag}" if tag else dimension_named(by)
    second = dimension_named(then) if then else None
    rows = by_currency(
        space,
        "cloud_cost_breakdown",
        lambda filters: costs_report((metric,), granularity, dimension, filters, then=second),
        (start, end, provider),
        filtered_by(where),
    )
    shares = [
        (*row[:4], float(part / row[3]) if row[3] > 0 else 0.0)  # type: ignore[operator]
        for *row, part in rows
    ]
    name = " · ".join(told_dimension(part) for part in (dimension, second) if part)
    write(
        output,
        ("currency", "period", name, metric, "kubernetes_percent"),
        shares,
        money=True,
        pale=still_open(space, rows, granularity) if output is Output.table else (),
    )


def coverage(
    space: Workspace,
    tag: str,
    metric: str,
    *,
    where: Sequence[str],
    start: date | None,
    end: date | None,
    provider: str | None,
    output: Output,
) -> None:
    """Print what costs have a tag and what have not, by account and service."""
    metric = one_of("metric", metric, COST_METRICS)
    rows = by_currency(
        space,
        "cloud_costs",
        lambda filters: tag_coverage(metric, tag, filters),
        (start, end, provider),
        filtered_by(where),
    )
    header = ("currency", "provider", "account", "service", "with_tag", "without_tag", "coverage")
    if output is not Output.table:
        write(output, header, rows, money=True)
        return
    result = Table(*header, box=None, header_style="bold")
    for column in result.columns[4:]:
        column.justify = "right"
    for *names, with_tag, without_tag, share in rows:
        told_share = "" if share is None else f"{share:.1%}"
        result.add_row(
            *(Text(str(name or NONE)) for name in names),
            f"{with_tag:,.2f}", f"{without_tag:,.2f}", told_share,
        )  # fmt: skip
    show.console.print(result)


def dimension_named(wanted: str) -> str:
    """Find a dimension of cloud costs; a tag is one by its name (tag:team)."""
    return named("dimension", wanted, DIMENSIONS)


def category_named(wanted: str) -> str:
    """Find a category of the VM cost report; a tag is one by its name."""
    return named("category", wanted, CATEGORIES)


def named(kind: str, wanted: str, options: Iterable[str]) -> str:
    """Find a dimension or category, or a tag by its name."""
    if plainly(wanted) == "tag":
        raise CloudbillError("Which tag? Name its key: --tag env.", USAGE)
    prefix, colon, tag = wanted.partition(":")
    if colon and plainly(prefix.strip()) == "tag":
        return f"{TAG}{tag.strip()}"
    return one_of(kind, wanted, options)


def told_tag(dimension: str) -> str:
    """Name a tag as a column; other dimensions are their names."""
    tag = tag_of(dimension)
    return f"tag {tag}" if tag else dimension


def told_dimension(dimension: str) -> str:
    """Name a dimension of cloud costs as a column."""
    return told_tag(dimension) if tag_of(dimension) else dimension.lower()


def filtered_by(
    wanted: Sequence[str], found_as: Callable[[str], str] = dimension_named
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read filters such as region=eu-west-1 and tag:team=web; several of one dimension are any."""
    found: dict[str, list[str]] = {}
    for text in wanted:
        name, equals, value = text.partition("=")
        if not equals:
            raise CloudbillError(
                f"--filter {text!r} has no value: write --filter region=eu-west-1.", USAGE
            )
        found.setdefault(found_as(name), []).append(value)
    return tuple((name, tuple(values)) for name, values in found.items())


def mart(space: Workspace, name: str, limit: int, output: Output) -> None:
    """Print the rows of a published table."""
    with publication(space) as connection:
        tables = "select table_name from duckdb_tables() order by all"
        names = [str(table) for (table,) in connection.execute(tables).fetchall()]
        found = connection.execute(
            f"from {identifier(one_of('published table', name, names))} limit {limit}"
        )
        header = [column[0] for column in found.description or []]
        rows = found.fetchall()
    if output is not Output.table:
        write(output, header, rows, money=False)
        return
    result = Table(*header, box=None, header_style="bold")
    for row in rows:
        result.add_row(*(Text(told(value)) for value in row))
    show.console.print(result)


@contextmanager
def publication(space: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what is published, read-only; one of another version may lack what is asked for."""
    database = space.published / "cloudbill.duckdb"
    if not database.exists():
        raise CloudbillError(
            f"Nothing is published in {space.root} yet: run cloudbill refresh or cloudbill demo.",
            USAGE,
        )
    with duckdb.connect(str(database), read_only=True) as connection:
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException):
            raise CloudbillError(
                f"What is published in {space.root} was made by another version of Cloudbill, which"
                " knew less: run cloudbill build."
            ) from None


def by_currency(
    space: Workspace,
    mart: str,
    query: Callable[[Filters], Query],
    bounds: tuple[date | None, date | None, str | None],
    where: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> list[Row]:
    """Run a query for each currency, so that they never mix."""
    start, end, provider = bounds
    providers = (provider,) if provider else ()
    rows: list[Row] = []
    with publication(space) as connection:
        tables = "select 1 from duckdb_tables() where table_name = ?"
        if not connection.execute(tables, [mart]).fetchone():
            raise CloudbillError(f"This publication has no table {mart}: run cloudbill build.")
        currencies = f"select distinct billing_currency from {mart} order by all"
        for (currency,) in connection.execute(currencies).fetchall():
            asked = query(Filters(currency, start or date.min, end or date.max, providers, where))
            found = connection.execute(asked.sql, asked.values).fetchall()
            rows += [(currency or "unknown", *row) for row in found]
    return rows


def still_open(space: Workspace, rows: list[Row], granularity: str) -> set[Row]:
    """Return the currencies and periods that the bills of some scope do not have to their end."""
    found: set[Row] = set()
    with publication(space) as connection:
        for name in {row[0] for row in rows}:
            asked = scopes(Filters(None if name == "unknown" else str(name), date.min, date.max))
            ends = [row[3:] for row in connection.execute(asked.sql, asked.values).fetchall()]
            wanted = {row[1] for row in rows if row[0] == name and isinstance(row[1], date)}
            found |= {(name, period) for period in open_periods(ends, wanted, granularity)}
    return found


def write(
    output: Output,
    header: Sequence[str],
    rows: list[Row],
    *,
    money: bool,
    pale: Collection[Row] = (),
) -> None:
    """Write rows as a table with bars, as CSV or as JSON; numbers are unrounded but in tables."""
    if output is Output.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(map(csv_cell, header))
        writer.writerows([csv_cell(exactly(value)) for value in row] for row in rows)
    elif output is Output.json:
        records = [dict(zip(header, map(plain, row), strict=True)) for row in rows]
        print(json_text(records))
    else:
        show.console.print(table(header, rows, money=money, pale=pale))
        if pale:
            show.tell("… marks periods that the bills do not have to their end yet.")


def table(
    header: Sequence[str], rows: list[Row], *, money: bool, pale: Collection[Row] = ()
) -> Table:
    """Lay rows out; the bar compares rows of one currency, and is pale for open periods."""
    result = Table(*header, "", box=None, header_style="bold")
    for column in result.columns[3:-1]:
        column.justify = "right"
    largest: dict[object, float] = {}
    for row in rows:
        largest[row[0]] = max(largest.get(row[0], 0), abs(float(row[3])))  # type: ignore[arg-type]
    for row in rows:
        amount = float(row[3])  # type: ignore[arg-type]
        share = [f"{part:.1%}" for part in row[4:]]
        shown = f"{amount:,.2f}" if money or not amount.is_integer() else f"{amount:,.0f}"
        style = "red" if amount < 0 else "blue"
        style += " dim" if row[:2] in pale else ""
        period = f"{row[1]} …" if row[:2] in pale else str(row[1])
        drawn = Text(bar(abs(amount) / largest[row[0]] if largest[row[0]] else 0), style=style)
        result.add_row(str(row[0]), period, str(row[2]), shown, *share, drawn)
    return result


def bar(share: float) -> str:
    """Draw a share of the width in eighths of a character."""
    eighths = round(share * BAR_WIDTH * 8)
    return BAR[0] * (eighths // 8) + (BAR[eighths % 8] if eighths % 8 else "")


def exactly(value: object) -> object:
    """Write a value for a spreadsheet: every digit of money, without zeros at its end."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return plain(value)


def plain(value: object) -> object:
    """Write a value for a program: money in full, days as ISO 8601."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def told(value: object) -> str:
    """Write a value for a person."""
    if isinstance(value, Decimal | float):
        return f"{value:,.4f}"
    return "" if value is None else str(value)
