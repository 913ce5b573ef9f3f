"""What a bill must have, and what no bill can say."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from cloudbill.errors import CloudbillError
from cloudbill.landing import casts
from cloudbill.landing.columns import Rules, place_of
from cloudbill.landing.diagnosis import REMEDY, shortened, where_is
from cloudbill.landing.readers import Reader, open_readers
from cloudbill.landing.recognition import looks_like
from cloudbill.schema import Table
from cloudbill.sql import coalesce, identifier, literal, literals, parquet

# No cloud sold anything before; what is later is no date of a line.
EARLIEST, LATEST = "2000-01-01", "2099-12-31"
OUTSIDE = f"not between '{EARLIEST}' and '{LATEST}'"
# Amounts of a bill that can still be added up with those of others in a decimal(38, 18).
LARGEST = 10**18
# What a spreadsheet makes of a number of twelve digits, such as an account of AWS: 1.23457E+11.
ROUNDED = "^[0-9]([.,][0-9]+)?E[+][0-9]+$"
# A date that begins with the day or the month.
SLASHED = r"^\s*[0-9]{1,2}/[0-9]{1,2}/"
MONTHS = 12
# Between the lines of a bill, corrections of the month before included.
MOST_DAYS = 62


def check_columns(rules: Rules, readers: list[Reader]) -> None:
    """A date and a cost are all that a bill must have."""
    table = rules.table
    for reader in (reader for reader in readers if reader.columns):
        places = {column.header: place_of(rules, column.header) for column in reader.columns}
        names = {place.name for place in places.values()}
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
        for name in table.lists:
            # Money that is there in a way that nobody knows is not taken for absent.
            said = re.compile(rf"(?<![a-z]){name.removesuffix('s')}s?(?![a-z])", re.IGNORECASE)
            own = [place for place in places.values() if place.name == name]
            # A key of another column, such as a label, says nothing of it.
            parts = [
                header
                for header, place in places.items()
                if said.search(header) and (place.key is None or place in own)
            ]
            if parts and all(place.key not in (None, "amount") for place in own):
                raise CloudbillError(
                    f"{reader.files[0]} has a column '{parts[0]}', but neither '{name}' nor"
                    f" '{name}.amount': extract the table again with '{name}' as it is."
                )


def without_lists(rules: Rules, readers: list[Reader]) -> list[str]:
    """Say that lists of amounts (credits) are no column of a delivery, or of some of its files."""
    said = []
    whole = [reader for reader in readers if reader.columns]
    for name in sorted(rules.table.lists):
        without = [
            path
            for reader in whole
            if all(place_of(rules, column.header).name != name for column in reader.columns)
            for path in reader.files
        ]
        if without:
            further = f" and {len(without) - 1} more" if len(without) > 1 else ""
            is_all = len(without) == sum(len(reader.files) for reader in whole)
            said.append(
                f"{'its files have' if is_all else f'{without[0]}{further}: there is'} no column"
                f" '{name}', so that lines count without any: if the bill has them, extract the"
                f" table again with '{name}' as it is."
            )
    return said


def only_day_first(con: duckdb.DuckDBPyConnection, readers: list[Reader], rules: Rules) -> bool:
    """Whether the dates of the files cannot all have the month first, but can the day."""
    types = rules.table.columns
    fits = {False: True, True: True}
    ends: list[date] = []
    for reader in readers:
        names = {c.sql: place_of(rules, c.header).name for c in reader.columns if c.shape == "text"}
        names = {sql: n for sql, n in names.items() if types.get(n) in ("date", "timestamp")}
        if not names:
            continue
        # Few dates differ. Those of other columns, such as the end of a term, may be far away.
        of_lines = ", ".join(str(name in rules.table.dates) for name in names.values())
        month, day = (casts.day_of("cell", day_first=way) for way in fits)
        row = con.execute(
            f"select bool_and({month} is not null), bool_and({day} is not null),"
            f" min({day}) filter (of_line), max({day}) filter (of_line)"
            f" from (select distinct unnest([{', '.join(names)}]) as cell,"
            f" unnest([{of_lines}]) as of_line from {reader.relation})"
            f" where contains(cell, '/') and regexp_matches(cell, {literal(SLASHED)})"
        ).fetchone() or (None, None)
        fits = {way: fits[way] and row[way] is not False for way in fits}
        ends += [end for end in row[2:] if end]
    are_near = not ends or (max(ends) - min(ends)).days <= MOST_DAYS
    return fits[True] and not fits[False] and are_near


@dataclass(frozen=True)
class Landed:
    """A bill as it landed with the month first."""

    target: Path
    names: Mapping[Path, str]
    """What its lines call each file."""
    within: tuple[str, str] | None
    """The period that its path states, as SQL of a `day` and of the `first` of a line's period."""


