"""What a change of the rules does to the numbers: the totals of two publications, side by side.

`python -m cloudbill.compare BEFORE AFTER [--markdown]` takes two `published` folders. CI puts its
answer on every pull request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.table import Table

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.read import show
from cloudbill.read.reports import NOT_ADDITIVE
from cloudbill.sql import identifier, literal

NUMBERS = ("DECIMAL", "DOUBLE", "BIGINT", "INTEGER", "HUGEINT")
# A sum of these says nothing: ratios, prices, factors, durations, distinct counts.
NO_SUM = re.compile(
    r"(percent|rate|price|factor|months|confidence|utilization|coverage|machines)$", re.IGNORECASE
)
# Rows that are parts of others would be counted again.
WHOLE = {"vm_cost_report": "granularity = 'month' and category = 'Total'"}
# Other in every build, whatever the numbers: fingerprints of the rules, times of the loads.
PASSING = re.compile(r"(build_?id|loaded_at|Created|LastUpdated)$", re.IGNORECASE)
ROWS = "rows"
HEADER = ("table", "currency", "column", "before", "after", "difference")
DIGITS = 6
Number = Decimal | None


@dataclass(frozen=True)
class Total:
    """What a column adds up to in each publication, in one currency; None where it is absent."""

    mart: str
    currency: str
    column: str
    before: Number
    after: Number

    @property
    def difference(self) -> Decimal:
        """How much it moved."""
        return (self.after or Decimal()) - (self.before or Decimal())


@dataclass(frozen=True)
class Mart:
    """One published table in both publications."""

    name: str
    totals: list[Total]
    other_rows: int
    columns_gone: list[str]
    columns_new: list[str]

    @property
    def changed(self) -> list[Total]:
        """The totals that moved."""
        return [total for total in self.totals if total.difference]

    @property
    def row_count(self) -> int:
        """How many rows there are after."""
        return sum(int(total.after or 0) for total in self.totals if total.column == ROWS)

    @property
    def is_same(self) -> bool:
        """Tell whether nothing moved."""
        return not (self.changed or self.other_rows or self.columns_gone or self.columns_new)


@dataclass(frozen=True)
class Comparison:
    """Everything that differs between two publications."""

    marts: list[Mart]
    gone: list[str]
    new: list[str]


def compare(before: Path, after: Path) -> Comparison:
    """Compare every published table; a table's totals are per currency where it has one."""
    with duckdb.connect() as connection:
        for name, folder in (("before", before), ("after", after)):
            database = folder / "cloudbill.duckdb"
            if not database.exists():
                raise CloudbillError(f"{folder} holds no publication: cloudbill build.", USAGE)
            connection.execute(f"attach {literal(str(database))} as {name} (read_only)")
        was, now = columns(connection, "before"), columns(connection, "after")
        marts = [
            compare_mart(connection, name, was[name], now[name])
            for name in sorted(was & now.keys())
        ]
    return Comparison(marts, sorted(was.keys() - now.keys()), sorted(now.keys() - was.keys()))


def columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """List the tables of a publication with their columns and types."""
    found: dict[str, dict[str, str]] = {}
    for table, column, data_type in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() inner join duckdb_tables()"
        " using (database_name, table_name) where database_name = ? order by column_index",
        [database],
    ).fetchall():
        found.setdefault(table, {})[column] = data_type
    return found


def compare_mart(
    connection: duckdb.DuckDBPyConnection, name: str, was: dict[str, str], now: dict[str, str]
) -> Mart:
    """Compare the rows, the totals and the columns of one table."""
    before, after = totals(connection, "before", name, was), totals(connection, "after", name, now)
    shared = [column for column in now if column in was and not PASSING.search(column)]
    return Mart(
        name,
        [
            Total(name, currency, column, before.get(key), after.get(key))
            for key in dict.fromkeys([*before, *after])
            for currency, column in [key]
        ],
        other_rows(connection, name, {column: now[column] for column in shared}),
        [column for column in was if column not in now],
        [column for column in now if column not in was],
    )


