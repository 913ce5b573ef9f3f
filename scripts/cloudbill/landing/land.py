"""One bill, in whatever format it was delivered, as one typed Parquet file."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from cloudbill.delivered.kinds import Kind
from cloudbill.errors import CloudbillError
from cloudbill.landing import casts
from cloudbill.landing.archives import unpacked
from cloudbill.landing.diagnosis import explain, shortened, undated
from cloudbill.landing.gzips import inflating
from cloudbill.landing.readers import Delivered, Reader, file_format, open_readers
from cloudbill.landing.recognition import looks_like
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce, identifier, literal, literals


@dataclass(frozen=True)
class Column:
    """A column of the lake as one reader gives it."""

    name: str
    key: str | None
    """Set when the column folds into a map."""
    sql: str


@dataclass(frozen=True)
class Label:
    """What every row says about its bill."""

    export: str
    bill: str | None
    """The month, or the ingestion day, that its path states."""
    currency: str | None
    days: tuple[str, str] | None = None
    """The days that its path or manifest states: a line of another day is of another month."""


def connect(temporary: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that spills to the workspace when a bill exceeds the memory."""
    spill = temporary / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    settings = {
        "memory_limit": os.environ.get("CLOUDBILL_MEMORY", "3GB"),
        "preserve_insertion_order": "false",
        "temp_directory": str(spill),
        "TimeZone": "UTC",
    }
    con = duckdb.connect()
    casts.create_macros(con)
    for name, value in settings.items():
        con.execute(f"set {name} = {literal(value)}")
    return con


def land(
    con: duckdb.DuckDBPyConnection,
    kind: Kind,
    table: Table,
    *,
    files: tuple[Path, ...],
    label: Label,
    facts: dict[str, str],
    target: Path,
    names: tuple[str, ...] = (),
    columns_kept: Collection[str] = (),
) -> None:
    """Write the files of a bill as one Parquet file, or say why they cannot be.

    Each line says which of the files it is from, by their `names`. With `columns_kept`, only these
    columns are written, for a look that costs less.
    """
    folder = target.parent / "unpacked"
    called = dict(zip(files, names or map(str, files), strict=True))
    with unpacked(files, folder) as inner:
        for path in inner:
            if path not in called:
                called[path] = called[files[int(path.relative_to(folder).parts[0])]]
        land_files(
            con,
            kind,
            table,
            files=inner,
            label=label,
            facts=facts,
            target=target,
            names=called,
            columns_kept=columns_kept,
        )


