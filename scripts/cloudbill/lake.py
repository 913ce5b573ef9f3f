"""The lake: one whole file per bill, replaced in one step."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread
from typing import Any, Literal

import duckdb

from cloudbill.azure_prices import land_lists
from cloudbill.config import Config, Export
from cloudbill.errors import USAGE, CloudbillError
from cloudbill.exports import KINDS
from cloudbill.exports.files import Bill
from cloudbill.index import LakeFile, dataset_in_rows, lake_files, write_index
from cloudbill.landing import Label, coalesce, connect, convert, land, write
from cloudbill.readers import literals
from cloudbill.schema import PROJECT, Schema, Table, load_schema
from cloudbill.workspace import Workspace, locked

__all__ = ["LoadResult", "Progress", "Workspace", "forget", "load", "write_index"]

Status = Literal["new", "changed", "unchanged", "refused", "skipped"]


@dataclass(frozen=True)
class LoadResult:
    """What became of one bill."""

    export: str
    bill: str | None
    status: Status
    rows: int = 0
    cost: dict[str | None, Decimal] = field(default_factory=dict)
    """By currency; None where no currency is known."""
    reason: str | None = None


@dataclass(frozen=True)
class Progress:
    """How far a load is, in bytes of source files."""

    export: str
    bill: str | None
    bytes_done: int
    bytes_total: int
    rows: int


@dataclass(frozen=True)
class Job:
    """A bill to be landed."""

    export: Export
    table: Table
    bill: Bill
    source: str
    """Fingerprint of the delivered files."""
    version: str


class Meter:
    """Reports progress while a query runs."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, jobs: list[Job], report: Callable[[Progress], None]
    ) -> None:
        self.con = con
        self.report = report
        self.total = sum(size(job.bill) for job in jobs)
        self.done = 0
        self.rows = 0

    @contextmanager
    def measure(self, job: Job) -> Iterator[None]:
        """Report until the bill has landed."""
        ended = Event()

        def tell(share: float) -> None:
            done = self.done + int(size(job.bill) * share)
            self.report(Progress(job.export.name, job.bill.key, done, self.total, self.rows))

        def watch() -> None:
            while not ended.wait(0.2):
                tell(max(0.0, min(1.0, self.con.query_progress() / 100)))

        watcher = Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()
            self.done += size(job.bill)
            tell(0.0)


def load(
    config: Config,
    workspace: Workspace,
    on_event: Callable[[Progress], None] = lambda progress: None,
    project: Path = PROJECT,
) -> list[LoadResult]:
    """Land every bill whose current version is not the one in the lake."""
    schema = load_schema(project)
    results: list[LoadResult] = []
    with locked(workspace):
        shutil.rmtree(workspace.temporary, ignore_errors=True)
        con = connect(workspace.temporary)
        write_schema_files(con, workspace, schema)
        lists = [
            LoadResult(name, None, status, rows, reason=reason)
            for name, rows, status, reason in land_lists(con, workspace, config)
        ]
        landed = lake_files(con, workspace)
        current: set[tuple[str, str, str]] = set()
        read: set[str] = set()
        jobs: list[Job] = []
        for export in config.bills:
            if export.kind not in schema:
                raise CloudbillError(f"No sources.yml describes {export.kind}.")
            jobs += plan(export, schema[export.kind], results)
        waiting = []
        for job in jobs:
            if known := unchanged(job, landed):
                read |= set(map(str, job.bill.files))
                for file in known:
                    current.add((file.kind, file.export, file.bill))
                    results.append(
                        LoadResult(job.export.name, file.bill, "unchanged", count(con, file.path))
                    )
            else:
                waiting.append(job)
        meter = Meter(con, waiting, on_event)
        for job in waiting:
            with meter.measure(job):
                outcome = land_job(con, workspace, schema, job, current)
            if outcome[0].status != "refused":
                read |= set(map(str, job.bill.files))
            meter.rows += sum(result.rows for result in outcome)
            results += outcome
        exports = {export.name: export for export in config.bills}
        for file in lake_files(con, workspace):
            if (file.kind, file.export, file.bill) in current:
                continue
            if file.sources & read:
                file.path.unlink()
                file.path.parent.rmdir()
                why = "removed: its files hold no lines of it any more"
                results.append(LoadResult(file.export, file.bill, "changed", reason=why))
            elif file.kind in schema:
                results += update(con, workspace, schema[file.kind], file, exports)
        shutil.rmtree(workspace.temporary, ignore_errors=True)
    order = {export.name: number for number, export in enumerate(config.bills)}
    results.sort(key=lambda result: (order.get(result.export, 0), result.bill or ""))
    return results + lists


