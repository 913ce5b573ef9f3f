"""One bill, in whatever format it was delivered, as one typed Parquet file."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cloudbill import casts
from cloudbill.errors import CloudbillError
from cloudbill.exports import Kind
from cloudbill.readers import (
    Delivered,
    Reader,
    check_whole,
    file_format,
    identifier,
    literal,
    open_readers,
)
from cloudbill.schema import DERIVED, Table


@dataclass(frozen=True)
class Column:
    """A column of the lake as one reader gives it."""

    name: str
    key: str | None
    delivered: Delivered
    sql: str


@dataclass(frozen=True)
class Label:
    """What every row says about its bill."""

    export: str
    bill: str | None
    currency: str | None


def connect(temporary: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that spills to the workspace when a bill exceeds the memory."""
    spill = temporary / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    settings = {
        "memory_limit": os.environ.get("CLOUDBILL_MEMORY", "4GB"),
        "preserve_insertion_order": "false",
        "temp_directory": str(spill),
        "TimeZone": "UTC",
        "enable_progress_bar": "true",
        "enable_progress_bar_print": "false",
    }
    con = duckdb.connect()
    for name, value in settings.items():
        con.execute(f"set {name} = {literal(value)}")
    return con


def land(
    con: duckdb.DuckDBPyConnection,
    kind: Kind,
    table: Table,
    files: tuple[Path, ...],
    label: Label,
    facts: dict[str, str],
    target: Path,
) -> None:
    """Write the files of a bill as one Parquet file, or say why they cannot be."""
    readers = open_readers(con, files)
    check_columns(table, kind, readers)
    with ThreadPoolExecutor(1) as pool:
        # Inflating beside the query costs little: DuckDB reads a gzip file with one thread.
        gzipped = [path for path in files if file_format(path)[1]]
        whole = [pool.submit(check_whole, path) for path in gzipped]
        try:
            write(con, select(table, kind, readers, label), facts, target)
        except duckdb.Error as error:
            for check in whole:
                check.result()
            if "Map keys must be unique" not in str(error):
                raise explained(con, table, kind, readers, error) from None
            lenient = select(table, kind, readers, label, doubled_keys=True)
            write(con, lenient, facts, target)
        for check in whole:
            check.result()


def explained(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    kind: Kind,
    readers: list[Reader],
    error: duckdb.Error,
) -> CloudbillError:
    """The error of a query as a sentence."""
    return CloudbillError(str(error).splitlines()[0])


def write(
    con: duckdb.DuckDBPyConnection,
    query: str,
    facts: dict[str, str],
    target: Path,
    partition_by: str | None = None,
) -> None:
    """Run a query into Parquet that is on disk when this returns: a file, or one per partition."""
    target.parent.mkdir(parents=True, exist_ok=True)
    noted = ", ".join(f"{name}: {literal(value)}" for name, value in facts.items())
    options = f"format parquet, compression zstd, kv_metadata {{{noted}}}"
    if partition_by:
        options += f", partition_by ({partition_by}), write_partition_columns true"
    con.execute(f"copy ({query}) to {literal(str(target))} ({options})")
    for path in target.rglob("*.parquet") if partition_by else [target]:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def convert(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    source: Path,
    currency: str,
    facts: dict[str, str],
    target: Path,
) -> None:
    """Write a landed bill in the current schema; nothing else about its rows changes."""
    reader = open_readers(con, (source,))[0]
    names: dict[str, str] = {}
    for delivered in reader.columns:
        name = table.headers.get(delivered.header, delivered.header)
        names[name] = typed_sql(table, delivered, name, table.columns.get(name, "varchar"))
    names["stated_currency"] = f"cast({literal(currency) if currency else 'null'} as varchar)"
    tags = names.get(table.tags or "")
    names["tag_set_id"] = f"md5(cast({tags} as varchar))" if tags else "cast(null as varchar)"
    listed = ", ".join(f"{sql} as {identifier(name)}" for name, sql in names.items())
    try:
        write(con, f"select {listed} from {reader.relation}", facts, target)
    except duckdb.Error as error:
        raise CloudbillError(
            f"{source} cannot be converted to the current schema and its source is gone:"
            f" {str(error).splitlines()[0]}"
        ) from None


def check_columns(table: Table, kind: Kind, readers: list[Reader]) -> None:
    """A date and a cost are all that a bill must have."""
    for reader in (reader for reader in readers if reader.columns):
        names = {spelled(table, kind, column.header)[0] for column in reader.columns}
        for what, candidates in (("date", table.dates), ("cost", table.costs)):
            if not names.intersection(candidates):
                headers = ", ".join(column.header for column in reader.columns[:5])
                raise CloudbillError(
                    f"{reader.files[0]} has no {what} column ({', '.join(candidates)}), so it is"
                    f" no {table.kind} bill; its columns are {headers}, ...: correct the kind or"
                    " the location in bills.yml."
                )


def spelled(table: Table, kind: Kind, header: str) -> tuple[str, str | None]:
    """Column (and key in it) for a delivered header."""
    name, key = kind.column(header)
    name = table.headers.get(header.strip().lower()) or table.headers.get(name) or name
    return (f"delivered_{name}" if name in DERIVED or not name else name), key


