"""Which versions of each bill were loaded, and what they cost by service: lake/loads.parquet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import duckdb

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.lake.files import LakeFile, lake_files
from cloudbill.lake.store import replace
from cloudbill.landing.land import write
from cloudbill.schema import Schema, Table
from cloudbill.sql import coalesce, literal, parquet
from cloudbill.workspace import Workspace

COLUMNS = {
    "kind": "varchar",
    "export": "varchar",
    "bill": "varchar",
    "version": "varchar",
    "loaded_at": "timestamp",
    "billing_period": "varchar",
    "service_name": "varchar",
    "billing_currency": "varchar",
    "line_count": "bigint",
    "cost": "decimal(38, 18)",
}


@dataclass(frozen=True)
class Load:
    """One version of a bill, as it was loaded."""

    bill: str
    loaded_at: datetime
    version: str
    rows: int
    cost: dict[str | None, Decimal]
    """By currency."""
    changes: dict[tuple[str | None, str | None], Decimal]
    """Of cost against the version before, by service and currency, where there is any."""


def record_loads(con: duckdb.DuckDBPyConnection, workspace: Workspace, schema: Schema) -> None:
    """Note every bill in the lake that is not noted yet.

    A load does so before it changes anything, too, so that none is lost when it is killed.
    """
    listed = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
    con.execute(f"create or replace temp table loads ({listed})")
    if workspace.history.exists():
        try:
            con.execute(f"insert into loads from {parquet(workspace.history)}")
        except duckdb.Error:
            raise CloudbillError(
                f"{workspace.history} is damaged: restore it from a backup, or move it away, and"
                " the history begins anew with what is in the lake."
            ) from None
    rows = con.execute("select distinct export, bill, loaded_at from loads").fetchall()
    # As Python writes times: DuckDB leaves out zeros at the end of a fraction.
    known = {(export, bill, str(loaded_at)) for export, bill, loaded_at in rows}
    new = [
        file
        for file in lake_files(con, workspace)
        if file.kind in schema and (file.export, file.bill, _loaded_at(file)) not in known
    ]
    for file in new:
        con.execute(f"insert into loads {_totals(con, schema[file.kind], file)}")
    if new or not workspace.history.exists():
        written = workspace.temporary / "loads.parquet"
        write(con, "from loads order by all", {"kind": "loads"}, written)
        replace(written, workspace.history)


def history(workspace: Workspace, export: str) -> Iterator[Load]:
    """The loads of an export, bill by bill, from the first to the last."""
    con = duckdb.connect()
    relation = parquet(workspace.history)
    exports = [name for (name,) in con.sql(f"select distinct export from {relation}").fetchall()]
    if export not in exports:
        raise CloudbillError(
            f"No bill of '{export}' was ever loaded; there are loads of"
            f" {', '.join(sorted(exports)) or 'no export'}.",
            USAGE,
        )
    rows = con.execute(
        "select bill, loaded_at, version, service_name, billing_currency, sum(line_count)::bigint,"
        f" sum(cost) from {relation} where export = ? group by all order by bill, loaded_at",
        [export],
    ).fetchall()
    before: dict[tuple[str, str | None, str | None], Decimal] = {}
    for bill, loaded_at, version in dict.fromkeys((row[0], row[1], row[2]) for row in rows):
        lines = [row for row in rows if row[:3] == (bill, loaded_at, version)]
        costs = {(row[3], row[4]): row[6] for row in lines}
        totals: dict[str | None, Decimal] = {}
        for (_, currency), cost in costs.items():
            totals[currency] = totals.get(currency, Decimal(0)) + cost
        old = {key[1:]: cost for key, cost in before.items() if key[0] == bill}
        changes = {
            key: costs.get(key, Decimal(0)) - old.get(key, Decimal(0)) for key in {**old, **costs}
        }
        changes = {key: change for key, change in changes.items() if change and old}
        yield Load(bill, loaded_at, version, sum(row[5] for row in lines), totals, changes)
        before = {key: cost for key, cost in before.items() if key[0] != bill}
        before |= {(bill, *key): cost for key, cost in costs.items()}


def _loaded_at(file: LakeFile) -> str:
    return str(datetime.fromisoformat(file.facts["loaded_at"]))


def _totals(con: duckdb.DuckDBPyConnection, table: Table, file: LakeFile) -> str:
    rows = parquet(file.path)
    present = set(con.sql(f"select * from {rows}").columns)

    def first(names: tuple[str, ...], *others: str) -> str:
        listed = [f"nullif({name}, '')" for name in names if name in present]
        return coalesce([*listed, *others]) if listed or others else "null"

    noted = ", ".join(
        literal(text)
        for text in (file.kind, file.export, file.bill, file.facts["version"], _loaded_at(file))
    )
    # A bill without lines is a version too.
    return f"""
        select
            {noted}, coalesce(billing_period, {literal(file.bill[:7])}), service_name, currency,
            coalesce(line_count, 0), coalesce(cost, 0)
        from (select 1) left join (
            select
                billing_period,
                {first(table.services)} as service_name,
                upper({first(table.currencies, "stated_currency")}) as currency,
                count(*) as line_count,
                sum({table.amount(present)}) as cost
            from {rows}
            group by all
        ) on true"""
