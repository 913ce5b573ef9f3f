"""What a bill must have, and what no bill can say."""

import csv
import json
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import duckdb

from cloudbill.errors import CloudbillError
from cloudbill.landing import casts
from cloudbill.landing.columns import Rules, place_of
from cloudbill.landing.diagnosis import REMEDY, shortened, where_is
from cloudbill.landing.readers import Reader, csv_shape, file_format, text_of
from cloudbill.landing.recognition import looks_like
from cloudbill.sql import coalesce, identifier, literal, literals, parquet

# No cloud sold anything before; what is later is no date of a line.
EARLIEST, LATEST = "2000-01-01", "2099-12-31"
OUTSIDE = f"not between '{EARLIEST}' and '{LATEST}'"
# Amounts of a bill that can still be added up with those of others in a decimal(38, 18).
LARGEST = 10**18
# What a spreadsheet makes of a number of twelve digits, such as an account of AWS: 1.23457E+11.
ROUNDED = "^[0-9]([.,][0-9]+)?E[+][0-9]+$"
# Lines that tell how a file writes its dates.
FIRST_LINES = 20
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


def slashed_columns(rules: Rules, files: Iterable[Path]) -> frozenset[str]:
    """Dates of the lake that the files write with slashes, so that day or month comes first."""
    dates = [n for n, type_ in rules.table.columns.items() if type_ in ("date", "timestamp")]
    found: set[str] = set()
    for path in files:
        for record in _first_records(path):
            for header, value in record.items():
                if isinstance(value, str) and re.match(r"\s*\d{1,2}/\d{1,2}/", value):
                    found.add(place_of(rules, header).name)
    return frozenset(found.intersection(dates))


def _first_records(path: Path) -> list[dict[str, object]]:
    format_, is_gzip = file_format(path)
    if format_ == "csv":
        shape = csv_shape(path, is_gzip)
        with text_of(path, is_gzip) as text:
            rows = csv.reader(islice(text, shape.skip + 1, None), delimiter=shape.delimiter)
            return [dict(zip(shape.header, row, strict=False)) for row in islice(rows, FIRST_LINES)]
    with text_of(path, is_gzip) as text:
        records = []
        for line in islice(text, FIRST_LINES):
            try:
                record = json.loads(line) if line.strip() else {}
            except (ValueError, RecursionError):
                record = {}
            records.append(record if isinstance(record, dict) else {})
        return records


def only_day_first(
    con: duckdb.DuckDBPyConnection, readers: list[Reader], rules: Rules, slashed: frozenset[str]
) -> bool:
    """Whether the dates of the files cannot all have the month first, but can the day."""
    fits = {False: True, True: True}
    for reader in readers:
        for column in reader.columns:
            if column.shape != "text" or place_of(rules, column.header).name not in slashed:
                continue
            for day_first in fits:
                parsed = casts.from_text(column.sql, "timestamp", day_first=day_first)
                row = con.execute(
                    f"select bool_and(try({parsed}) is not null) from {reader.relation}"
                    f" where contains({column.sql}, '/')"
                ).fetchone()
                fits[day_first] &= row != (False,)
    return fits[True] and not fits[False]


def day_comes_first(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    files: tuple[Path, ...],
    target: Path,
    slashed: frozenset[str],
    bill: str | None,
) -> bool:
    """Whether dates that landed with the month first rather have the day first.

    Only where all fit both ways; then those that lie in the period of the bill are right.
    """
    rows = parquet(target)
    present = set(con.sql(f"select * from {rows}").columns)
    dates = [name for name in rules.table.dates if name in present & slashed]
    if not dates:
        return False
    date = f"cast({coalesce(dates)} as date)"
    swapped = _swapped(date)
    starts = [name for name in rules.table.billing_periods if name in present]
    starts = [name for name in starts if rules.table.columns[name] != "varchar"]
    outside = {"written": "false", "swapped": "false"}
    known = "0"
    start = f"cast({starts[0]} as date)" if starts else ""
    own_start = _swapped(start) if starts and starts[0] in slashed else start
    if bill and re.fullmatch(r"\d{4}-\d\d(-\d\d)?", bill):
        known = "count(*)"
        for name, sql in (("written", date), ("swapped", swapped)):
            outside[name] = f"strftime({sql}, '%Y-%m') != {literal(bill[:7])}"
    elif starts:
        # A period of a month, which nearly always starts on the first.
        known = f"count({start})"
        for name, sql, first in (("written", date, start), ("swapped", swapped, own_start)):
            within = f"{sql} between {first} and {first} + interval 1 month"
            outside[name] = f"not ({within}) or day({first}) != 1"
    both = f"least(day({date}), 13) <= 12"
    if start != own_start:
        both += f" and coalesce(day({start}) <= 12, true)"
    counts = ", ".join(f"count(*) filter ({condition})" for condition in outside.values())
    row = con.execute(f"select bool_and({both}), {known}, {counts} from {rows}").fetchone()
    if row is None or not row[0]:
        return False
    if row[1]:
        return bool(row[3] < row[2])
    months = con.execute(
        f"select count(distinct month({date})), count(distinct month({swapped})), max(day({date}))"
        f" from {rows}"
    ).fetchone()
    # The firsts of two months are what providers write of charges by the month.
    if months and months[0] > 1 and months[1] == 1 and months[::2] != (2, 1):
        raise CloudbillError(
            f"{files[0]}: nothing tells whether the day or the month comes first in its dates"
            f" ({', '.join(dates)}): put it in a folder named by its period, such as"
            " 20261001-20261031, or fetch the export again."
        )
    return False


def spans_months(
    con: duckdb.DuckDBPyConnection, rules: Rules, target: Path, slashed: frozenset[str]
) -> bool:
    """Whether the dates of a landed file lie too far apart for a bill."""
    rows = parquet(target)
    present = set(con.sql(f"select * from {rows}").columns)
    dates = [name for name in rules.table.dates if name in present & slashed]
    row = (
        con.execute(
            f"select date_diff('day', min({dates[0]}), max({dates[0]})) from {rows}"
        ).fetchone()
        if dates
        else None
    )
    return bool(row and row[0] is not None and row[0] > MOST_DAYS)


def _swapped(date: str) -> str:
    """A date with day and month exchanged, where that is a date."""
    return f"if(day({date}) <= 12, make_date(year({date}), day({date}), month({date})), null)"


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
    keys = {*rules.table.dates, *rules.table.billing_periods, *rules.kind.bill_columns}
    keys = {n for n in keys if rules.table.columns.get(n) in ("date", "timestamp")}
    rows = con.execute(
        "select path_in_schema, min(stats_min_value), max(stats_max_value)"
        f" from parquet_metadata({literals([target])}) group by all"
    ).fetchall()
    for name, least, most in rows:
        if name not in keys or least is None:
            continue
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