@dataclass(frozen=True)
class Reading:
    """What the dates of a bill are where the month, or the day, comes first."""

    dates: int
    """How many are dates: those of lines, and on which their billing periods start."""
    periods: int
    misfits: tuple[int, ...]
    """Lines outside the bill's period, or that state another; of what does not state its own, lines
    whose period does not start with a month."""
    months: int
    latest: int
    """The latest day of any month."""


def day_comes_first(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    files: tuple[Path, ...],
    landed: Landed,
) -> bool:
    """Whether dates that landed with the month first rather have the day first.

    Only where all fit both ways; then those that lie in the period of the bill are right. It is
    what the path states, else what each line does.
    """
    rows, within = parquet(landed.target), landed.within
    columns = {name: identifier(name) for name in con.sql(f"select * from {rows}").columns}
    found = _reading(con, [_dated(rules.table, columns, rows)], within)
    is_told = bool(within or found.periods)
    has_misfits = any(found.misfits) if is_told else found.months > 1
    if not has_misfits:
        return False
    if is_told and len(files) > 1:
        return _day_comes_first_in_some(con, rules, files, landed, columns)
    if found.latest > MONTHS:
        return False
    written, swapped = _both_ways(con, rules, files, within)
    if swapped.dates < written.dates:
        return False
    if is_told:
        return swapped.misfits < written.misfits
    # The firsts of two months are what providers write of charges by the month.
    if swapped.months == 1 and (written.months, written.latest) != (2, 1):
        raise CloudbillError(
            f"{files[0]}: nothing tells whether the day or the month comes first in its dates"
            f" ({', '.join(name for name in rules.table.dates if name in columns)}): put it in a"
            " folder named by its period, such as 20261001-20261031, or fetch the export again."
        )
    return False


def _day_comes_first_in_some(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    files: tuple[Path, ...],
    landed: Landed,
    columns: dict[str, str],
) -> bool:
    """As of a file by itself: a spreadsheet may have written one of them anew."""
    day_first: list[Path] = []
    others: list[Path] = []
    for path in files:
        of_file = f"source_file = {literal(landed.names[path])}"
        rows = f"(select * from {parquet(landed.target)} where {of_file})"
        found = _reading(con, [_dated(rules.table, columns, rows)], landed.within)
        is_swapped = False
        if any(found.misfits) and found.latest <= MONTHS:
            written, swapped = _both_ways(con, rules, (path,), landed.within)
            is_swapped = swapped.dates == written.dates and swapped.misfits < written.misfits
        (day_first if is_swapped else others).append(path)
    if day_first and others:
        # Dates that begin with a year are read as they are in either case.
        written, swapped = _both_ways(con, rules, tuple(others), landed.within)
        if swapped.dates < written.dates or swapped.misfits > written.misfits:
            raise CloudbillError(
                f"{day_first[0]}: by the period of its lines its dates begin with the day, and"
                f" those of {others[0]} with the month: {REMEDY}"
            )
    return bool(day_first)


def _both_ways(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    files: tuple[Path, ...],
    within: tuple[str, str] | None,
) -> tuple[Reading, Reading]:
    """The dates of files with the month first, and with the day first.

    Of the files themselves, as what landed of a date does not say how it was written.
    """
    readers = [r for r in open_readers(con, files, whole=rules.whole) if r.columns]
    month_first, day_first = (
        _reading(con, [_as_written(rules, reader, day_first=way) for reader in readers], within)
        for way in (False, True)
    )
    return month_first, day_first


