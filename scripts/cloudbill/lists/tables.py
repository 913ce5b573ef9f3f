"""What all small lists share: each kind is one table of the lake, with its columns in sources.yml.

One list that cannot be read is told in a sentence, whatever is wrong with it, and leaves what was
there before; all others load.
"""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import yaml

from cloudbill.config import Invoice, Located
from cloudbill.delivered.files import MANIFEST
from cloudbill.delivered.locations import Item, Location, open_location
from cloudbill.errors import CloudbillError
from cloudbill.failures import refusal
from cloudbill.landing.archives import unpacked
from cloudbill.safe import redacted
from cloudbill.schema import PROJECT
from cloudbill.sql import literal, literals, parquet
from cloudbill.workspace import Workspace

LANDING = "3"
"""Raise this when lists land differently, so that unchanged ones are landed again."""
SOURCES = {
    "azure_price_sheets": "azure",
    "azure_subscriptions": "azure",
    "azure_reservations": "azure",
    "kubernetes_nodes": "kubernetes",
    "invoices": "invoices",
}
"""Whose sources.yml describes a table."""

Row = dict[str, Any]
Status = Literal["new", "changed", "unchanged", "refused", "skipped"]
Parse = Callable[[Path], Iterable[Row]]


@dataclass(frozen=True)
class Outcome:
    """What became of one list."""

    name: str
    rows: int
    status: Status
    reason: str | None = None
    part: str | None = None


@dataclass(frozen=True)
class Table:
    """A table of the lake while it is landed: what it holds, and what stays in it."""

    name: str
    known: dict[str, str]
    """Version by address of a file."""
    kept: set[str]
    changed: set[str]


@cache
def columns_of(table: str) -> dict[str, str]:
    """Types of a table's columns by name."""
    provider = SOURCES[table]
    path = PROJECT / "models" / "staging" / provider / f"_{provider}__sources.yml"
    sources = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["sources"]
    tables = {found["name"]: found for source in sources for found in source["tables"]}
    return {column["name"]: column["data_type"] for column in tables[table]["columns"]}


def land_table(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    name: str,
    listed: list[Located],
    parse: Parse,
) -> Iterator[Outcome]:
    """Land the files that bills.yml lists of one table.

    The lake holds the files that it lists now; where it lists none, those that it listed last.
    """
    write_empty_table(con, workspace, name)
    if not listed:
        return
    table = begin(con, workspace, name)
    yield from land_listed(con, workspace, table, listed, parse)
    end(con, workspace, table)


def land_listed(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    table: Table,
    listed: Iterable[Located | Invoice],
    parse: Parse,
) -> Iterator[Outcome]:
    """Land the files at some locations into a table that is in hand."""
    for entry in listed:
        try:
            location = open_location(entry.location, entry.endpoint)
            for item in location.items():
                if why := unread(item):
                    yield Outcome(item.name, 0, "skipped", why)
                else:
                    yield land_file(con, workspace, table, location, item, parse)
        except Exception as error:
            keep_below(table, entry.location)
            yield Outcome(
                redacted(entry.location), 0, "refused", str(refusal(entry.location, error))
            )


def unread(item: Item) -> str | None:
    """Why a file at a location is no list."""
    above = item.path.split("/")[1:]
    if any(part.startswith((".", "_")) for part in above) or MANIFEST.search(item.name):
        return f"{item.address} is not read: it is no list."
    if len(above) > 1:
        return f"{item.address} is not read: its folder is not listed in bills.yml."
    return None


def land_file(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    table: Table,
    location: Location,
    item: Item,
    parse: Parse,
    *,
    facts: Row | None = None,
    version: str | None = None,
) -> Outcome:
    """Land one file, unless it is known as it is now; a version tells so without reading it."""
    name, before = item.address, table.known.get(item.address)
    if before:
        table.kept.add(name)
    try:
        if version and before == version:
            return Outcome(item.name, rows_of(con, name), "unchanged")
        with fetched(workspace, location, item) as files:
            version = version or version_of(files)
            if before == version:
                return Outcome(item.name, rows_of(con, name), "unchanged")
            of_file = {**(facts or {}), "source_file": name, "version": version}
            rows = [{**row, **of_file} for path in files for row in parse(path)]
            insert(con, workspace, columns_of(table.name), name, rows)
    except Exception as error:
        return Outcome(item.name, 0, "refused", str(refusal(name, error)))
    table.kept.add(name)
    table.changed.add(name)
    return Outcome(item.name, len(rows), "changed" if before else "new")


