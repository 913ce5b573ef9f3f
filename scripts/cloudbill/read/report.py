"""Reports in the terminal, from the publication."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.read import named, show, spans
from cloudbill.read.catalog import models
from cloudbill.read.changes import compared_scopes, movers, scopes, told
from cloudbill.read.cloud_costs import (
    COST_METRICS,
    DIMENSIONS,
    EVERYTHING,
    costs_report,
    dimension_values,
    tag_coverage,
)
from cloudbill.read.filters import Filters, Query, tag_of
from cloudbill.read.periods import Scope, open_periods
from cloudbill.read.vm_report import (
    CATEGORIES,
    MEASURES,
    NORMALIZED_CATEGORY,
    category_of,
    is_cost,
    vm_report,
    vm_values,
)
from cloudbill.read.written import Output, Row, count, money, share, write
from cloudbill.sql import identifier
from cloudbill.workspace import Workspace

# More values than a dimension has.
ALL_VALUES = 10**9
Span = tuple[date | None, date | None]
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Options:
    """What every report takes: filters as they were written, days, a provider, the output."""

    where: tuple[str, ...]
    start: date | None
    end: date | None
    provider: str | None
    output: Output


def vm(space: Workspace, measure: str, granularity: str, by: str, options: Options) -> None:
    """Print one measure of the VM cost report."""
    measure = named.one_of("measure", measure, MEASURES)
    with publication(space, "vm_cost_report") as connection:
        wanted = named.dimension(connection, "category", by, CATEGORIES)
        category = category_of(measure, wanted)
        rows = by_currency(
            connection,
            "vm_cost_report",
            options,
            lambda filters: vm_report(measure, granularity, category, filters),
            CATEGORIES,
            lambda name, filters: vm_values("month", name, filters, ALL_VALUES),
        )
        still_open = open_of(connection, rows, granularity)
    if options.output is Output.table:
        if category != wanted:
            show.tell(f"Normalized measures exist only by {NORMALIZED_CATEGORY}.")
        column = models()["vm_cost_report"].columns[measure]
        show.tell(f"{column.label}: {column.definition}")
    name = named.told(category) if tag_of(category) else category
    write(
        options.output,
        ("currency", "period", name, measure),
        rows,
        {measure: money if is_cost(measure) else count},
        bar_of=measure,
        still_open=still_open,
    )


def costs(
    space: Workspace,
    metric: str,
    granularity: str,
    by: str,
    options: Options,
    then: str | None = None,
) -> None:
    """Print one cost metric and its Kubernetes share."""
    metric = named.one_of("metric", metric, COST_METRICS)
    with publication(space, "cloud_cost_breakdown") as connection:
        first = named.dimension(connection, "dimension", by, DIMENSIONS)
        second = named.dimension(connection, "dimension", then, DIMENSIONS) if then else None
        rows = by_currency(
            connection,
            "cloud_cost_breakdown",
            options,
            lambda filters: costs_report((metric,), granularity, first, filters, then=second),
            DIMENSIONS,
            lambda name, filters: dimension_values(name, filters, ALL_VALUES),
        )
        still_open = open_of(connection, rows, granularity)
    names = [named.told(part) for part in (first, second) if part]
    shares = [
        (
            currency,
            period,
            *values[: len(names)],
            amount,
            float(part / amount) if amount > 0 else 0.0,
        )
        for currency, period, *values, amount, part in rows
    ]
    write(
        options.output,
        ("currency", "period", *names, metric, "kubernetes_percent"),
        shares,
        {metric: money, "kubernetes_percent": share},
        bar_of=metric,
        still_open=still_open,
    )
    if options.output is Output.table and any(not 0 <= row[-1] <= 1 for row in shares):
        show.tell(
            "A share above 100 % or below 0 %: the rest, or the Kubernetes part, is negative"
            " (discounts, credits or refunds)."
        )


def changes(
    space: Workspace,
    metric: str,
    by: str,
    options: Options,
    then: str | None = None,
    before: Span = (None, None),
) -> None:
    """Print what changed: the last complete month against the one before, or any other days."""
    metric = named.one_of("metric", metric, COST_METRICS)
    with publication(space, "scope_days") as connection:
        first = named.dimension(connection, "dimension", by, DIMENSIONS)
        second = named.dimension(connection, "dimension", then, DIMENSIONS) if then else None

        def asked(filters: Filters) -> Query:
            filters, days = compared(connection, filters, options, before)
            told_days(connection, metric, filters, days, options.output)
            return movers(metric, first, filters, days, then=second)

        rows = by_currency(
            connection,
            "cloud_cost_breakdown",
            options,
            asked,
            DIMENSIONS,
            lambda name, filters: dimension_values(name, filters, ALL_VALUES),
        )
    names = [named.told(part) for part in (first, second) if part]
    write(
        options.output,
        ("currency", *names, "before", "after", "change", "change_percent"),
        [(row[0], *row[1 : 1 + len(names)], *row[3:]) for row in rows],
        {"before": money, "after": money, "change": money, "change_percent": share},
        bar_of="change",
    )


def compared(
    connection: duckdb.DuckDBPyConnection, filters: Filters, options: Options, before: Span
) -> tuple[Filters, tuple[date, date]]:
    """Return the days that are compared of a currency, and those that they are compared with."""
    bounds = connection.execute(
        f"select min(charge_date), max(charge_date) from {EVERYTHING}"
        " and billing_currency is not distinct from ?",
        [filters.currency],
    ).fetchall()
    days = spans.days_of(scopes_of(connection, filters.currency), *bounds[0])
    start, end = spans.span(days.default, days)
    filters = replace(filters, start=options.start or start, end=options.end or end)
    first, last = spans.before(spans.BEFORE, filters.start, filters.end)
    first, last = before[0] or first, before[1] or last
    if first > last:
        raise CloudbillError(f"--before-from {first} is after --before-to {last}.", USAGE)
    return filters, (first, last)


def told_days(
    connection: duckdb.DuckDBPyConnection,
    metric: str,
    filters: Filters,
    before: tuple[date, date],
    output: Output,
) -> None:
    """Tell which days are compared, and what of each scope is not."""
    tell = show.tell if output is Output.table else show.warn
    tell(
        f"{filters.currency or UNKNOWN}: {filters.start} to {filters.end} against {before[0]} to"
        f" {before[1]}."
    )
    asked = compared_scopes(metric, filters, before)
    found = connection.execute(asked.sql, asked.values)
    names = [column[0] for column in found.description or []]
    for row in found.fetchall():
        show.warn(told(dict(zip(names, row, strict=True)), filters.currency))


def coverage(space: Workspace, tag: str, metric: str, options: Options) -> None:
    """Print what costs have a tag and what have not, by account and service."""
    metric = named.one_of("metric", metric, COST_METRICS)
    with publication(space, "cloud_costs") as connection:
        named.tag_dimension(connection, tag)
        rows = by_currency(
            connection,
            "cloud_costs",
            options,
            lambda filters: tag_coverage(metric, tag, filters),
            DIMENSIONS,
            lambda name, filters: dimension_values(name, filters, ALL_VALUES),
        )
    write(
        options.output,
        ("currency", "provider", "account", "service", "with_tag", "without_tag", "coverage"),
        rows,
        {"with_tag": money, "without_tag": money, "coverage": share},
    )


def mart(space: Workspace, name: str, limit: int, output: Output) -> None:
    """Print the rows of a published table or view."""
    with publication(space) as connection:
        tables = "select table_name from information_schema.tables order by all"
        names = [str(table) for (table,) in connection.execute(tables).fetchall()]
        found = connection.execute(
            f"from {identifier(named.one_of('published table', name, names))} limit {limit}"
        )
        header = [column[0] for column in found.description or []]
        rows = found.fetchall()
    write(output, header, rows)


@contextmanager
def publication(space: Workspace, mart: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what is published, read-only; one of another version may lack what is asked for."""
    database = space.published / "cloudbill.duckdb"
    if not database.exists():
        raise CloudbillError(
            f"Nothing is published in {space.root} yet: run cloudbill refresh or cloudbill demo.",
            USAGE,
        )
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = "select 1 from duckdb_tables() where table_name = ?"
        if mart and not connection.execute(tables, [mart]).fetchone():
            raise CloudbillError(f"This publication has no table {mart}: run cloudbill build.")
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException):
            raise CloudbillError(
                f"What is published in {space.root} was made by another version of Cloudbill, which"
                " knew less: run cloudbill build."
            ) from None