def _as_written(rules: Rules, reader: Reader, *, day_first: bool) -> str:
    """The query of the days of a reader's lines, where the month or the day comes first."""
    table = rules.table
    end = _start(table).replace("start", "end")
    days: dict[str, list[str]] = {}
    ends = "false"
    for column in reader.columns:
        place = place_of(rules, column.header)
        if place.key is not None or place.name not in (*table.dates, _start(table), end):
            continue
        day = f"try_cast({column.sql} as date)"
        if column.shape == "text":
            day = casts.day_of(column.sql, day_first=day_first)
        days.setdefault(place.name, []).append(day)
        if place.name == end:
            ends = f"coalesce(not {casts.is_word(f'cast({column.sql} as varchar)')}, false)"
    columns = {name: coalesce(sql) for name, sql in days.items()}
    return _dated(table, columns, reader.relation, columns.get(end, "null"), ends)


def _dated(
    table: Table, columns: dict[str, str], relation: str, last: str = "null", ends: str = "false"
) -> str:
    """The query of the day of each line, and the first and last of its period if it `ends`."""
    days = [columns[name] for name in table.dates if name in columns]
    sql = {"day": coalesce(days or ["null"]), "first": columns.get(_start(table), "null")}
    typed = [f"cast({value} as date) as {name}" for name, value in (sql | {"last": last}).items()]
    return f"select {', '.join(typed)}, {ends} as ends from {relation}"


def _start(table: Table) -> str:
    """The column of the day on which the billing period of a line starts, if there is one."""
    names = (name for name in table.billing_periods if table.columns[name] != "varchar")
    return next(names, "")


def _reading(
    con: duckdb.DuckDBPyConnection, lines: list[str], within: tuple[str, str] | None
) -> Reading:
    """What the days of lines are, by queries of `_dated`."""
    own = "day >= first and day < first + interval 1 month"
    own += " and (not ends or coalesce(last between first and first + interval 1 month, false))"
    of_day, of_period = within or (own, "true")
    # Nearly every period starts with a month, and later days of a month are no months.
    amid = "false" if within else f"day(first) between 2 and {MONTHS}"
    row = con.execute(
        "select count(day) + count(first), count(first),"
        f" count(*) filter (not ({of_day})) + count(*) filter (not ({of_period})),"
        f" count(*) filter ({amid}),"
        " count(distinct month(day)), coalesce(max(day(day)), 0)"
        f" from ({' union all '.join(lines)})"
    ).fetchone()
    dates, periods, *misfits, months, latest = row or (0,) * 6
    return Reading(dates, periods, tuple(misfits), months, latest)


def has_doubled_keys(con: duckdb.DuckDBPyConnection, rules: Rules, target: Path) -> bool:
    """Whether a map of a landed file has a key twice, which DuckDB asks of no map made of JSON."""
    rows = parquet(target)
    for name in con.sql(f"select * from {rows}").columns:
        if not rules.table.columns.get(name, "").startswith("map(") or name == rules.table.tags:
            continue
        # Lines have few sets of keys.
        keys = f"map_keys({identifier(name)})"
        found = con.execute(
            f"select bool_or(list_unique(keys) < len(keys)) from (select any_value({keys}) as keys"
            f" from {rows} group by array_to_string({keys}, chr(0)))"
        ).fetchone()
        if found == (True,):
            return True
    return False


def too_large(con: duckdb.DuckDBPyConnection, target: Path) -> set[str]:
    """Columns with amounts that could not be added up, by the statistics of a landed file."""
    rows = con.execute(
        "select path_in_schema, max(greatest(abs(try_cast(stats_min_value as double)),"
        " abs(try_cast(stats_max_value as double)))), sum(num_values)"
        f" from parquet_metadata({literals([target])})"
        " where type = 'FIXED_LEN_BYTE_ARRAY' group by all"
    ).fetchall()
    found = set()
    for name, largest, count in rows:
        if largest is None or largest * count < LARGEST or "," in name:
            continue
        total = con.execute(
            f"select sum(abs(cast({identifier(name)} as double))) from {parquet(target)}"
        ).fetchone()
        if largest >= float(casts.MOST) or (total and total[0] >= LARGEST):
            found.add(name)
    return found