@contextmanager
def fetched(workspace: Workspace, location: Location, item: Item) -> Iterator[tuple[Path, ...]]:
    """A listed file on this machine, archives unpacked; sentences name its own address."""
    folder = workspace.temporary / "lists"
    paths: tuple[Path, ...] = ()
    try:
        paths = location.fetch([item], folder / "fetched")
        with unpacked(paths, folder / "unpacked") as files:
            yield files
    except CloudbillError as error:
        sentence = str(error)
        for path in paths:
            sentence = sentence.replace(str(path), item.address)
        raise CloudbillError(sentence) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def version_of(files: Iterable[Path]) -> str:
    """Fingerprint of what files hold."""
    return fingerprint(hashlib.md5(path.read_bytes()).hexdigest() for path in files)


def fingerprint(facts: Iterable[Any]) -> str:
    """A short text that differs when the facts, or how lists land, do."""
    return hashlib.md5(json.dumps([LANDING, *facts]).encode()).hexdigest()


def begin(con: duckdb.DuckDBPyConnection, workspace: Workspace, name: str) -> Table:
    """Take what the lake holds of a table in hand."""
    rows = parquet(path_of(workspace, name))
    con.execute(f"create or replace temp table landed as from {rows}")
    known = con.execute("select distinct source_file, version from landed").fetchall()
    return Table(name, dict(known), set(), set())


def keep_below(table: Table, address: str) -> None:
    """Keep what was landed from a location."""
    below = redacted(address).rstrip("/") + "/"
    table.kept.update(name for name in table.known if f"{name}/".startswith(below))


def end(con: duckdb.DuckDBPyConnection, workspace: Workspace, table: Table) -> None:
    """Put the table back into the lake, if anything of it changed."""
    if not table.changed and set(table.known) <= table.kept:
        return
    listed = ", ".join(map(literal, sorted(table.kept))) or "null"
    write_table(
        con, workspace, table.name, f"from landed where source_file in ({listed}) order by all"
    )


def insert(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    columns: dict[str, str],
    name: str,
    rows: list[Row],
) -> None:
    """Put a file's rows among those landed, by way of a file: a sheet may have a million prices."""
    written = workspace.temporary / "rows.csv"
    written.parent.mkdir(parents=True, exist_ok=True)
    with written.open("w", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, list(columns)).writerows(rows)
    types = ", ".join(f"{literal(column)}: {literal(t)}" for column, t in columns.items())
    source = (
        f"read_csv({literals([written])}, columns = {{{types}}}, auto_detect = false,"
        " header = false, delim = ',', quote = '\"', escape = '\"')"
    )
    con.execute(f"create or replace temp table of_file as from {source}")
    con.execute(f"delete from landed where source_file = {literal(name)}")
    con.execute("insert into landed from of_file")
    written.unlink()


def rows_of(con: duckdb.DuckDBPyConnection, name: str) -> int:
    """Rows of one landed file."""
    row = con.execute(f"select count(*) from landed where source_file = {literal(name)}").fetchone()
    return row[0] if row else 0


def path_of(workspace: Workspace, name: str) -> Path:
    """Where a table of the lake lies."""
    return workspace.lake / f"{name}.parquet"


def write_empty_table(con: duckdb.DuckDBPyConnection, workspace: Workspace, name: str) -> None:
    """A table without rows has all columns, so that models build without any list."""
    if not path_of(workspace, name).exists():
        columns = columns_of(name).items()
        listed = ", ".join(f"cast(null as {type_}) as {column}" for column, type_ in columns)
        write_table(con, workspace, name, f"select {listed} where false")


def write_table(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, name: str, query: str
) -> None:
    """Replace a table of the lake in one step."""
    written = workspace.temporary / f"{name}.parquet"
    written.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"copy ({query}) to {literal(str(written))} (format parquet, compression zstd)")
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path_of(workspace, name))
