"""What a report of the terminal asks of the publication, for each currency."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.read import named, show
from cloudbill.read.changes import scopes
from cloudbill.read.cloud_costs import DIMENSIONS, dimension_values
from cloudbill.read.filters import Filters, Query
from cloudbill.read.periods import Scope, open_periods
from cloudbill.read.vm_report import CATEGORIES, vm_values
from cloudbill.read.written import Output, Row
from cloudbill.workspace import Workspace

# More values than a dimension has.
ALL_VALUES = 10**9
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Options:
    """What every report takes: filters as they were written, days, a provider, the output."""

    where: tuple[str, ...]
    start: date | None
    end: date | None
    provider: str | None
    output: Output


@dataclass(frozen=True)
class Source:
    """What a report is made of: a table with its currencies and providers, and its dimensions."""

    table: str
    kind: str
    dimensions: tuple[str, ...]
    values_of: Callable[[str, Filters], Query]

    def dimension(self, connection: duckdb.DuckDBPyConnection, wanted: str) -> str:
        """Find a dimension, or a tag."""
        return named.dimension(connection, self.kind, wanted, self.dimensions)


COSTS = Source(
    "cloud_cost_breakdown",
    "dimension",
    tuple(DIMENSIONS),
    lambda name, filters: dimension_values(name, filters, ALL_VALUES),
)
VMS = Source(
    "vm_cost_report",
    "category",
    tuple(CATEGORIES),
    lambda name, filters: vm_values("month", name, filters, ALL_VALUES),
)


@contextmanager
def publication(space: Workspace, table: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what is published, read-only; one of another version may lack what is asked for."""
    database = space.published / "cloudbill.duckdb"
    if not database.exists():
        raise CloudbillError(
            f"Nothing is published in {space.root} yet: run cloudbill refresh or cloudbill demo.",
            USAGE,
        )
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = "select 1 from duckdb_tables() where table_name = ?"
        if table and not connection.execute(tables, [table]).fetchone():
            raise CloudbillError(f"This publication has no table {table}: run cloudbill build.")
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException):
            raise CloudbillError(
                f"What is published in {space.root} was made by another version of Cloudbill, which"
                " knew less: run cloudbill build."
            ) from None


def by_currency(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    options: Options,
    query: Callable[[Filters], Query],
) -> list[Row]:
    """Run a query for each currency, so that they never mix."""
    start, end = options.start or date.min, options.end or date.max
    if start > end:
        raise CloudbillError(f"--from {start} is after --to {end}.", USAGE)
    providers: tuple[str, ...] = ()
    if options.provider:
        names = [name for (name,) in distinct(connection, source.table, "provider")]
        providers = (named.one_of("provider", options.provider, names),)
    currencies = [
        currency for (currency,) in distinct(connection, source.table, "billing_currency")
    ]

    def known(name: str) -> list[str]:
        asked = [source.values_of(name, Filters(each, date.min, date.max)) for each in currencies]
        found = [connection.execute(one.sql, one.values).fetchall() for one in asked]
        return list(dict.fromkeys(value for rows in found for (value,) in rows))

    where = named.filters(
        options.where,
        lambda name: source.dimension(connection, name),
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
