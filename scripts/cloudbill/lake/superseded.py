"""Versions of an export whose paths state no month: which of them a newer one stands for.

Only their rows tell the month, so what was read of an older one is noted beside the bills of its
export; else every load would read every version again.
"""

import json
from pathlib import Path

import duckdb

from cloudbill.config import Export
from cloudbill.delivered.files import Bill
from cloudbill.errors import CloudbillError
from cloudbill.lake.index import LakeFile, lake_files
from cloudbill.schema import Table
from cloudbill.sql import literals
from cloudbill.workspace import Workspace

Days = dict[str, list[str]]
"""Days with lines, by bill."""


def days_in(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Days:
    """The days that a landed file has lines of."""
    rows = f"read_parquet({literals([path])}, hive_partitioning = false)"
    present = set(con.sql(f"select * from {rows}").columns)
    dates = ", ".join(name for name in table.dates if name in present)
    found = con.execute(
        f"select bill, list(distinct coalesce({dates})::date::varchar) from {rows} group by bill"
    ).fetchall()
    return {bill: [day for day in days if day] for bill, days in found}


def newer_version(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    export: Export,
    table: Table,
    bill: Bill,
    days: Days,
) -> LakeFile | None:
    """The newer version in the lake that has all days of this one; none unless all months have."""
    newer = None
    for key, own in days.items():
        folder = f"{export.kind}/export={export.name}/bill={key}"
        newer = next(iter(lake_files(con, workspace, folder)), None)
        if newer is None or not newer.sources <= set(bill.newer):
            return None
        if not set(own) <= set(days_in(con, table, newer.path).get(key, [])):
            return None
    return newer


def check_days(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    export: Export,
    table: Table,
    bill: Bill,
    days: Days,
) -> None:
    """Runs of a month are cumulative: what lacks a day of an older one is no newer version."""
    for key, own in days.items():
        for other in lake_files(con, workspace, f"{export.kind}/export={export.name}/bill={key}"):
            lacks = set(days_in(con, table, other.path).get(key, [])) - set(own)
            if lacks and other.sources <= set(bill.older):
                raise CloudbillError(
                    f"{bill.files[0].address} was written after {min(other.sources)} and has no"
                    f" lines of {min(lacks)}, which that one has, so that nothing tells which is"
                    f" the current version of {key}: keep only that one."
                )


def noted(workspace: Workspace, export: Export) -> dict[str, Days]:
    """What is known of older versions, by version."""
    path = _path(workspace, export)
    known: dict[str, Days] = json.loads(path.read_text()) if path.exists() else {}
    return known


def note(workspace: Workspace, export: Export, version: str, days: Days) -> None:
    """Remember what an older version holds."""
    path = _path(workspace, export)
    written = workspace.temporary / path.name
    written.write_text(json.dumps({**noted(workspace, export), version: days}))
    path.parent.mkdir(parents=True, exist_ok=True)
    written.replace(path)


def _path(workspace: Workspace, export: Export) -> Path:
    return workspace.lake / export.kind / f"export={export.name}" / "superseded.json"