def check_amounts(rules: Rules, files: tuple[Path, ...], names: set[str]) -> None:
    """Refuse amounts that could not be added up."""
    for name in sorted(names - rules.table.quantities):
        where = where_is(
            files, rules, name, lambda cell: f"abs(try_cast({cell.text} as double)) >= {casts.MOST}"
        )
        raise CloudbillError(f"{where} is more than a bill can add up to: {REMEDY}")


def check_dates(
    con: duckdb.DuckDBPyConnection, rules: Rules, files: tuple[Path, ...], target: Path
) -> None:
    """Refuse dates that cannot be: of years of two digits, of the epoch, of no time at all."""
    keys = (*rules.table.dates, *rules.table.billing_periods, *rules.kind.bill_columns)
    rows = con.execute(
        "select path_in_schema, min(stats_min_value), max(stats_max_value)"
        f" from parquet_metadata({literals([target])}) group by all"
    ).fetchall()
    ends = {name: (least, most) for name, least, most in rows if least is not None}
    for name in keys:
        if name not in ends or rules.table.columns.get(name) not in ("date", "timestamp"):
            continue
        least, most = ends[name]
        if least >= EARLIEST and re.match(r"\d{4}-", most) and most[:10] <= LATEST:
            continue
        where = where_is(files, rules, name, lambda cell: f"cast({cell.typed} as date) {OUTSIDE}")
        raise CloudbillError(f"{where} is no date of a bill: {REMEDY}")


def check_accounts(
    con: duckdb.DuckDBPyConnection, rules: Rules, files: tuple[Path, ...], target: Path
) -> None:
    """Refuse accounts that a spreadsheet rounded: several of them may be one now."""
    rows = parquet(target)
    accounts = {*rules.kind.owners, *rules.kind.payers}

    def is_rounded(text: str) -> str:
        # Patterns cost, and few accounts have the sign.
        return f"contains({text}, 'E+') and regexp_matches({text}, {literal(ROUNDED)})"

    for name in (name for name in con.sql(f"select * from {rows}").columns if name in accounts):
        found = f"select 1 from {rows} where {is_rounded(identifier(name))} limit 1"
        if not con.execute(found).fetchone():
            continue
        where = where_is(files, rules, name, lambda cell: is_rounded(cell.text))
        raise CloudbillError(
            f"{where} is no account but a number that a spreadsheet rounded, as several accounts"
            f" may be: {REMEDY}"
        )


def check_once(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    files: tuple[Path, ...],
    headers: Iterable[str],
    target: Path,
) -> None:
    """Refuse lines that are there once for each of their labels or credits: UNNEST made them."""
    if not rules.kind.are_listed:
        return
    elements: dict[str, set[int]] = {}
    for place in (place_of(rules, header) for header in headers):
        if place.element is not None:
            elements.setdefault(place.name, set()).add(place.element)
    if not elements:
        return
    landed = set(con.sql(f"select * from {parquet(target)}").columns)
    for name in sorted(name for name, found in elements.items() if found == {0}):
        # What is read from the list differs with it.
        made = {name, "tag_set_id", *(n for n in landed if n.startswith(name.removesuffix("s")))}
        alike = ", ".join(map(identifier, sorted(landed - made)))
        told = identifier(name)
        keys = told if name in rules.table.lists else f"map_keys({told})"
        row = con.execute(
            "select coalesce(sum(lines), 0), coalesce(sum(lines) filter (several > 1), 0) from ("
            f" select count(*) as lines, count(distinct cast({keys} as varchar)) as several"
            f" from {parquet(target)} where {told} is not null group by hash({alike}))"
        ).fetchone()
        lines, repeated = row or (0, 0)
        if repeated and repeated >= lines / 2:
            raise CloudbillError(
                f"{files[0]}: {repeated:,} of its {lines:,} lines with {name} are alike but for"
                f" these, as UNNEST({name}) leaves each line once for each of them, whose costs"
                f" would be counted as often: extract the table with '{name}' as it is."
            )
