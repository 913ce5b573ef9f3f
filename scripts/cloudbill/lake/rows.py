"""Landed rows in SQL, and what tells their lines and charges apart."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.lake.evidence import day_sql, start_sql
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce, identifier

MOST = 0.5
"""Of the charges that two could both have; parts of an account have few in common."""
NEARLY_ALL = 0.9
"""Of a file's lines, those of which no other is for the same at the same time, or that are longer
than a day, as all are in a monthly report but for single fees."""
TIMES = ("date", "timestamp")
"""Types of columns that say when."""
OF_A_VERSION = frozenset({"identity_line_item_id", "bill_invoice_id", "invoiceid"})
"""Columns that differ between versions of one line."""


@dataclass(frozen=True)
class Rows:
    """Landed rows in SQL."""

    table: Table
    relation: str
    present: frozenset[str]


def rows_in(con: duckdb.DuckDBPyConnection, table: Table, relation: str) -> Rows:
    """Rows with the columns that they have."""
    return Rows(table, relation, frozenset(con.sql(f"select * from {relation}").columns))


def columns_of(rows: Rows, without: Collection[str] = ()) -> str:
    """All that a line says, but where it lies, what loaded it, and these columns.

    The text of a list is spelled differently in each format; what is read from it is not.
    """
    names = rows.present - {*DERIVED, *rows.table.lists, *without}
    return ", ".join(identifier(name) for name in sorted(names) if not is_of_a_loader(rows, name))


def is_of_a_loader(rows: Rows, name: str) -> bool:
    """Whether a column is no export's: loaders begin theirs so (_fivetran_synced, _dlt_load_id)."""
    return name.startswith("_") and name not in rows.table.columns


def what_and_when(rows: Rows) -> str:
    """What another price leaves as it is, in any letter case; a description may tell it."""
    kind, columns = KINDS[rows.table.kind], rows.table.columns
    told = {*kind.owners, *kind.payers, *kind.charge, *kind.dataset_columns}
    told |= {name for name, of in columns.items() if of in TIMES}
    names = sorted(n for n in told & rows.present if not n.endswith(("description", "ordername")))
    return ", ".join(f"lower(cast({identifier(name)} as varchar))" for name in names)


def charge_columns(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> list[str]:
    """What both say of a charge."""
    keys = KINDS[one.table.kind].charge
    names = [name for name in keys if name in one.present and name in other.present]
    return told_in_both(con, one, other, names)


def but_for_spelling(
    con: duckdb.DuckDBPyConnection, one: Rows, other: Rows, keys: list[str]
) -> Iterator[list[str]]:
    """What both say of a charge (`keys`) but for one of which they have no value in common.

    It may be spelled in another way on each line: a portal's charge types, a category in another
    language, a service by its code. Two that say something else remain, beside the resource.
    """
    others = [key for key in keys if key not in KINDS[one.table.kind].resources]
    for key in others if len(others) > 2 else ():
        values = [f"select lower({identifier(key)}) from {rows.relation}" for rows in (one, other)]
        shared = con.execute(f"select 1 from ({' intersect '.join(values)}) limit 1")
        if not shared.fetchone():
            yield [name for name in keys if name != key]


def told_in_both(
    con: duckdb.DuckDBPyConnection, one: Rows, other: Rows, names: list[str]
) -> list[str]:
    """Those of some columns that have a value in both."""
    if not names:
        return []
    listed = ", ".join(f"count(nullif(cast({identifier(n)} as varchar), '')) > 0" for n in names)
    told = [
        con.execute(f"select {listed} from {rows.relation}").fetchone() or ()
        for rows in (one, other)
    ]
    return [name for name, *has in zip(names, *told, strict=True) if all(has)]


def of_loading(
    con: duckdb.DuckDBPyConnection, one: Rows, other: Rows, names: Iterable[str]
) -> set[str]:
    """Those of some columns of no export that are one time in each, and another: of loading."""
    further = sorted(name for name in names if name not in one.table.columns)
    if not further:
        return set()
    ends = ", ".join(
        f"{end}(cast({identifier(name)} as varchar))" for name in further for end in ("min", "max")
    )
    told = [
        con.execute(f"select {ends} from {rows.relation}").fetchone() or () for rows in (one, other)
    ]
    values = [
        dict(zip(further, zip(row[::2], row[1::2], strict=True), strict=True)) for row in told
    ]
    mine, theirs = values
    return {
        name
        for name in further
        if mine[name] != theirs[name] and all(is_one_time(*of[name]) for of in values)
    }


def is_one_time(first: str | None, last: str | None) -> bool:
    """Whether the least and the most of some texts are one time."""
    try:
        return first == last and bool(datetime.fromisoformat(first or ""))
    except ValueError:
        return False


def day_or_month(rows: Rows, when: str) -> str:
    """SQL of the day of a row, or of the first of its month."""
    day = day_sql(rows.table, set(rows.present))
    return f"cast(date_trunc('month', {day}) as date)" if when == "month" else day


def are_monthly(rows: Rows) -> str:
    """SQL of whether lines are those of a monthly report, where they say until when they are."""
    present = set(rows.present)
    ends = [f"cast({name} as timestamp)" for name in KINDS[rows.table.kind].ends if name in present]
    if not ends:
        return "false"
    is_long = f"{coalesce(ends)} - {start_sql(rows.table, present)} > interval 1 day"
    return f"coalesce(avg(cast({is_long} as integer)) >= {NEARLY_ALL}, false)"


def is_same_cost(one: str, other: str) -> str:
    """Whether two amounts differ by no more than how they were rounded and added."""
    return f"abs({one} - {other}) <= 1e-9 + 1e-6 * abs({other})"
