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
from itertools import groupby
from pathlib import Path
from threading import Event, Thread
from typing import Any, Literal

import duckdb

from cloudbill.config import Config, Export
from cloudbill.delivered.files import Bill, Listing
from cloudbill.delivered.kinds import KINDS
from cloudbill.delivered.locations import ChangedError, Location, open_location
from cloudbill.errors import USAGE, CloudbillError
from cloudbill.lake import superseded
from cloudbill.lake.history import record_loads
from cloudbill.lake.index import LakeFile, dataset_in_rows, lake_files, write_index
from cloudbill.landing.land import Label, connect, convert, land, write
from cloudbill.lists.load import load_lists
from cloudbill.schema import DERIVED, PROJECT, Schema, Table, load_schema
from cloudbill.sql import coalesce, identifier, literals
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
    location: Location

    @property
    def addresses(self) -> set[str]:
        """The delivered files."""
        return {item.address for item in self.bill.files}

    @property
    def name(self) -> str:
        """What messages call the bill."""
        return self.bill.files[0].address if self.bill.files else self.location.address

    @property
    def work(self) -> int:
        """Bytes to download, if any, and to land."""
        return self.bill.size * (1 if self.location.store is None else 2)


@dataclass
class Meter:
    """Bytes and rows that a load has behind it, of how many bytes."""

    total: int
    report: Callable[[Progress], None] | None
    done: int = 0
    rows: int = 0
    next: int = 0
    """What is done when the bill at hand is."""

    @contextmanager
    def watch(self, con: duckdb.DuckDBPyConnection, job: Job) -> Iterator[None]:
        """Report while queries land a bill."""
        if self.report is None:
            yield
            return
        # Only now: DuckDB spends a twentieth of a load on knowing how far it is.
        con.execute("set enable_progress_bar = true")
        con.execute("set enable_progress_bar_print = false")
        ended = Event()

        def poll() -> None:
            share = 0.0
            while not ended.wait(0.2):
                # The largest so far: small queries follow the large one.
                share = max(share, min(1.0, con.query_progress() / 100))
                self.tell(job, int(job.bill.size * share))

        poller = Thread(target=poll, daemon=True)
        poller.start()
        try:
            yield
        finally:
            ended.set()
            poller.join()

    def count(self, job: Job, rows: int) -> None:
        """A bill is behind."""
        self.done = self.next
        self.rows += rows
        self.tell(job, 0)

    def fetched(self, job: Job, count: int) -> None:
        """Some bytes are downloaded."""
        self.done += count
        self.tell(job, 0)

    def tell(self, job: Job, further: int) -> None:
        """Report how far it is."""
        if self.report:
            done = self.done + further
            self.report(Progress(job.export.name, job.bill.key, done, self.total, self.rows))


def load(
    config: Config,
    workspace: Workspace,
    on_event: Callable[[Progress], None] | None = None,
    project: Path = PROJECT,
) -> list[LoadResult]:
    """Land every bill whose current version is not the one in the lake."""
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
        landed = lake_files(con, workspace)
        current: set[tuple[str, str, str]] = set()
        read: set[str] = set()
        jobs: list[Job] = []
        for export in config.bills:
            if export.kind not in schema:
                raise CloudbillError(f"No sources.yml describes {export.kind}.")
            if not export.counts:
                results += leave_out(landed, export)
                continue
            jobs += plan(export, schema[export.kind], results)
        waiting: list[Job] = []
        for job in jobs:
            # What a newer version that is not in the lake yet leaves of this one, is seen later.
            is_open = any(job.bill.newer & other.addresses for other in waiting)
            if not is_open and (known := known_before(con, workspace, job, landed, current)):
                read |= job.addresses
                results += known
            else:
                waiting.append(job)
        meter = Meter(sum(job.work for job in waiting), on_event)
        for export, own in groupby(waiting, key=lambda job: job.export):
            told = datasets_beside(con, workspace, export, schema[export.kind])
            for job in own:
                meter.next = meter.done + job.work
                landed = lake_files(con, workspace) if job.bill.newer else []
                outcome = known_before(con, workspace, job, landed, current) or land_job(
                    con, workspace, job, told=told, current=current, meter=meter
                )
                if outcome[0].status not in ("refused", "skipped"):
                    read |= job.addresses
                meter.count(job, sum(result.rows for result in outcome))
                results += outcome
        results += settle(con, workspace, schema, config, current=current, read=read)
        record_loads(con, workspace, schema)
        shutil.rmtree(workspace.temporary, ignore_errors=True)
    order = {export.name: number for number, export in enumerate(config.bills)}
    results.sort(key=lambda result: (order.get(result.export, 0), result.bill or ""))
    return results + lists