def plan(export: Export, table: Table, results: list[LoadResult]) -> list[Job]:
    """The bills of an export, as they are delivered now."""
    try:
        found = KINDS[export.kind].find_bills(export.path)
    except CloudbillError as error:
        results.append(LoadResult(export.name, None, "refused", reason=str(error)))
        return []
    results += [LoadResult(export.name, None, "skipped", reason=why) for why in found.skipped]
    results += [LoadResult(export.name, key, "refused", reason=why) for key, why in found.refused]
    jobs = []
    for bill in found.bills:
        source = fingerprint(
            [str(path.relative_to(export.path.parent)), stat.st_size, stat.st_mtime_ns]
            for path, stat in ((path, path.stat()) for path in bill.files)
        )
        jobs.append(Job(export, table, bill, source, version_of(source, stated_of(export, bill), table)))
    return jobs


def stated_of(export: Export, bill: Bill) -> dict[str, str]:
    """What bills.yml, or else a manifest, states about a bill."""
    return {
        "scope": export.scope,
        "dataset": export.dataset or bill.dataset or "",
        "currency": export.currency or "",
    }


def version_of(source: str, stated: dict[str, str], table: Table) -> str:
    """What a landed bill depends on: its files, what is stated about them, and the schema."""
    return fingerprint([source, stated, table.fingerprint])


def fingerprint(facts: Iterable[Any]) -> str:
    """A short text that differs when the facts do."""
    return hashlib.md5(json.dumps(list(facts)).encode()).hexdigest()


def unchanged(job: Job, landed: Iterable[LakeFile]) -> list[LakeFile]:
    """The bills in the lake that come from the very files of the job; none if any is missing."""
    known = {
        file.bill: file
        for file in landed
        if file.kind == job.export.kind
        and file.export == job.export.name
        and file.facts.get("version") == job.version
    }
    if job.bill.key is not None:
        return [known[job.bill.key]] if job.bill.key in known else []
    siblings = {sibling for file in known.values() for sibling in file.siblings}
    return list(known.values()) if siblings <= set(known) else []


def size(bill: Bill) -> int:
    """Bytes of the delivered files."""
    return sum(path.stat().st_size for path in bill.files)


def land_job(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    schema: Schema,
    job: Job,
    current: set[tuple[str, str, str]],
) -> list[LoadResult]:
    """Land a bill beside the lake, and move it in when it is whole and right."""
    export, bill = job.export, job.bill
    facts = {
        "kind": export.kind,
        "export": export.name,
        **stated_of(export, bill),
        "source": job.source,
        "schema": job.table.fingerprint,
        "version": job.version,
        "sources": json.dumps([str(path) for path in bill.files]),
        "loaded_at": datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" "),
    }
    written = workspace.temporary / "landed" / "bill.parquet"
    label = Label(export.name, bill.key, export.currency)
    try:
        land(con, KINDS[export.kind], job.table, bill.files, label, facts, written)
        check_dataset(con, workspace, schema, export, written, facts["dataset"])
        keys = [bill.key] if bill.key else bills_in(con, written)
        if not keys:
            why = f"{bill.files[0]} has no lines, and its path states no period."
            return [LoadResult(export.name, None, "skipped", reason=why)]
        for key in keys:
            if (export.kind, export.name, key) in current:
                raise CloudbillError(
                    f"{bill.files[0]} holds lines of {key}, as another file or folder of"
                    f" '{export.name}' does: keep only the current version, else its charges"
                    " would be counted twice."
                )
        results = []
        for key, path in split(con, written, keys, facts).items():
            target = bill_path(workspace, export.kind, export.name, key)
            status: Status = "changed" if target.exists() else "new"
            rows, cost = totals(con, job.table, path)
            replace(path, target)
            current.add((export.kind, export.name, key))
            results.append(LoadResult(export.name, key, status, rows, cost))
        return results
    except CloudbillError as error:
        return [LoadResult(export.name, bill.key, "refused", reason=str(error))]


def check_dataset(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    schema: Schema,
    export: Export,
    written: Path,
    stated: str,
) -> None:
    """Two exports of one scope must not tell the same thing: it would be counted twice."""
    if not KINDS[export.kind].dataset:
        return
    dataset = stated or dataset_in_rows(con, schema[export.kind], written)
    for other in lake_files(con, workspace):
        if other.facts["scope"] != export.scope or other.export == export.name:
            continue
        told = other.facts["dataset"] or dataset_in_rows(con, schema[other.kind], other.path)
        if dataset and told == dataset:
            raise CloudbillError(
                f"'{export.name}' and '{other.export}' have the same scope '{export.scope}' and"
                f" both hold {dataset} cost: give one another scope, or forget it with"
                f" `cloudbill forget {other.export}`."
            )


