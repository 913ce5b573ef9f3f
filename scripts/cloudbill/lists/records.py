"""The files of small lists as records: CSV of any separator, JSON, Parquet; and what cells say."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.delivered.kinds.azure_cost import column
from cloudbill.errors import CloudbillError
from cloudbill.landing.diagnosis import shortened
from cloudbill.landing.texts import is_absent, opened_text
from cloudbill.sql import parquet

csv.field_size_limit(1 << 30)
TITLES = 20
"""Lines that may stand above a header."""
LARGEST = Decimal(10) ** 20
"""What decimal(38, 18) cannot hold any more."""

# A number by the sign that its decimals come after; the other one may stand between thousands.
EXPONENT = r"([eE][+-]?[0-9]+)?"
BY_MARK = {
    ".": re.compile(
        rf"[+-]?([1-9][0-9]{{0,2}}(,[0-9]{{3}})+(\.[0-9]*)?|[0-9]+\.?[0-9]*|\.[0-9]+){EXPONENT}"
    ),
    ",": re.compile(
        rf"[+-]?([1-9][0-9]{{0,2}}(\.[0-9]{{3}})+(,[0-9]*)?|[0-9]+,?[0-9]*|,[0-9]+){EXPONENT}"
    ),
}
ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])")
SLASHES = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?![0-9])")
YEARS = range(2000, 2100)

Row = dict[str, Any]
Headers = tuple[frozenset[str], ...]
"""Names of columns; a header has all of one of them."""


@dataclass(frozen=True)
class Record:
    """A record of a list: its values by name in lower case, where it is, what the title says."""

    values: Row
    path: Path
    place: str
    title: str = ""


@dataclass(frozen=True)
class Style:
    """How a file writes what can be read in two ways, as its other values show."""

    mark: str | None = None
    """What stands before decimals; None: no value shows it."""
    day_first: bool = False


def records(path: Path, *headers: frozenset[str]) -> Iterator[Record]:
    """The records of a list; lines of titles may stand above the header of a CSV file."""
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        yield from parquet_records(path)
    elif is_json(path):
        for number_, entry in enumerate(json_entries(path), 1):
            place = f"entry {number_}"
            yield Record(named(path, place, entry.items()), path, place)
    else:
        yield from csv_records(path, headers)


def csv_records(path: Path, headers: Headers) -> Iterator[Record]:
    """The lines below the header."""
    separator, skip = dialect(path, headers)
    if separator is None:
        return
    with opened_text(path) as lines:
        title = " ".join(islice(lines, skip))
        rows = csv.reader(lines, delimiter=separator, strict=True)
        before = skip
        try:
            names = [column(cell)[0] for cell in next(rows)]
            is_plain = len(set(names)) == len(names)
            before = skip + rows.line_num
            for row in rows:
                place, before = f"line {before + 1}", skip + rows.line_num
                if not row:
                    continue
                if len(row) != len(names):
                    raise CloudbillError(
                        f"{path}, {place}: {len(row)} values where the header has {len(names)}"
                        " columns: it is cut off, or a quote is misplaced; download it again."
                    )
                if not any(row):
                    continue
                pairs = zip(names, row, strict=True)
                yield Record(
                    dict(pairs) if is_plain else named(path, place, pairs), path, place, title
                )
        except csv.Error:
            raise CloudbillError(
                f"{path}, line {before + 1}: a quote is misplaced or not closed: download it again."
            ) from None


def dialect(path: Path, headers: Headers) -> tuple[str | None, int]:
    """What separates the values of a CSV file, and how many lines stand above its header."""
    with opened_text(path) as lines:
        for skip, line in enumerate(islice(lines, TITLES)):
            for separator in ",;\t":
                cells = next(csv.reader([line], delimiter=separator))
                names = {column(cell)[0] for cell in cells}
                if any(header <= names for header in headers):
                    return separator, skip
    return None, 0


def first_cells(path: Path) -> list[str]:
    """The names in the first line of a CSV file."""
    with opened_text(path) as lines:
        line = next(lines, "")
        return [column(cell)[0] for cell in next(csv.reader([line]), [])]


def parquet_records(path: Path) -> Iterator[Record]:
    """The rows of a Parquet file."""
    try:
        with duckdb.connect() as con:
            relation = con.sql("from " + parquet(path, "binary_as_string = true"))
            names = [column(name)[0] for name in relation.columns]
            for number_, row in enumerate(relation.fetchall(), 1):
                place = f"row {number_}"
                yield Record(named(path, place, zip(names, row, strict=True)), path, place)
    except duckdb.Error:
        raise CloudbillError(
            f"{path} is a Parquet file that is cut off or damaged: download it again."
        ) from None


def named(path: Path, place: str, pairs: Iterable[tuple[str, Any]]) -> Row:
    """Values by name; two of one name must agree where both are there."""
    values: Row = {}
    for delivered, value in pairs:
        name = column(delivered)[0]
        before = values.get(name)
        if told(before) is None:
            values[name] = value
        elif told(value) not in (None, told(before)):
            raise CloudbillError(
                f"{path}, {place}: two columns {delivered} say '{shortened(str(before))}' and"
                f" '{shortened(str(value))}': download it again."
            )
    return values


def is_json(path: Path) -> bool:
    """Whether a file is a JSON document, of any shape."""
    with opened_text(path) as text:
        return text.read(64).lstrip("\ufeff \r\n\t")[:1] in ("{", "[")


def json_of(path: Path) -> Any:
    """A JSON document, in any encoding."""

    def unique(pairs: list[tuple[str, Any]]) -> Row:
        found: Row = {}
        for key, value in pairs:
            if key in found and found[key] != value:
                raise CloudbillError(
                    f"{path}: '{shortened(key)}' stands twice in one object, with different values:"
                    " download it again."
                )
            found[key] = value
        return found

    try:
        with opened_text(path) as text:
            return json.loads(
                text.read(),
                parse_float=Decimal,
                parse_constant=str,
                object_pairs_hook=unique,
            )
    except json.JSONDecodeError as error:
        raise CloudbillError(
            f"{path} is not JSON (line {error.lineno}, character {error.colno}), or it is cut off:"
            " download it again."
        ) from None
    except RecursionError:
        raise CloudbillError(f"{path} is JSON that is nested too deeply to be a list.") from None


def json_entries(path: Path) -> Iterator[Row]:
    """Entries of the enterprise API (a list) or of ARM (value, properties.pricesheets)."""
    data = json_of(path)
    for page in data if isinstance(data, list) else [data]:
        inner = objects(path, [page])[0]
        if isinstance(properties := page.get("properties"), dict):
            inner = properties
        listed = (inner[name] for name in ("pricesheets", "value", "data") if name in inner)
        for entry in objects(path, next(listed, [page])):
            parts = [entry.get("properties"), entry.get("meterDetails")]
            record = dict(entry)
            for part in objects(path, [part for part in parts if part is not None]):
                record |= part
            if "id" in inner and inner is not page:
                record.setdefault("id", inner["id"])
            yield record


def objects(path: Path, data: Any) -> list[Row]:
    """A list of objects."""
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise CloudbillError(
            f"{path} is no list of Azure's: its JSON holds no objects where they are expected:"
            " download it again."
        )
    return data


def told(value: Any) -> str | None:
    """What a cell says as text; absent values say nothing."""
    if value is None:
        return None
    text = str(value).strip()
    return None if is_absent(text) else text


def text_in(record: Record, name: str) -> str | None:
    """What a column says."""
    value = record.values.get(name)
    if isinstance(value, dict | list):
        raise refused(record, name, json.dumps(value, default=str), "is a structure, not a text")
    return told(value)


def style_of(found: Iterable[Record], numbers: Iterable[str], days: Iterable[str] = ()) -> Style:
    """How a file writes numbers and dates; two ways in one file are refused.

    Whether 1,234 is a thousand and more, or one and a bit, only other values of the file tell.
    """
    marks: dict[str, tuple[Record, str]] = {}
    first: dict[bool, tuple[Record, str]] = {}
    for record in found:
        for name in numbers:
            value = text_in(record, name.lower()) or ""
            possible = [mark for mark, pattern in BY_MARK.items() if pattern.fullmatch(value)]
            if len(possible) == 1:
                marks.setdefault(possible[0], (record, name))
        for name in days:
            if match := SLASHES.match(text_in(record, name.lower()) or ""):
                month, day_, _ = map(int, match.groups())
                if (month > 12) != (day_ > 12):
                    first.setdefault(month > 12, (record, name))
    one_way(marks, "decimals come after a point in some numbers and after a comma in others")
    one_way(first, "some dates begin with the day and others with the month")
    return Style(next(iter(marks), None), next(iter(first), False))


def one_way(found: dict[Any, tuple[Record, str]], what: str) -> None:
    """Refuse a file that writes something in two ways."""
    if len(found) > 1:
        record, name = list(found.values())[1]
        value = shortened(str(text_in(record, name.lower())))
        raise CloudbillError(
            f"{record.path}, {record.place}, column '{name}': '{value}': {what}, so that none can"
            " be told: download it again."
        )


def number(record: Record, name: str, style: Style, blank: str = "") -> Decimal:
    """The number in a column; a blank one is refused unless it means something."""
    value = record.values.get(name.lower())
    text = told(value) or blank
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        readings = {Decimal(text)}
    else:
        marks = [style.mark] if style.mark else list(BY_MARK)
        readings = {as_number(text, mark) for mark in marks if BY_MARK[mark].fullmatch(text)}
    if len(readings) == 1 and abs(only := readings.pop()) < LARGEST:
        return only
    expected = "is not a number such as 0.146"
    if readings:
        few, many = sorted(readings)
        expected = f"may be {few} or {many}, and no other number of the file tells"
    raise refused(record, name, text or str(value or ""), expected)


def as_number(text: str, mark: str) -> Decimal:
    """A text of the form that a mark stands for."""
    return Decimal(text.replace("." if mark == "," else ",", "").replace(mark, "."))


def day(record: Record, name: str, style: Style) -> date:
    """The UTC day in a column, with or without a time."""
    value = record.values.get(name.lower())
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    text = told(value) or ""
    year, month, day_ = "0", "0", "0"
    if match := ISO.match(text):
        year, month, day_ = match.groups()
    elif match := SLASHES.match(text):
        month, day_, year = match.groups()
        if style.day_first:
            month, day_ = day_, month
    try:
        found = date(int(year), int(month), int(day_))
    except ValueError:
        found = date.min
    if found.year not in YEARS:
        raise refused(record, name, text or str(value or ""), "is not a date such as 2026-10-31")
    return found


def refused(record: Record, name: str, value: str, why: str) -> CloudbillError:
    """The sentence about one cell."""
    return CloudbillError(
        f"{record.path}, {record.place}, column '{name}': '{shortened(value)}' {why}: download it"
        " again."
    )
