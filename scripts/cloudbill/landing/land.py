"""One bill, in whatever format it was delivered, as one typed Parquet file."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from cloudbill.delivered.kinds import Kind
from cloudbill.errors import USAGE, CloudbillError, NoChargesError
from cloudbill.landing import casts, checks, shapes
from cloudbill.landing.archives import named, unpacked
from cloudbill.landing.columns import Place, Rules, columns, typed_columns, typed_sql
from cloudbill.landing.diagnosis import explain, undated, unreadable_cells
from cloudbill.landing.gzips import inflating
from cloudbill.landing.readers import Reader, file_format, no_charges, open_readers
from cloudbill.landing.recognition import without_charges
from cloudbill.landing.shapes import Care
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce, identifier, literal, parquet


@dataclass(frozen=True)
class Label:
    """What every row says about its bill."""

    export: str
    bill: str | None
    """The month, or the ingestion day, that its path states."""
    currency: str | None
    days: tuple[str, str] | None = None
    """The days that its path or manifest states: a line of another day is of another month."""

    @property
    def within(self) -> tuple[str, str] | None:
        """Whether a `day`, or the period from a `first` day on, is of what the path states: SQL."""
        if self.days:
            start, end = (f"{literal(day)}::date" for day in self.days)
            of_period = f"first <= {end} and first + interval 1 month > {start}"
            return f"day between {start} and {end}", of_period
        if self.bill and re.fullmatch(r"\d{4}-\d\d(-\d\d)?", self.bill):
            month = literal(self.bill[:7])
            return f"strftime(day, '%Y-%m') = {month}", f"strftime(first, '%Y-%m') = {month}"
        return None


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
        try:
            con.execute(f"set {name} = {literal(value)}")
        except duckdb.Error:
            raise CloudbillError(
                f"CLOUDBILL_MEMORY is '{value}', which is no amount of memory: say how much a load"
                " may take, for example 4GB.",
                USAGE,
            ) from None
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
) -> list[str]:
    """Write the files of a bill as one Parquet file, or say why they cannot be.

    Each line says which of the files it is from, by their `names`. With `columns_kept`, only these
    columns are written, for a look that costs less. Gives what there is to say of a bill that
    landed: which cells could not be read.
    """
    rules = Rules(table, kind)
    origins: dict[Path, str] = {}
    folder = target.parent / "unpacked"
    called = dict(zip(files, names or map(str, files), strict=True))
    try:
        with unpacked(files, folder, origins) as plain:
            for path in plain:
                if path not in called:
                    called[path] = called[files[int(path.relative_to(folder).parts[0])]]
            notes = land_files(
                con,
                rules,
                files=plain,
                label=label,
                facts=facts,
                target=target,
                names=called,
                columns_kept=columns_kept,
            )
            return [named(note, origins) for note in notes]
    except CloudbillError:
        raise
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else files[0]
        raise CloudbillError(f"{where} cannot be read or written: {error.strerror}.") from None
    except Exception as error:
        # Whatever a file does to what reads it, the other bills load.
        raise CloudbillError(
            f"{files[0]} cannot be read ({type(error).__name__}): fetch the export again, and if"
            " that does not help, report it."
        ) from error


def land_files(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    *,
    files: tuple[Path, ...],
    label: Label,
    facts: dict[str, str],
    target: Path,
    names: Mapping[Path, str],
    columns_kept: Collection[str] = (),
) -> list[str]:
    """Write files that DuckDB reads as they are."""
    formats, told = formats_of(files)
    files = tuple(formats)
    zipped: dict[str, list[Path]] = {"csv": [], "json": []}
    headers: set[str] = set()
    for path, (format_, is_gzip) in formats.items():
        if is_gzip:
            zipped[format_].append(path)

    def write_with(rules: Rules) -> None:
        with inflating(zipped["csv"], zipped["json"]) as pipes:
            readers = of_charges(open_readers(con, files, pipes, rules.whole), told)
            checks.check_columns(rules, readers)
            told.update(checks.without_lists(rules, readers))
            headers.update(column.header for reader in readers for column in reader.columns)
            query = select(rules, readers, label, names)
            if columns_kept:
                kept = [n for n in con.sql(f"from ({query})").columns if n in columns_kept]
                query = f"select {', '.join(map(identifier, kept))} from ({query})"
            write(con, query, facts, target)

    try:
        rules = written_with_care(con, rules, files, write_with)
        landed = checks.Landed(target, names, label.within)
        if not rules.day_first and checks.day_comes_first(con, rules, files, landed):
            rules = replace(rules, day_first=True)
            write_with(rules)
        if rules.care < Care.SLOW and checks.has_doubled_keys(con, rules, target):
            rules = replace(rules, care=Care.SLOW)
            add_functions(con, rules)
            write_with(rules)
        large = checks.too_large(con, target)
        if large & rules.table.quantities and rules.care is Care.FAST:
            rules = replace(rules, care=Care.CAREFUL)
            add_functions(con, rules)
            write_with(rules)
    except duckdb.Error as error:
        raise explain(files, rules, error) from None
    checks.check_amounts(rules, files, large)
    checks.check_dates(con, rules, files, target)
    checks.check_accounts(con, rules, files, target)
    if not columns_kept:
        checks.check_once(con, rules, files, headers, target)
    unplaced = con.execute(
        f"select count(*) from {parquet(target)} where bill is null or billing_period is null"
    ).fetchone()
    if unplaced != (0,):
        raise undated(files, rules)
    unread = unreadable_cells(files, rules) if rules.care > Care.FAST else []
    return sorted(told) + unread


def formats_of(files: tuple[Path, ...]) -> tuple[dict[Path, tuple[str, bool]], set[str]]:
    """The formats of files that may hold charges, and what there is to say of the others."""
    formats: dict[Path, tuple[str, bool]] = {}
    told: set[str] = set()
    for path in files:
        try:
            formats[path] = file_format(path)
        except NoChargesError as error:
            told.add(str(error))
    return formats, told


def of_charges(readers: list[Reader], told: set[str]) -> list[Reader]:
    """Those of what may be charges; all else is told."""
    charges = []
    for reader in readers:
        if what := without_charges(column.header for column in reader.columns):
            told.update(str(no_charges(path, what)) for path in reader.files)
        else:
            charges.append(reader)
    if told and not charges:
        raise NoChargesError(min(told))
    return charges


def written_with_care(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    files: tuple[Path, ...],
    write_with: Callable[[Rules], None],
) -> Rules:
    """Write a bill by the fastest rules that read it, which are given back."""
    try:
        write_with(rules)
        return rules
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error:
        if checks.only_day_first(con, open_readers(con, files, whole=rules.whole), rules):
            rules = replace(rules, day_first=True)
    add_functions(con, rules)
    try:
        rules = replace(rules, care=Care.CAREFUL)
        write_with(rules)
    except duckdb.Error as error:
        if "Map keys must be unique" not in str(error):
            raise
        rules = replace(rules, care=Care.SLOW)
        write_with(rules)
    return rules


def add_functions(con: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """What careful rules call."""
    shapes.create_functions(con, are_listed=rules.kind.are_listed, spell=rules.kind.spell)


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
    options += f", kv_metadata {{{noted}}}" if facts else ""
    if partition_by:
        options += f", partition_by ({partition_by}), write_partition_columns true"
    con.execute(f"copy ({query}) to {literal(str(target))} ({options})")
    for path in target.rglob("*.parquet") if partition_by else [target]:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def convert(
    con: duckdb.DuckDBPyConnection,
    kind: Kind,
    table: Table,
    *,
    source: Path,
    currency: str,
    facts: dict[str, str],
    target: Path,
) -> None:
    """Write a landed bill in the current schema; nothing else about its rows changes."""
    # Its columns have the names of the lake already.
    rules = Rules(table, replace(kind, column=lambda header: (header, None)))
    reader = open_readers(con, (source,), whole=rules.whole)[0]
    names: dict[str, str] = {}
    for delivered in reader.columns:
        name = table.headers.get(delivered.header, delivered.header)
        is_list = name in table.lists
        names[name] = delivered.sql if is_list else typed_sql(rules, delivered, Place(name))
    names["stated_currency"] = f"cast({literal(currency) if currency else 'null'} as varchar)"
    names["tag_set_id"] = tag_set_id(names.get(table.tags or ""), names.get(table.more_tags or ""))
    names.setdefault("source_file", "cast(null as varchar)")
    try:
        write(con, f"select {listed(names)} from {reader.relation}", facts, target)
    except duckdb.Error as error:
        raise CloudbillError(
            f"{source} cannot be converted to the current schema and its source is gone:"
            f" {str(error).splitlines()[0]}"
        ) from None


def select(rules: Rules, readers: list[Reader], label: Label, called: Mapping[Path, str]) -> str:
    """The query that gives a bill's rows as they land."""
    table, kind = rules.table, rules.kind
    names: dict[str, None] = {}
    parts = []
    for reader in (reader for reader in readers if reader.columns):
        merged = columns(rules, reader)
        names |= dict.fromkeys(merged)
        listed_files = ", ".join(literal(called[path]) for path in reader.files)
        merged["source_file"] = f"([{listed_files}])[cast(file_index as bigint) + 1]"
        parts.append(lines_of(rules, reader, merged))
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