def totals(
    connection: duckdb.DuckDBPyConnection, database: str, name: str, types: dict[str, str]
) -> dict[tuple[str, str], Decimal]:
    """Count the rows and add up what adds up, per currency."""
    currency = next((one for one in ("billing_currency", "BillingCurrency") if one in types), "")
    added = [
        column
        for column, data_type in types.items()
        if data_type.startswith(NUMBERS)
        and not NO_SUM.search(column)
        and column not in NOT_ADDITIVE
    ]
    # Doubles are rounded: their sum depends on the order of the rows.
    sums = "".join(
        f", round(sum({identifier(column)}), {DIGITS})::decimal(38, {DIGITS})"
        if types[column] == "DOUBLE"
        else f", sum({identifier(column)})"
        for column in added
    )
    label = f"coalesce({identifier(currency)}, 'unknown')" if currency else "''"
    table = f"{database}.{identifier(name)}"
    found = {
        (label, ROWS): Decimal(count)
        for label, count in connection.execute(
            f"select {label}, count(*) from {table} group by all order by all"
        ).fetchall()
    }
    for row in connection.execute(
        f"select {label}{sums} from {table} where {WHOLE.get(name, 'true')}"
        " group by all order by all"
    ).fetchall():
        for column, amount in zip(added, row[1:], strict=True):
            found[(row[0], column)] = Decimal(amount or 0)
    return found


def other_rows(connection: duckdb.DuckDBPyConnection, name: str, types: dict[str, str]) -> int:
    """Count the rows that were not there before: money that moved within a total shows here."""
    values = ", ".join(
        f"round({identifier(column)}, {DIGITS})" if data_type == "DOUBLE" else identifier(column)
        for column, data_type in types.items()
    )
    table = identifier(name)
    row = connection.execute(
        f"select count(*) from (select {values} from after.{table}"
        f" except all select {values} from before.{table})"
    ).fetchone()
    return int(row[0]) if row else 0


def sentences(found: Comparison) -> Iterator[str]:
    """Say in words what moved, and what did not."""
    same = [mart.name for mart in found.marts if mart.is_same]
    if len(same) == len(found.marts) and not (found.gone or found.new):
        yield f"Nothing changed: {len(same)} tables have the same columns, rows and totals."
        return
    for word, names in (("New tables", found.new), ("Tables gone", found.gone)):
        if names:
            yield f"{word}: {', '.join(names)}"
    for mart in found.marts:
        for word, names in (("new", mart.columns_new), ("gone", mart.columns_gone)):
            if names:
                yield f"{mart.name}: {word} columns {', '.join(names)}"
        if mart.other_rows:
            yield f"{mart.name}: {mart.other_rows:,} of {mart.row_count:,} rows are new or differ"
    if same:
        yield f"The same: {', '.join(same)}"


def markdown(found: Comparison) -> str:
    """Write what moved for a pull request."""
    parts = ["### What this does to the published numbers\n"]
    parts += [f"- {sentence}" for sentence in sentences(found)]
    table = [(mart.name, *cells(total)) for mart in found.marts for total in mart.changed]
    if table:
        parts += ["", f"| {' | '.join(HEADER)} |", "| --- | --- | --- | ---: | ---: | ---: |"]
        parts += [f"| {' | '.join(row)} |" for row in table]
    return "\n".join(parts)


def cells(total: Total) -> tuple[str, str, str, str, str]:
    """Write a total for people."""
    return (
        total.currency, total.column, shown(total.before), shown(total.after),
        shown(total.difference, "+"),
    )  # fmt: skip


def shown(amount: Number, sign: str = "") -> str:
    """Write a number with as many decimals as it has, two at least for what is not whole."""
    if amount is None:
        return "–"
    whole = amount == amount.to_integral_value()
    text = f"{amount:{sign},.{0 if whole else DIGITS}f}"
    # A difference below the digits shown is still one.
    return text if whole or text.strip("+-0.,") else f"{amount:{sign}.1e}"


def main(
    before: Annotated[Path, typer.Argument(help="The folder `published` of the one build.")],
    after: Annotated[Path, typer.Argument(help="The folder `published` of the other.")],
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown.")] = False,
) -> None:
    """Show the totals of every published table that differ between two publications."""
    try:
        found = compare(before, after)
    except CloudbillError as error:
        show.tell_error(str(error))
        raise typer.Exit(error.exit_code) from error
    if as_markdown:
        print(markdown(found))
        return
    for sentence in sentences(found):
        show.tell(sentence)
    table = Table(*HEADER, box=None, header_style="bold")
    for mart in found.marts:
        for total in mart.changed:
            table.add_row(mart.name, *cells(total))
    if table.rows:
        show.console.print(table)


if __name__ == "__main__":
    typer.run(main)