def by_currency(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    options: Options,
    query: Callable[[Filters], Query],
    dimensions: Iterable[str],
    values_of: Callable[[str, Filters], Query],
) -> list[Row]:
    """Run a query for each currency, so that they never mix."""
    start, end = options.start or date.min, options.end or date.max
    if start > end:
        raise CloudbillError(f"--from {start} is after --to {end}.", USAGE)
    providers: tuple[str, ...] = ()
    if options.provider:
        names = [name for (name,) in distinct(connection, mart, "provider")]
        providers = (named.one_of("provider", options.provider, names),)
    currencies = [currency for (currency,) in distinct(connection, mart, "billing_currency")]

    def known(name: str) -> list[str]:
        asked = [values_of(name, Filters(each, date.min, date.max)) for each in currencies]
        found = [connection.execute(one.sql, one.values).fetchall() for one in asked]
        return list(dict.fromkeys(value for rows in found for (value,) in rows))

    where = named.filters(
        options.where,
        lambda name: named.dimension(connection, "dimension", name, dimensions),
        known,
    )
    rows: list[Row] = []
    for currency in currencies:
        asked = query(Filters(currency, start, end, providers, where))
        found = connection.execute(asked.sql, asked.values).fetchall()
        rows += [(currency or UNKNOWN, *row) for row in found]
    if not rows:
        show.warn("Nothing matches: no cost of these days has all of this.")
    return rows


def distinct(connection: duckdb.DuckDBPyConnection, mart: str, column: str) -> list[Row]:
    """Return the values of a column."""
    return connection.execute(f"select distinct {column} from {mart} order by all").fetchall()


def scopes_of(connection: duckdb.DuckDBPyConnection, currency: str | None) -> list[Scope]:
    """Tell how far the bills of each scope go that has costs in a currency."""
    asked = scopes(Filters(currency, date.min, date.max))
    return [Scope(*row) for row in connection.execute(asked.sql, asked.values).fetchall()]


def open_of(connection: duckdb.DuckDBPyConnection, rows: list[Row], granularity: str) -> set[Row]:
    """Return the currencies and periods that the bills of some scope do not have to their end."""
    found: set[Row] = set()
    for name in {row[0] for row in rows}:
        ends = scopes_of(connection, None if name == UNKNOWN else str(name))
        wanted = {row[1] for row in rows if row[0] == name}
        found |= {(name, period) for period in open_periods(ends, wanted, granularity)}
    return found