def columns(
    table: Table, kind: Kind, reader: Reader, *, doubled_keys: bool = False
) -> list[Column]:
    """The columns of the lake that a reader gives, typed."""
    typed = []
    for delivered in reader.columns:
        name, key = spelled(table, kind, delivered.header)
        target = "varchar" if key else table.columns.get(name, "varchar")
        map_key = kind.map_key if name == table.tags else None
        sql = typed_sql(table, delivered, name, target, key=map_key, doubled_keys=doubled_keys)
        typed.append(Column(name, key, delivered, sql))
        for further, sql in kind.derived(delivered.header, delivered.sql, delivered.shape).items():
            typed.append(Column(further, None, delivered, f"cast({sql} as {table.columns[further]})"))
    return typed


def typed_sql(
    table: Table,
    delivered: Delivered,
    name: str,
    target: str,
    *,
    key: Callable[[str], str] | None = None,
    doubled_keys: bool = False,
) -> str:
    """SQL of a delivered column in the type of its column in the lake."""
    keep_empty = name in table.keep_empty
    value, shape = delivered.sql, delivered.shape
    if shape == "text":
        return casts.from_text(
            value, target, keep_empty=keep_empty, key=key, doubled_keys=doubled_keys
        )
    if target.startswith("map("):
        if shape == "map":
            return casts.tidy_map(
                f"cast({value} as {target})", target, keep_empty=keep_empty, key=key
            )
        if shape == "json":
            value = f"""from_json({value}, '[{{"key": "varchar", "value": "varchar"}}]')"""
        if shape in ("list", "json"):
            entry = "{'key': cast(e.key as varchar), 'value': cast(e.value as varchar)}"
            entries = f"list_transform({value}, lambda e: {entry})"
            return casts.tidy_entries(
                entries, target, keep_empty=keep_empty, key=key, doubled=True
            )
    if target == "varchar" and shape in ("list", "map"):
        return f"cast(to_json({value}) as varchar)"
    return f"cast({value} as {target})"


def select(
    table: Table,
    kind: Kind,
    readers: list[Reader],
    label: Label,
    *,
    doubled_keys: bool = False,
) -> str:
    """The query that gives a bill's rows as they land."""
    names: dict[str, None] = {}
    parts = []
    for reader in readers:
        merged = merge(columns(table, kind, reader, doubled_keys=doubled_keys))
        names |= dict.fromkeys(merged)
        listed = ", ".join(f"{sql} as {identifier(name)}" for name, sql in merged.items())
        parts.append(f"select {listed or 'null as nothing'} from {reader.relation}")
    if not names:
        parts = [f"select {', '.join(f'null::{t} as {n}' for n, t in table.columns.items() if n not in DERIVED)} where false"]
        names = dict.fromkeys(name for name in table.columns if name not in DERIVED)
    lines = "\nunion all by name\n".join(parts)
    period = billing_period(table, kind, names, label)
    bill = literal(label.bill) if label.bill else bill_key(kind, table, names, period)
    tags = f"md5(cast({table.tags} as varchar))" if table.tags in names else "cast(null as varchar)"
    currency = literal(label.currency) if label.currency else "null"
    return f"""
select
    cast({literal(label.export)} as varchar) as export,
    cast({bill} as varchar) as bill,
    {period} as billing_period,
    cast({currency} as varchar) as stated_currency,
    {tags} as tag_set_id,
    lines.*
from ({lines}) as lines"""


def merge(typed: list[Column]) -> dict[str, str]:
    """SQL by column: those that share a name are coalesced, those with keys fold into their map."""
    plain: dict[str, list[str]] = {}
    folded: dict[str, dict[str, list[str]]] = {}
    for column in typed:
        if column.key is None:
            plain.setdefault(column.name, []).append(column.sql)
        else:
            folded.setdefault(column.name, {}).setdefault(column.key, []).append(column.sql)
    merged = {name: coalesce(sql) for name, sql in plain.items()}
    for name, keys in folded.items():
        entries = ", ".join(
            f"{{'key': {literal(key)}, 'value': {coalesce(sql)}}}"
            for key, sql in sorted(keys.items())
        )
        merged[name] = casts.tidy_entries(f"[{entries}]", casts.TAGS)
    return merged


def coalesce(sql: Iterable[str]) -> str:
    """The first that is there."""
    listed = list(sql)
    return listed[0] if len(listed) == 1 else f"coalesce({', '.join(listed)})"


def billing_period(table: Table, kind: Kind, names: Iterable[str], label: Label) -> str:
    """YYYY-MM: stated by the line, else by the path, else the month of the date."""
    stated = [period_of(name, table) for name in table.billing_periods if name in set(names)]
    if label.bill and not kind.bill_columns:
        stated.append(literal(label.bill))
    dated = [f"strftime({name}, '%Y-%m')" for name in table.dates if name in set(names)]
    return coalesce(stated + dated)


def period_of(name: str, table: Table) -> str:
    """A column that states the period, as YYYY-MM."""
    if table.columns[name] != "varchar":
        return f"strftime({name}, '%Y-%m')"
    digits = f"replace({name}, '-', '')"
    return f"if(len({digits}) >= 6, {digits}[:4] || '-' || {digits}[5:6], null)"


def bill_key(kind: Kind, table: Table, names: Iterable[str], period: str) -> str:
    """The key of the bill that a row belongs to, when no path states it."""
    found = set(names)
    candidates = [name for name in kind.bill_columns if name in found]
    if not candidates:
        return period
    days = (
        name
        if table.columns.get(name, "varchar") != "varchar"
        else casts.from_text(name, "timestamp")
        for name in candidates
    )
    return f"strftime({coalesce(days)}, '%Y-%m-%d')"