def lines_of(rules: Rules, reader: Reader, merged: dict[str, str]) -> str:
    """The query that gives a reader's rows, and the id of the tags of each."""
    tags, more = rules.table.tags, rules.table.more_tags
    of_tags = [c for c in typed_columns(rules, reader) if c.place.name == tags]
    is_alone = more not in merged and [c.sql for c in of_tags] == [merged.get(tags or "")]
    if reader.format != "parquet" or not is_alone:
        lines = f"select {listed(merged)} from {reader.relation}"
        own = tag_set_id(tags if tags in merged else None, more if more in merged else None)
        return f"select *, {own} as tag_set_id from ({lines})"
    # Parquet gives a column alone for little, and lines share their tags with many others.
    (column,) = of_tags
    once = replace(column.delivered, sql='"delivered tags"')
    merged = {**merged, str(tags): '"tidy tags"'}
    return f"""
select {listed(merged)}, "tag set id" as tag_set_id
from {reader.relation}
left join (
    select *, {tag_set_id('"tidy tags"')} as "tag set id"
    from (
        select "delivered tags", {typed_sql(rules, once, column.place)} as "tidy tags"
        from (select distinct {column.delivered.sql} as "delivered tags" from {reader.relation})
    )
) on "delivered tags" is not distinct from {column.delivered.sql}"""


