"""What a change does to the numbers: two publications, side by side, row by row.

`python -m cloudbill.compare BEFORE AFTER [--markdown] [--same]` takes two `published` folders. CI
puts its answer on every pull request; with `--same` it proves that a restructuring moved nothing.
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

from cloudbill import safe
from cloudbill.errors import REFUSED, USAGE, CloudbillError
from cloudbill.read import show
from cloudbill.read.terminal import Table
from cloudbill.read.vm_report import NOT_ADDITIVE
from cloudbill.sql import identifier, literal

NUMBERS = ("DECIMAL", "DOUBLE", "BIGINT", "INTEGER", "HUGEINT")
# A sum of these says nothing: ratios, prices, factors, durations, distinct counts.
NO_SUM = re.compile(
    r"(percent|rate|price|factor|months|confidence|utilization|coverage|machines)$", re.IGNORECASE
)
# Rows that are parts of others would be counted again.
WHOLE = {"vm_cost_report": "granularity = 'month' and category = 'Total'"}
# Other in every build, whatever the numbers: fingerprints of rules and rows, times of the loads.
PASSING = re.compile(r"(unit_?id|charge_?id|loaded_at|Created|LastUpdated)$", re.IGNORECASE)
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
class Moved:
    """A column in which rows differ, and how much of it they have elsewhere; None if no number."""

    column: str
    amount: Number


@dataclass(frozen=True)
class Mart:
    """One published table in both publications."""

    name: str
    totals: list[Total]
    rows_gone: int
    """Rows that are only in the publication before."""
    rows_new: int
    """Rows that are only in the publication after."""
    moved: list[Moved]
    columns_gone: list[str]
    columns_new: list[str]
    """Also those of another type."""

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
        differences = (self.changed, self.rows_gone, self.rows_new, self.moved)
        return not any((*differences, self.columns_gone, self.columns_new))


@dataclass(frozen=True)
class Comparison:
    """Everything that differs between two publications."""

    marts: list[Mart]
    gone: list[str]
    new: list[str]

    @property
    def is_same(self) -> bool:
        """Tell whether nothing moved in any table."""
        return all(mart.is_same for mart in self.marts) and not (self.gone or self.new)


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
    shared = {
        column: data_type
        for column, data_type in now.items()
        if column in was and not PASSING.search(column)
    }
    return Mart(
        name,
        [
            Total(name, currency, column, before.get(key), after.get(key))
            for key in dict.fromkeys([*before, *after])
            for currency, column in [key]
        ],
        *other_rows(connection, name, shared),
        [column for column in was if column not in now],
        [
            column if column not in was else f"{column} ({data_type}, was {was[column]})"
            for column, data_type in now.items()
            if data_type != was.get(column)
        ],
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


def other_rows(
    connection: duckdb.DuckDBPyConnection, name: str, types: dict[str, str]
) -> tuple[int, int, list[Moved]]:
    """Count the rows that only one publication has, and tell in which columns they differ.

    Money that moved within a total shows here.
    """
    values = ", ".join(
        f"round({identifier(column)}, {DIGITS}) as {identifier(column)}"
        if data_type == "DOUBLE"
        else identifier(column)
        for column, data_type in types.items()
    )
    counts = []
    for side, other in (("before", "after"), ("after", "before")):
        table = identifier(name)
        connection.execute(
            f"create or replace temp table only_{side} as select {values} from {side}.{table}"
            f" except all select {values} from {other}.{table}"
        )
        counts.append(len(connection.table(f"only_{side}")))
    return counts[0], counts[1], moved(connection, types) if any(counts) else []


def moved(connection: duckdb.DuckDBPyConnection, types: dict[str, str]) -> list[Moved]:
    """Tell in which columns the rows of one publication differ from those of the other.

    A label differs where its values do; a number, where it does among the rows of the same labels.
    """
    numbers = [column for column, data_type in types.items() if data_type.startswith(NUMBERS)]
    labels = [column for column in types if column not in numbers]
    other = [column for column in labels if amount_elsewhere(connection, [column], "1")]
    same = [column for column in labels if column not in other]
    found = [Moved(column, None) for column in other]
    for column in numbers:
        if amount := amount_elsewhere(connection, same, identifier(column)):
            found.append(Moved(column, amount))
        elif amount_elsewhere(connection, [*same, column], "1"):
            found.append(Moved(column, None))
    return found


def amount_elsewhere(
    connection: duckdb.DuckDBPyConnection, labels: list[str], number: str
) -> Decimal:
    """Add up how far a number is from what it was, whichever way, for the rows of each label."""
    named = "".join(f"{identifier(label)}, " for label in labels)
    row = connection.execute(
        f"select sum(abs(amount)) from (select {named}sum(amount) as amount from"
        f" (select {named}-{number} as amount from only_before"
        f" union all select {named}{number} as amount from only_after) group by all)"
    ).fetchone()
    amount = row[0] if row else None
    return Decimal(repr(round(amount, 18)) if isinstance(amount, float) else amount or 0)


def sentences(found: Comparison) -> Iterator[str]:
    """Say in words what moved, and what did not."""
    same = [mart.name for mart in found.marts if mart.is_same]
    if found.is_same:
        yield f"Nothing changed: {len(same)} tables have the same columns, rows and totals."
        return
    for word, names in (("New tables", found.new), ("Tables gone", found.gone)):
        if names:
            yield f"{word}: {', '.join(names)}"
    for mart in found.marts:
        for word, names in (("new", mart.columns_new), ("gone", mart.columns_gone)):
            if names:
                yield f"{mart.name}: {word} columns {', '.join(names)}"
        if mart.rows_new or mart.rows_gone:
            columns = ", ".join(
                column if amount is None else f"{column} (by {shown(amount)})"
                for column, amount in ((found.column, found.amount) for found in mart.moved)
            )
            yield (
                f"{mart.name}: {mart.rows_new:,} of {mart.row_count:,} rows are new or differ,"
                f" {mart.rows_gone:,} are gone or differ, in {columns or 'how often they occur'}"
            )
    if same:
        yield f"The same: {', '.join(same)}"


def markdown(found: Comparison) -> str:
    """Write what moved for a pull request."""
    parts = ["### What this does to the published numbers\n"]
    parts += [f"- {sentence}" for sentence in sentences(found)]
    table = [
        (mart.name, safe.markdown(total.currency), *cells(total)[1:])
        for mart in found.marts
        for total in mart.changed
    ]
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
    same: Annotated[bool, typer.Option("--same", help="Fail if anything differs.")] = False,
) -> None:
    """Show what differs between two publications: tables, columns, rows and amounts."""
    try:
        found = compare(before, after)
    except CloudbillError as error:
        show.tell_error(str(error))
        raise typer.Exit(error.exit_code) from error
    if as_markdown:
        print(markdown(found))
    else:
        tell(found)
    if same and not found.is_same:
        raise typer.Exit(REFUSED)


def tell(found: Comparison) -> None:
    """Show what moved in a terminal."""
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
