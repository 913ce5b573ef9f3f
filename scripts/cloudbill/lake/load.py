"""The lake: one whole file per bill, replaced in one step."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from cloudbill.config import Config, Export
from cloudbill.delivered.files import Listing, missing_parts
from cloudbill.delivered.kinds import KINDS
from cloudbill.delivered.locations import open_location
from cloudbill.errors import USAGE, CloudbillError
from cloudbill.lake.deliver import deliver
from cloudbill.lake.evidence import dataset_in_rows
from cloudbill.lake.exports import Lake, check_counted_once
from cloudbill.lake.files import LakeFile, lake_files
from cloudbill.lake.history import record_loads
from cloudbill.lake.index import write_index
from cloudbill.lake.reading import work_of
from cloudbill.lake.results import LoadResult, Meter, Progress
from cloudbill.lake.store import (
    bill_path,
    count,
    files_aside,
    put_aside,
    put_back,
    remove,
    replace,
)
from cloudbill.lake.way import Way, stated_in, version_of
from cloudbill.landing.land import connect, convert, write
from cloudbill.lists.clusters import clusters, forget_nodes
from cloudbill.lists.load import load_lists
from cloudbill.schema import PROJECT, Schema, Table, load_schema
from cloudbill.sql import literals
from cloudbill.workspace import Workspace, locked

__all__ = ["LoadResult", "Progress", "Workspace", "forget", "load", "write_index"]


def load(
    config: Config,
    workspace: Workspace,
    on_event: Callable[[Progress], None] | None = None,
    project: Path = PROJECT,
) -> list[LoadResult]:
    """Land every delivery that is not known yet, and compose the bills that it changes."""
    schema = load_schema(project)
    results: list[LoadResult] = []
    with locked(workspace):
        shutil.rmtree(workspace.temporary, ignore_errors=True)
        con = connect(workspace.temporary)
        write_schema_files(con, workspace, schema)
        record_loads(con, workspace, schema)
        lists = [
            LoadResult(found.name, found.part, found.status, found.rows, reason=found.reason)
            for found in load_lists(con, workspace, config)
        ]
        lake = Lake(con, workspace, schema)
        meter = Meter(on_event)
        ways = []
        for export in config.bills:
            if export.kind not in schema:
                raise CloudbillError(f"No sources.yml describes {export.kind}.")
            if not export.counts:
                results += leave_out(lake, export)
                continue
            results += take_back(lake, export)
            if why := of_another_kind(lake, export):
                results.append(LoadResult(export.name, None, "refused", reason=why))
            elif way := plan(con, lake, export, meter, results):
                ways.append(way)
                files = {item.address for of in way.found.deliveries for item in of.files}
                lake.delivered[export.name] = export.scope, files
        meter.total = sum(map(work_of, ways))
        read: set[tuple[str, str]] = set()
        for way in ways:
            results += deliver(way)
            read |= {(way.export.name, address) for address in way.read}
        current: set[tuple[str, str, str]] = {
            (way.export.kind, way.export.name, bill) for way in ways for bill in way.bills
        }
        results += settle(lake, config, current=current, read=read)
        record_loads(con, workspace, schema)
        write_index(workspace, project)
        shutil.rmtree(workspace.temporary, ignore_errors=True)
    order = {export.name: number for number, export in enumerate(config.bills)}
    results.sort(key=lambda result: (order.get(result.export, 0), result.bill or ""))
    return results + lists


def of_another_kind(lake: Lake, export: Export) -> str | None:
    """Why an export cannot be loaded whose name bills of another kind have in the lake.

    One name is one export everywhere: its bills of both kinds would be compared with nobody's.
    """
    files = [file for file in lake.files() if file.export == export.name]
    kinds = sorted({file.kind for file in files} - {export.kind})
    if not kinds:
        return None
    name = export.name
    remedy = (
        f"give the new export another name in bills.yml, or the old one with `cloudbill rename"
        f" {name} NEW`, so that the two are compared, or take the old one out with `cloudbill"
        f" forget {name}`."
    )
    if any(file.kind == export.kind for file in files):
        # An earlier version let both in.
        remedy = f"take both out with `cloudbill forget {name}`, and load again."
    return (
        f"'{name}' is {export.kind} in bills.yml, and the lake holds bills of this name that are"
        f" {' and '.join(kinds)}: {remedy}"
    )


def plan(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    export: Export,
    meter: Meter,
    results: list[LoadResult],
) -> Way | None:
    """What is delivered of an export now."""
    try:
        location = open_location(export.location, export.endpoint)
        listing = Listing(location.items(), location.read, location.bucket)
        found = KINDS[export.kind].find_bills(listing, export.dataset)
        found.skipped += missing_parts(listing, found)
    except CloudbillError as error:
        results.append(LoadResult(export.name, None, "refused", reason=str(error)))
        return None
    results += [LoadResult(export.name, None, "skipped", reason=why) for why in found.skipped]
    results += [LoadResult(export.name, key, "skipped", reason=why) for key, why in found.waiting]
    results += [LoadResult(export.name, key, "refused", reason=why) for key, why in found.refused]
    # A clock that was set back changes nothing: later loads come later.
    newest = con.execute("select max(loaded_at) from loads").fetchone() or (None,)
    now = datetime.now(UTC).replace(tzinfo=None)
    if newest[0]:
        now = max(now, newest[0] + timedelta(microseconds=1))
    loaded_at = now.isoformat(sep=" ")
    table = lake.schema[export.kind]
    return Way(con, lake.workspace, export, table, location, found, lake, meter, loaded_at)


def settle(
    lake: Lake,
    config: Config,
    *,
    current: set[tuple[str, str, str]],
    read: set[tuple[str, str]],
) -> list[LoadResult]:
    """Deal with bills in the lake that are not among the delivered ones."""
    exports = {export.name: export for export in config.bills}
    results = []
    for file in lake.files():
        if (file.kind, file.export, file.bill) in current:
            continue
        is_read = {(file.export, address) for address in file.sources} <= read
        if lake.has_moved(file):
            is_read = file.sources <= {address for _, address in read}
        if file.sources and is_read:
            remove(file)
            lake.changed()
            why = "removed: its files hold no lines of it any more, or newer ones have them all"
            results.append(LoadResult(file.export, file.bill, "changed", reason=why))
        elif file.kind in lake.schema:
            results += update(lake.con, lake.workspace, lake.schema[file.kind], file, exports)
    return results


def leave_out(lake: Lake, export: Export) -> list[LoadResult]:
    """Put an export that bills.yml says not to count aside: it may be all that is left of bills."""
    results = []
    for file in lake.files():
        if file.export == export.name:
            rows = count(lake.con, file.path)
            put_aside(lake.workspace, file)
            why = "put aside: bills.yml says that it does not count; it comes back without that"
            results.append(LoadResult(export.name, file.bill, "changed", rows, reason=why))
    lake.changed()
    why = "not loaded: bills.yml says that it does not count."
    return [*results, LoadResult(export.name, None, "skipped", reason=why)]


def take_back(lake: Lake, export: Export) -> list[LoadResult]:
    """Put what is aside of an export into the lake, but for charges that others have by now."""
    results = []
    for file in files_aside(lake.con, lake.workspace):
        if (file.kind, file.export) != (export.kind, export.name):
            continue
        try:
            if not file.is_whole:
                raise CloudbillError(file.damage)
            check_counted_once(lake, export, file, f"{file.bill} of '{export.name}'", None)
            put_back(lake.workspace, file)
        except CloudbillError as error:
            results.append(LoadResult(export.name, file.bill, "refused", reason=str(error)))
        lake.changed()
    return results


def update(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    table: Table,
    file: LakeFile,
    exports: dict[str, Export],
) -> list[LoadResult]:
    """Convert a bill whose source is gone when the schema, or what is stated of it, changed."""
    stated = stated_in(file.facts)
    export = exports.get(file.export)
    if export and export.kind == file.kind:
        stated["scope"], stated["currency"] = export.scope, export.currency or ""
        if export.dataset and export.dataset != stated["dataset"]:
            # Rows are evidence, and what bills.yml says is of what it names now.
            stated["dataset"] = dataset_in_rows(con, table, file.path) or export.dataset
    version = version_of(file.facts["source"], stated, table)
    if version == file.facts["version"]:
        return []
    facts = {**file.facts, **stated, "version": version, "schema": table.fingerprint}
    written = workspace.temporary / "converted" / "bill.parquet"
    try:
        convert(
            con,
            KINDS[file.kind],
            table,
            source=file.path,
            currency=stated["currency"],
            facts=facts,
            target=written,
        )
    except CloudbillError as error:
        return [LoadResult(file.export, file.bill, "refused", reason=str(error))]
    replace(written, file.path)
    why = "kept as it was loaded, and converted to the current schema"
    return [LoadResult(file.export, file.bill, "changed", count(con, file.path), reason=why)]


def forget(workspace: Workspace, name: str, billing_period: str | None = None) -> int:
    """Remove an export, or one billing period of it, from the lake; the number of bills removed."""
    with locked(workspace):
        con = connect(workspace.temporary)
        every = lake_files(con, workspace, also_damaged=True) + files_aside(con, workspace)
        files = [file for file in every if file.export == name]
        if billing_period:
            files = [file for file in files if billing_period in (file.bill, file.bill[:7])]
        if not files:
            known = sorted({file.export for file in every})
            raise CloudbillError(
                f"The lake holds no bill of '{name}'"
                + (f" for {billing_period}" if billing_period else "")
                + f"; it holds bills of {', '.join(known) or 'no export'}.",
                USAGE,
            )
        for file in files:
            remove(file)
        write_index(workspace)
        return len(files)


def forget_cluster(
    workspace: Workspace, name: str, billing_period: str | None = None, *, is_said: bool = False
) -> int:
    """Remove the node lists of a cluster from the lake; none where an export has the name.

    If the user says that it is a cluster, it is one whatever exports are called.
    """
    if is_said and billing_period:
        raise CloudbillError("Node lists are of no billing period: forget all of a cluster.", USAGE)
    with locked(workspace):
        con = connect(workspace.temporary)
        exports = {file.export for file in lake_files(con, workspace, also_damaged=True)}
        if not is_said and (billing_period or name in exports):
            return 0
        count = forget_nodes(workspace, name)
        if is_said and not count:
            known = ", ".join(clusters(workspace)) or "no cluster"
            why = f"The lake holds no node list of '{name}'; it holds those of {known}."
            raise CloudbillError(why, USAGE)
        return count


def complete_lake(workspace: Workspace) -> None:
    """Write what a build reads beside the bills, where an earlier version did not write it."""
    schema = load_schema(PROJECT)
    with locked(workspace):
        con = connect(workspace.temporary)
        write_schema_files(con, workspace, schema)
        record_loads(con, workspace, schema)


def write_schema_files(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, schema: Schema
) -> None:
    """A file without rows has every known column, so that what no bill delivers is NULL."""
    for table in schema.values():
        target = bill_path(workspace, table.kind, "__schema__", "__schema__")
        if target.exists():
            known = con.execute(
                f"select decode(value) from parquet_kv_metadata({literals([target])})"
                " where decode(key) = 'schema'"
            ).fetchone()
            if known == (table.fingerprint,):
                continue
        columns = ", ".join(f"cast(null as {t}) as {name}" for name, t in table.columns.items())
        written = workspace.temporary / "schema" / "bill.parquet"
        write(con, f"select {columns} where false", {"schema": table.fingerprint}, written)
        replace(written, target)