def settle(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    schema: Schema,
    config: Config,
    *,
    current: set[tuple[str, str, str]],
    read: set[str],
) -> list[LoadResult]:
    """Deal with bills in the lake that are not among the delivered ones."""
    exports = {export.name: export for export in config.bills}
    results = []
    for file in lake_files(con, workspace):
        if (file.kind, file.export, file.bill) in current:
            continue
        if file.sources and file.sources <= read:
            remove(file)
            why = "removed: its files hold no lines of it any more"
            results.append(LoadResult(file.export, file.bill, "changed", reason=why))
        elif file.kind in schema:
            results += update(con, workspace, schema[file.kind], file, exports)
    return results


def leave_out(landed: list[LakeFile], export: Export) -> list[LoadResult]:
    """Take an export that bills.yml says not to count out of the lake."""
    for file in landed:
        if file.export == export.name:
            remove(file)
    why = "not loaded: bills.yml says that it does not count."
    return [LoadResult(export.name, None, "skipped", reason=why)]


def remove(file: LakeFile) -> None:
    """Take a bill out of the lake."""
    file.path.unlink()
    file.path.parent.rmdir()


def plan(export: Export, table: Table, results: list[LoadResult]) -> list[Job]:
    """The bills of an export, as they are delivered now."""
    try:
        location = open_location(export.location, export.endpoint)
        listing = Listing(location.items(), location.read, location.bucket)
        found = KINDS[export.kind].find_bills(listing, export.dataset)
    except CloudbillError as error:
        results.append(LoadResult(export.name, None, "refused", reason=str(error)))
        return []
    results += [LoadResult(export.name, None, "skipped", reason=why) for why in found.skipped]
    results += [LoadResult(export.name, key, "skipped", reason=why) for key, why in found.waiting]
    results += [LoadResult(export.name, key, "refused", reason=why) for key, why in found.refused]
    jobs = []
    for bill in found.bills:
        source = fingerprint(item.state for item in bill.files)
        version = version_of(source, stated_of(export, bill), table)
        jobs.append(Job(export, table, bill, source, version, location))
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


def known_before(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: Job,
    landed: list[LakeFile],
    current: set[tuple[str, str, str]],
) -> list[LoadResult]:
    """What needs no reading: bills in the lake, or an older version of one; else nothing."""
    if known := unchanged(job, landed):
        current |= {(file.kind, file.export, file.bill) for file in known}
        return [
            LoadResult(job.export.name, file.bill, "unchanged", count(con, file.path))
            for file in known
        ]
    if not job.bill.newer:
        return []
    days = superseded.noted(workspace, job.export).get(job.version, {})
    return older_version(con, workspace, job, days)


def older_version(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, job: Job, days: superseded.Days
) -> list[LoadResult]:
    """A version that a newer one in the lake stands for; nothing if none does."""
    newer = superseded.newer_version(con, workspace, job.export, job.table, job.bill, days)
    if newer is None:
        return []
    why = f"{job.name} is not read: {min(newer.sources)} is a newer version of {newer.bill}."
    return [LoadResult(job.export.name, newer.bill, "skipped", reason=why)]


def land_job(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    job: Job,
    *,
    told: dict[str, str],
    current: set[tuple[str, str, str]],
    meter: Meter,
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
        "sources": json.dumps(sorted(job.addresses)),
        "loaded_at": datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" "),
    }
    written = workspace.temporary / "landed" / "bill.parquet"
    label = Label(export.name, bill.key, export.currency)
    fetched = workspace.temporary / "fetched"
    files: tuple[Path, ...] = ()
    try:
        files = job.location.fetch(bill.files, fetched, lambda count: meter.fetched(job, count))
        with meter.watch(con, job):
            land(
                con,
                KINDS[export.kind],
                job.table,
                files=files,
                label=label,
                facts=facts,
                target=written,
            )
        job.location.check_unchanged(bill.files)
        check_rows(con, job, written)
        check_dataset(con, job, told, written)
        keys = [bill.key] if bill.key else bills_in(con, written)
        if not keys:
            why = f"{job.name} has no lines, and its path states no period."
            return [LoadResult(export.name, None, "skipped", reason=why)]
        if bill.newer or bill.older:
            days = superseded.days_in(con, job.table, written)
            if older := older_version(con, workspace, job, days):
                superseded.note(workspace, export, job.version, days)
                return older
            superseded.check_days(con, workspace, export, job.table, bill, days)
        for key in keys:
            if (export.kind, export.name, key) in current:
                raise CloudbillError(
                    f"{job.name} holds lines of {key}, as another file or folder of"
                    f" '{export.name}' does: keep only the current version, else its charges"
                    " would be counted twice."
                )
        results = []
        bills = split(con, written, keys, facts)
        for key, path in bills.items():
            check_delivered_once(con, workspace, job, key, path)
        for key, path in bills.items():
            target = bill_path(workspace, export.kind, export.name, key)
            status: Status = "changed" if target.exists() else "new"
            rows, cost = totals(con, job.table, path)
            replace(path, target)
            current.add((export.kind, export.name, key))
            results.append(LoadResult(export.name, key, status, rows, cost))
        return results
    except CloudbillError as error:
        why = str(error)
        for path, item in zip(files, bill.files, strict=False):
            why = why.replace(str(path), item.address)
        refused: Status = "skipped" if isinstance(error, ChangedError) else "refused"
        return [LoadResult(export.name, bill.key, refused, reason=why)]
    finally:
        shutil.rmtree(fetched, ignore_errors=True)


