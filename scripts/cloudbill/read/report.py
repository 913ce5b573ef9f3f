"""Reports in the terminal, from the publication."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.read import named, show, spans
from cloudbill.read.asked import (
    COSTS,
    UNKNOWN,
    VMS,
    Options,
    by_currency,
    open_of,
    publication,
    scopes_of,
)
from cloudbill.read.catalog import models
from cloudbill.read.changes import compared_scopes, movers, told
from cloudbill.read.cloud_costs import (
    COST_METRICS,
    EVERYTHING,
    costs_report,
    out_of_scope,
    out_of_scope_told,
    tag_coverage,
)
from cloudbill.read.filters import Filters, Query, tag_of
from cloudbill.read.periods import end_of_period, start_of_period
from cloudbill.read.vm_report import (
    MEASURES,
    NORMALIZED_CATEGORY,
    category_of,
    is_cost,
    vm_report,
)
from cloudbill.read.written import Output, count, money, share, write
from cloudbill.sql import identifier
from cloudbill.workspace import Workspace

Span = tuple[date | None, date | None]


def vm(space: Workspace, measure: str, granularity: str, by: str, options: Options) -> None:
    """Print one measure of the VM cost report."""
    measure = named.one_of("measure", measure, MEASURES)
    with publication(space, VMS.table) as connection:
        wanted = VMS.dimension(connection, by)
        category = category_of(measure, wanted)
        rows = by_currency(
            connection,
            VMS,
            options,
            lambda filters: vm_report(measure, granularity, category, filters),
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
    if cuts_a_period(options, granularity):
        # In whole: what is distinct in a part of a period is not told by the report.
        show.warn(
            f"Each {granularity} is whole, also those that --from and --to are in the midst of."
        )


def cuts_a_period(options: Options, granularity: str) -> bool:
    """Tell whether the first or the last day is within a period of the VM report."""
    first, last = options.start, options.end
    return bool(
        (first and first != start_of_period(first, granularity))
        or (last and last != end_of_period(start_of_period(last, granularity), granularity))
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
    with publication(space, COSTS.table) as connection:
        first = COSTS.dimension(connection, by)
        second = COSTS.dimension(connection, then) if then else None
        rows = by_currency(
            connection,
            COSTS,
            options,
            lambda filters: costs_report((metric,), granularity, first, filters, then=second),
        )
        still_open = open_of(connection, rows, granularity)
        left = by_currency(
            connection, COSTS, options, lambda filters: out_of_scope(metric, filters)
        )
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
    for currency, amount in left:
        if options.output is Output.table and amount:
            show.tell(out_of_scope_told(amount, currency))


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
        first = COSTS.dimension(connection, by)
        second = COSTS.dimension(connection, then) if then else None

        def asked(filters: Filters) -> Query:
            filters, days = compared(connection, filters, options, before)
            told_days(connection, metric, filters, days, options.output)
            return movers(metric, first, filters, days, then=second)

        rows = by_currency(connection, COSTS, options, asked)
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
    with publication(space, COSTS.table) as connection:
        named.tag_dimension(connection, tag)
        rows = by_currency(
            connection, COSTS, options, lambda filters: tag_coverage(metric, tag, filters)
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
        table = identifier(named.one_of("published table", name, names))
        found = connection.execute(f"from {table} limit {limit}")
        header = [column[0] for column in found.description or []]
        rows = found.fetchall()
        counted = f"select count(*) from {table}"
        (held,) = (connection.execute(counted).fetchone() if len(rows) == limit else None) or (0,)
    write(output, header, rows)
    if len(rows) < held:
        show.warn(f"These are {len(rows):,} of the {held:,} rows of {name}: --limit says how many.")