def listed(columns: dict[str, str]) -> str:
    """Columns (SQL by name) as a query lists them."""
    return ", ".join(f"{sql} as {identifier(name)}" for name, sql in columns.items())


def tag_set_id(tags: str | None, more: str | None = None) -> str:
    """The same for equal tags, on every machine; more are those under keys of their own."""
    if tags and more:
        # As the macro maps_merged has it.
        tags = f"if(cardinality({more}) > 0, map_concat({more}, {tags}), {tags})"
    tags = tags or more
    if tags is None:
        return "cast(null as varchar)"
    return f"if(cardinality({tags}) > 0, md5(cast({tags} as varchar)), null)"


def billing_period(table: Table, kind: Kind, names: Iterable[str], label: Label) -> str:
    """YYYY-MM: stated by the line, else by the path (and the date), else the month of the date."""
    stated = [period_of(name, table) for name in table.billing_periods if name in set(names)]
    days = [name for name in table.dates if name in set(names)]
    if label.bill and not kind.bill_columns:
        claimed = literal(label.bill)
        if label.days and days:
            # From the 15th to the 14th: a line of the 14th before is of the month before, too.
            before = int(label.days[0][8:]) - 1
            day = f"cast({coalesce(days)} as date)"
            claimed = f"strftime({day} - interval {before} days, '%Y-%m')"
        stated.append(claimed)
    dated = [kind.month(name) for name in days]
    return coalesce(stated + dated)


def period_of(name: str, table: Table) -> str:
    """A column that states the period, as YYYY-MM."""
    if table.columns[name] == "timestamp":
        # East of Greenwich a month begins on the eve in UTC, at most 14 hours before.
        return f"strftime({name} + interval 14 hours, '%Y-%m')"
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