def check_rows(con: duckdb.DuckDBPyConnection, job: Job, written: Path) -> None:
    """The manifest counts the lines."""
    expected = job.bill.rows
    if expected is not None and (rows := count(con, written)) != expected:
        raise CloudbillError(
            f"{job.name} and its parts have {rows:,} lines, and the manifest says {expected:,}:"
            " deliver or copy it again, whole."
        )


def check_delivered_once(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, job: Job, key: str, written: Path
) -> None:
    """The same charges under two names would be counted twice."""
    rows = count(con, written)
    if not rows or job.export.may_repeat:
        return
    for other in lake_files(con, workspace, f"{job.export.kind}/export=*/bill={key}"):
        if other.export == job.export.name or other.facts["scope"] == job.export.scope:
            continue
        if count(con, other.path) == rows and same_lines(con, job.table, written, other.path):
            raise CloudbillError(
                f"{job.name} holds the same charges as {other.bill} of '{other.export}': they"
                f" would be counted twice; keep one of them, or `cloudbill forget {other.export}`,"
                " or say `may_repeat: true` in bills.yml if that is meant."
            )


def same_lines(con: duckdb.DuckDBPyConnection, table: Table, *paths: Path) -> bool:
    """Whether two landed files hold the same lines, in whatever order and under whatever id."""
    present = [set(con.sql(f"select * from {rows_of(path)}").columns) for path in paths]
    if present[0] != present[1]:
        return False
    own = {*DERIVED, "identity_line_item_id"}
    listed = ", ".join(identifier(name) for name in sorted(present[0] - own))
    sums = [
        con.execute(f"select sum(hash({listed})::hugeint) from {rows_of(path)}").fetchone()
        for path in paths
    ]
    return sums[0] == sums[1]


def datasets_beside(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, export: Export, table: Table
) -> dict[str, str]:
    """What the other exports of a scope are of: an export by dataset."""
    if not KINDS[export.kind].dataset:
        return {}
    told = {}
    for file in lake_files(con, workspace):
        if (file.kind, file.facts["scope"]) == (export.kind, export.scope):
            if file.export == export.name:
                continue
            if dataset := file.facts["dataset"] or dataset_in_rows(con, table, file.path):
                told[dataset] = file.export
    return told


def check_dataset(
    con: duckdb.DuckDBPyConnection, job: Job, told: dict[str, str], written: Path
) -> None:
    """Two exports of one scope must not tell the same thing: it would be counted twice."""
    if not told:
        return
    stated = stated_of(job.export, job.bill)["dataset"]
    dataset = stated or dataset_in_rows(con, job.table, written)
    if other := told.get(dataset or ""):
        raise CloudbillError(
            f"'{job.export.name}' and '{other}' have the same scope '{job.export.scope}' and both"
            f" hold {dataset} cost: give one another scope, or forget the other with"
            f" `cloudbill forget {other}`."
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
    currencies = [f"nullif({name}, '')" for name in table.currencies if name in present]
    rows = con.execute(
        f"select {coalesce([*currencies, 'stated_currency'])} as currency,"
        f" coalesce(sum({table.amount(present)}), 0), count(*)"
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
        convert(
            con,
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
            remove(file)
        return len(files)


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


def bill_path(workspace: Workspace, kind: str, export: str, bill: str) -> Path:
    """Where a bill lies in the lake."""
    return workspace.lake / kind / f"export={export}" / f"bill={bill}" / "bill.parquet"


def replace(written: Path, target: Path) -> None:
    """Put a file in its place in one step, durably."""
    target.parent.mkdir(parents=True, exist_ok=True)
    written.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a landed bill, from its footer."""
    # No parameters in a load: with the first one, DuckDB imports pandas, in half a second.
    row = con.execute(f"select num_rows from parquet_file_metadata({literals([path])})").fetchone()
    return row[0] if row else 0


def rows_of(path: Path) -> str:
    """A landed file in SQL."""
    return f"read_parquet({literals([path])}, hive_partitioning = false)"