def bills_in(con: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """The keys of the bills that a landed file holds lines of."""
    rows = con.execute(f"select distinct bill from {rows_of(path)} order by bill").fetchall()
    return [key for (key,) in rows]


def split(
    con: duckdb.DuckDBPyConnection, path: Path, keys: list[str], facts: dict[str, str]
) -> dict[str, Path]:
    """One file for each key."""
    if len(keys) == 1:
        return {keys[0]: path}
    facts = {**facts, "siblings": json.dumps(keys)}
    folder = path.parent / "split"
    con.execute("set threads = 1")  # one file for each key
    write(con, f"select * from {rows_of(path)}", facts, folder, partition_by="bill")
    con.execute("reset threads")
    return {key: next((folder / f"bill={key}").iterdir()) for key in keys}


def totals(
    con: duckdb.DuckDBPyConnection, table: Table, path: Path
) -> tuple[int, dict[str | None, Decimal]]:
    """Rows, and cost by currency, of a landed bill."""
    present = set(con.sql(f"select * from {rows_of(path)}").columns)
    costs = [name for name in table.costs if name in present]
    currencies = [f"nullif({name}, '')" for name in table.currencies if name in present]
    rows = con.execute(
        f"select {coalesce([*currencies, 'stated_currency'])} as currency,"
        f" coalesce(sum({coalesce(costs)}), 0), count(*)"
        f" from {rows_of(path)} group by all order by all"
    ).fetchall()
    return sum(lines for *_, lines in rows), {currency: cost for currency, cost, _ in rows}


def update(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    table: Table,
    file: LakeFile,
    exports: dict[str, Export],
) -> list[LoadResult]:
    """Convert a bill whose source is gone when the schema, or what is stated of it, changed."""
    stated = {name: file.facts[name] for name in ("scope", "dataset", "currency")}
    export = exports.get(file.export)
    if export and export.kind == file.kind:
        stated["scope"], stated["currency"] = export.scope, export.currency or ""
        stated["dataset"] = export.dataset or stated["dataset"]
    version = version_of(file.facts["source"], stated, table)
    if version == file.facts["version"]:
        return []
    facts = {**file.facts, **stated, "version": version, "schema": table.fingerprint}
    written = workspace.temporary / "converted" / "bill.parquet"
    try:
        convert(con, table, file.path, stated["currency"], facts, written)
    except CloudbillError as error:
        return [LoadResult(file.export, file.bill, "refused", reason=str(error))]
    replace(written, file.path)
    why = "its files are gone; what was loaded from them is kept, in the current schema"
    return [LoadResult(file.export, file.bill, "changed", count(con, file.path), reason=why)]


def forget(workspace: Workspace, name: str, billing_period: str | None = None) -> int:
    """Remove an export, or one billing period of it, from the lake; the number of bills removed."""
    with locked(workspace):
        con = connect(workspace.temporary)
        files = [file for file in lake_files(con, workspace) if file.export == name]
        if billing_period:
            files = [file for file in files if file.bill[:7] == billing_period]
        if not files:
            known = sorted({file.export for file in lake_files(con, workspace)})
            raise CloudbillError(
                f"The lake holds no bill of '{name}'"
                + (f" for {billing_period}" if billing_period else "")
                + f"; it holds bills of {', '.join(known) or 'no export'}.",
                USAGE,
            )
        for file in files:
            file.path.unlink()
            file.path.parent.rmdir()
        return len(files)


def write_schema_files(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, schema: Schema
) -> None:
    """A file without rows has every known column, so that what no bill delivers is NULL."""
    for table in schema.values():
        target = bill_path(workspace, table.kind, "__schema__", "__schema__")
        if target.exists():
            known = con.execute(
                "select decode(value) from parquet_kv_metadata(?) where decode(key) = 'schema'",
                [str(target)],
            ).fetchone()
            if known == (table.fingerprint,):
                continue
        columns = ", ".join(f"cast(null as {t}) as {name}" for name, t in table.columns.items())
        written = workspace.temporary / "schema" / "bill.parquet"
        write(con, f"select {columns} where false", {"schema": table.fingerprint}, written)
        replace(written, target)


def bill_path(workspace: Workspace, kind: str, export: str, bill: str) -> Path:
    """Where a bill lies in the lake."""
    return workspace.lake / kind / f"export={export}" / f"bill={bill}" / "bill.parquet"


def replace(written: Path, target: Path) -> None:
    """Put a file in its place in one step, durably."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(written, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a landed bill, from its footer."""
    row = con.execute(
        "select num_rows from parquet_file_metadata(?)", [str(path)]
    ).fetchone()
    return row[0] if row else 0


def rows_of(path: Path) -> str:
    """A landed file in SQL."""
    return f"read_parquet({literals([path])}, hive_partitioning = false)"