def land_files(
    con: duckdb.DuckDBPyConnection,
    kind: Kind,
    table: Table,
    *,
    files: tuple[Path, ...],
    label: Label,
    facts: dict[str, str],
    target: Path,
    names: Mapping[Path, str],
    columns_kept: Collection[str] = (),
) -> None:
    """Write files that are no archives."""

    def typed(delivered: Delivered) -> tuple[str, str]:
        name, key = spelled(table, kind, delivered.header)
        type_ = table.columns.get(name, "varchar") if key is None else "varchar"
        return type_, typed_sql(table, present(kind, delivered), name, doubled_keys=True)

    def copied(*, doubled_keys: bool = False) -> None:
        with inflating(formats["csv"], formats["json"]) as pipes:
            readers = open_readers(con, files, pipes)
            check_columns(table, kind, readers)
            query = select(table, kind, readers, label, names, doubled_keys=doubled_keys)
            if columns_kept:
                kept = [n for n in con.sql(f"from ({query})").columns if n in columns_kept]
                query = f"select {', '.join(map(identifier, kept))} from ({query})"
            write(con, query, facts, target)

    formats: dict[str, list[Path]] = {"csv": [], "json": []}
    for path in files:
        format_, is_gzip = file_format(path)
        if is_gzip:
            formats[format_].append(path)
    try:
        try:
            copied()
        except duckdb.Error as error:
            if "Map keys must be unique" not in str(error):
                raise
            copied(doubled_keys=True)
    except duckdb.Error as error:
        raise explain(files, typed, error) from None
    unplaced = con.execute(
        f"select count(*) from read_parquet({literals([target])}, hive_partitioning = false)"
        " where bill is null or billing_period is null"
    ).fetchone()
    if unplaced != (0,):
        raise undated(files, typed, lambda header: spelled(table, kind, header)[0] in table.dates)


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
    # Bloom filters take a twentieth of the time, and whatever reads the lake reads whole bills.
    options = "format parquet, compression zstd, write_bloom_filter false"
    options += f", kv_metadata {{{noted}}}"
    if partition_by:
        options += f", partition_by ({partition_by}), write_partition_columns true"
    con.execute(f"copy ({query}) to {literal(str(target))} ({options})")
    for path in target.rglob("*.parquet") if partition_by else [target]:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def convert(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    *,
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
        names[name] = typed_sql(table, delivered, name)
    names["stated_currency"] = f"cast({literal(currency) if currency else 'null'} as varchar)"
    names["tag_set_id"] = tag_set_id(names.get(table.tags or ""))
    names.setdefault("source_file", "cast(null as varchar)")
    try:
        write(con, f"select {listed(names)} from {reader.relation}", facts, target)
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
                headers = ", ".join(shortened(column.header) for column in reader.columns[:5])
                if other := looks_like(column.header for column in reader.columns):
                    raise CloudbillError(
                        f"{reader.files[0]} looks like {other}, and is no {table.kind} bill:"
                        " correct the kind or the location in bills.yml, or take the file away."
                    )
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
    for delivered in (present(kind, column) for column in reader.columns):
        name, key = spelled(table, kind, delivered.header)
        if key is None:
            sql = typed_sql(table, delivered, name, kind.map_key, doubled_keys=doubled_keys)
        else:
            sql = f"cast({delivered.sql} as varchar)"
        typed.append(Column(name, key, sql))
        for further, sql in kind.derived(delivered.header, delivered.sql, delivered.shape).items():
            typed.append(Column(further, None, f"cast({sql} as {table.columns[further]})"))
    return typed


def present(kind: Kind, delivered: Delivered) -> Delivered:
    """The column with the text that stands for an absent value as NULL."""
    if kind.absent is None or delivered.shape != "text":
        return delivered
    return replace(delivered, sql=f"nullif({delivered.sql}, {literal(kind.absent)})")


def typed_sql(
    table: Table,
    delivered: Delivered,
    name: str,
    map_key: Callable[[str], str] | None = None,
    *,
    doubled_keys: bool = False,
) -> str:
    """SQL of a delivered column in the type of its column in the lake."""
    target = table.columns.get(name, "varchar")
    value, shape = delivered.sql, delivered.shape
    if not target.startswith("map("):
        if shape == "text":
            return casts.from_text(value, target)
        if target == "varchar" and shape in ("list", "map"):
            value = f"to_json({value})"
        return casts.from_number(value, shape, target)
    if shape == "json":
        value = casts.pair_list(value)
    if shape in ("list", "json"):
        entries = casts.pair_entries(value)
    elif name != table.tags and not doubled_keys:
        # Only the tags are compared whole; an absent value reads like an absent key.
        return casts.from_text(value, target) if shape == "text" else casts.from_map(value, target)
    elif shape == "text":
        entries = casts.json_entries(value)
        if not doubled_keys:
            entries = f"map_entries({casts.from_text(value, target)})"
    else:
        entries = f"map_entries({casts.from_map(value, target)})"
    tidy = casts.tidy_map(
        entries,
        keep_empty=name in table.keep_empty,
        key=map_key if name == table.tags else None,
        doubled_keys=doubled_keys,
    )
    return f"cast({tidy} as {target})"


def select(
    table: Table,
    kind: Kind,
    readers: list[Reader],
    label: Label,
    called: Mapping[Path, str],
    *,
    doubled_keys: bool = False,
) -> str:
    """The query that gives a bill's rows as they land."""
    names: dict[str, None] = {}
    parts = []
    for reader in (reader for reader in readers if reader.columns):
        merged = merge(columns(table, kind, reader, doubled_keys=doubled_keys))
        names |= dict.fromkeys(merged)
        listed_files = ", ".join(literal(called[path]) for path in reader.files)
        merged["source_file"] = f"([{listed_files}])[cast(file_index as bigint) + 1]"
        parts.append(lines_of(table, kind, reader, merged, doubled_keys=doubled_keys))
    if not parts:
        names = dict.fromkeys(name for name in table.columns if name not in DERIVED)
        absent = {name: f"cast(null as {table.columns[name]})" for name in names}
        absent["source_file"] = "cast(null as varchar)"
        parts.append(f"select {listed(absent)}, {tag_set_id(None)} as tag_set_id where false")
    lines = "\nunion all by name\n".join(parts)
    period = billing_period(table, kind, names, label)
    bill = bill_key(kind, table, names, period)
    if label.bill and kind.bill_columns:
        bill = literal(label.bill)
    maps = [name for name in names if table.columns.get(name, "").startswith("map(")]
    filled = {name: f"if(cardinality({name}) > 0, {name}, null)" for name in maps}
    return f"""
select
    cast({literal(label.export)} as varchar) as export,
    cast({bill} as varchar) as bill,
    {period} as billing_period,
    cast({literal(label.currency) if label.currency else "null"} as varchar) as stated_currency,
    tag_set_id,
    source_file,
    lines.* exclude (tag_set_id, source_file) {f"replace ({listed(filled)})" if maps else ""}
from ({lines}) as lines"""


def lines_of(
    table: Table, kind: Kind, reader: Reader, merged: dict[str, str], *, doubled_keys: bool
) -> str:
    """The query that gives a reader's rows, and the id of the tags of each."""
    tags = [d for d in reader.columns if spelled(table, kind, d.header) == (table.tags, None)]
    if reader.format != "parquet" or len(tags) != 1:
        lines = f"select {listed(merged)} from {reader.relation}"
        own = tag_set_id(table.tags if table.tags in merged else None)
        return f"select *, {own} as tag_set_id from ({lines})"
    # Parquet gives a column alone for little, and lines share their tags with many others.
    delivered = present(kind, tags[0])
    once = replace(delivered, sql='"delivered tags"')
    tidy = typed_sql(table, once, str(table.tags), kind.map_key, doubled_keys=doubled_keys)
    merged = {**merged, str(table.tags): '"tidy tags"'}
    return f"""
select {listed(merged)}, "tag set id" as tag_set_id
from {reader.relation}
left join (
    select *, {tag_set_id('"tidy tags"')} as "tag set id"
    from (
        select "delivered tags", {tidy} as "tidy tags"
        from (select distinct {delivered.sql} as "delivered tags" from {reader.relation})
    )
) on "delivered tags" is not distinct from {delivered.sql}"""


def listed(columns: dict[str, str]) -> str:
    """Columns (SQL by name) as a query lists them."""
    return ", ".join(f"{sql} as {identifier(name)}" for name, sql in columns.items())


def tag_set_id(tags: str | None) -> str:
    """The same for equal tags, on every machine."""
    if tags is None:
        return "cast(null as varchar)"
    return f"if(cardinality({tags}) > 0, md5(cast({tags} as varchar)), null)"


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
        merged[name] = casts.wide_map({key: coalesce(sql) for key, sql in keys.items()})
    return merged


def billing_period(table: Table, kind: Kind, names: Iterable[str], label: Label) -> str:
    """YYYY-MM: stated by the line, else by the path, else the month of the date."""
    stated = [period_of(name, table) for name in table.billing_periods if name in set(names)]
    days = [name for name in table.dates if name in set(names)]
    if label.bill and not kind.bill_columns:
        claimed = literal(label.bill)
        if label.days and days:
            first, last = map(literal, label.days)
            day = f"cast({coalesce(days)} as date)"
            claimed = f"if({day} between {first}::date and {last}::date, {claimed}, null)"
        stated.append(claimed)
    dated = [kind.month(name) for name in days]
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
