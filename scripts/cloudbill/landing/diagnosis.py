"""Why a bill does not land, or not whole: a second, slower look at its files, to name the cell."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

import duckdb

from cloudbill.errors import CloudbillError
from cloudbill.landing import casts, shapes
from cloudbill.landing.columns import (
    Place,
    Rules,
    checked_sql,
    expected,
    has_one_meaning,
    typed_columns,
)
from cloudbill.landing.readers import Reader, csv_shape, file_format, open_readers, text_of
from cloudbill.landing.shapes import Care
from cloudbill.safe import every_digit
from cloudbill.schema import hour_words
from cloudbill.sql import coalesce, literal

REMEDY = "fetch the export again, as the provider writes it."

Condition = Callable[["Cell"], str | None]
"""SQL that tells whether a cell is what is looked for; None where its column has none."""


@dataclass(frozen=True)
class Cell:
    """A delivered column as a query sees it: as it is, as text, and typed."""

    header: str
    place: Place
    raw: str
    text: str
    typed: str


@dataclass(frozen=True)
class Find:
    """A cell of a file, and how many of its column are like it."""

    path: Path
    number: int
    """Of its record in the file."""
    header: str
    place: Place
    value: str
    count: int
    hours: float

    @property
    def where(self) -> str:
        """The cell in words."""
        return f"{place(self.path, self.number)}, column '{self.header}': '{shortened(self.value)}'"


@contextmanager
def probing(rules: Rules) -> Iterator[tuple[duckdb.DuckDBPyConnection, Rules]]:
    """A connection whose queries keep the order of lines, and rules that read all shapes."""
    con = duckdb.connect()
    try:
        casts.create_macros(con)
        shapes.create_functions(con, are_listed=rules.kind.are_listed, spell=rules.kind.spell)
        con.execute("set TimeZone = 'UTC'")
        yield con, replace(rules, care=max(rules.care, Care.CAREFUL))
    finally:
        con.close()


def explain(files: tuple[Path, ...], rules: Rules, error: duckdb.Error) -> CloudbillError:
    """The first thing that is wrong with the files."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return CloudbillError(
            f"{files[0]} does not land within the memory that CLOUDBILL_MEMORY allows: raise it"
            " (for example CLOUDBILL_MEMORY=8GB)."
        )
    if isinstance(error, duckdb.IOException):
        return unreadable(files, error)
    path = files[0]
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return CloudbillError(
            f"{path} cannot be read ({type(error).__name__}): fetch the export again, and if that"
            " does not help, report it."
        )
    try:
        with probing(rules) as (con, careful):
            for path in files:
                broken_structure(path, has_doubled_key="duplicate key" in str(error))
                for reader in open_readers(con, (path,), whole=careful.whole):
                    if found := first(con, path, reader, careful, is_wrong(careful)):
                        what = expected(careful, found.place)
                        return CloudbillError(f"{found.where} is not {what}: {REMEDY}")
                    differing_spellings(con, path, reader, careful)
    except CloudbillError as sentence:
        return sentence
    except (duckdb.Error, RecursionError):
        pass
    why = {
        "parquet": "is a Parquet file with damaged pages",
        "csv": "has lines that do not all end alike (LF and CRLF), or a misplaced quote",
        "json": "has lines that cannot be read as JSON objects of one kind",
    }
    return CloudbillError(f"{path} {why[file_format(path)[0]]}: {REMEDY}")


def unreadable(files: tuple[Path, ...], error: duckdb.Error) -> CloudbillError:
    """What is wrong where a file or the disk is: only the first line of it tells which."""
    said = str(error).splitlines()[0].lower()
    damaged = next((path for path in files if str(path).lower() in said), None)
    if damaged or "read" in said:
        return CloudbillError(f"{damaged or files[0]} is cut off or damaged: {REMEDY}")
    return CloudbillError(
        f"{files[0]} cannot be landed: the disk of the workspace is full or cannot be written:"
        " check it, and load again."
    )


def is_wrong(rules: Rules) -> Condition:
    """Whether a value does not parse; maps of texts never refuse a bill."""

    def wrong(cell: Cell) -> str | None:
        target = rules.table.columns.get(cell.place.name)
        if target == casts.TAGS or expected(rules, cell.place) is None:
            return None
        nothing = f"{casts.is_word(cell.text)} or {cell.text} in ('[]', '{{}}')"
        # A quantity too large for its type is none.
        large = f"abs(try_cast({cell.text} as double)) >= {casts.MOST}"
        if cell.place.name in rules.table.quantities:
            nothing += f" or coalesce({large}, false)"
        return f"{cell.raw} is not null and not ({nothing}) and {cell.typed} is null"

    return wrong


def first(
    con: duckdb.DuckDBPyConnection, path: Path, reader: Reader, rules: Rules, looked_for: Condition
) -> Find | None:
    """The first cell of a file that is what is looked for."""
    found = list(finds(con, path, reader, rules, looked_for))
    return min(found, key=lambda find: find.number, default=None)


def finds(
    con: duckdb.DuckDBPyConnection, path: Path, reader: Reader, rules: Rules, looked_for: Condition
) -> Iterator[Find]:
    """The first cell of each column that is what is looked for, and how many there are."""
    cells: list[Cell] = []
    listed: list[str] = []
    aggregates: list[str] = []
    for column in typed_columns(rules, reader):
        i, delivered = len(cells), column.delivered
        cell = Cell(delivered.header, column.place, f"raw{i}", f"text{i}", f"typed{i}")
        if (condition := looked_for(cell)) is None:
            continue
        text = shapes.text_of_cell(delivered)
        typed = checked_sql(rules, delivered, column.place)
        listed += [f"{delivered.sql} as raw{i}", f"{text} as text{i}", f"try({typed}) as typed{i}"]
        aggregates.append(
            f"min(n) filter ({condition}), count(*) filter ({condition}),"
            f" sum(hours) filter ({condition}), arg_min(text{i}, n) filter ({condition})"
        )
        cells.append(cell)
    if not cells:
        return
    hours = hours_of(rules, reader)
    numbered = f"select row_number() over () as n, {hours} as hours, {', '.join(listed)}"
    row = (
        con.execute(
            f"select {', '.join(aggregates)} from ({numbered} from {reader.relation})"
        ).fetchone()
        or ()
    )
    for i, cell in enumerate(cells):
        number, count, sum_of_hours, value = row[4 * i : 4 * i + 4]
        if number is not None:
            yield Find(path, number, cell.header, cell.place, value or "", count, sum_of_hours or 0)


def hours_of(rules: Rules, reader: Reader) -> str:
    """SQL of the quantity of a line that is measured in hours."""
    by_name = {column.place.name: column for column in typed_columns(rules, reader)}
    quantities = [by_name[name] for name in rules.table.quantity if name in by_name]
    units = [by_name[name].sql for name in rules.table.units if name in by_name]
    if not quantities or not units:
        return "null::double"
    # As macros/unit_spelling.sql has it.
    words = rf"lower(regexp_replace({coalesce(units)}, '[^\p{{L}}\p{{N}}]+', ' ', 'g'))"
    unit = rf"trim(regexp_replace({words}, '^[0-9 ]*[0-9]((k|m) )?', ''))"
    quantity = coalesce(f"try(cast({column.sql} as double))" for column in quantities)
    return f"if({unit} in ({', '.join(map(literal, hour_words()))}), {quantity}, null)"


def differing_spellings(
    con: duckdb.DuckDBPyConnection, path: Path, reader: Reader, rules: Rules
) -> None:
    """Raise where two spellings of one column differ that must agree."""
    by_name: dict[str, list[tuple[str, str]]] = {}
    for column in typed_columns(rules, reader):
        if column.place.key is None and has_one_meaning(rules, column.place.name):
            found = by_name.setdefault(column.place.name, [])
            found.append((column.delivered.header, column.sql))
    for (header, one), *others in by_name.values():
        for name, other in others:
            row = con.execute(
                f"select n, one, other from (select row_number() over () as n, try({one}) as one,"
                f" try({other}) as other from {reader.relation})"
                " where one != other order by n limit 1"
            ).fetchone()
            if row:
                raise CloudbillError(
                    f"{place(path, row[0])}: '{header}' says {said(row[1])} and '{name}',"
                    f" which is another spelling of it, {said(row[2])}: {REMEDY}"
                )


def where_is(
    files: tuple[Path, ...], rules: Rules, name: str, condition: Callable[[Cell], str]
) -> str:
    """The first cell of a column that is what is looked for, in words, or else the column."""

    def looked_for(cell: Cell) -> str | None:
        is_of_column = cell.place.name == name and cell.place.key is None
        return condition(cell) if is_of_column else None

    with probing(rules) as (con, careful):
        for path in files:
            for reader in open_readers(con, (path,), whole=careful.whole):
                if found := first(con, path, reader, careful, looked_for):
                    return found.where
    return f"{files[0]}, column '{name}'"


def unreadable_cells(files: tuple[Path, ...], rules: Rules) -> list[str]:
    """What could not be read of a bill that landed, which costs no money."""

    def unread(cell: Cell) -> str | None:
        if rules.table.columns.get(cell.place.name) == casts.TAGS and cell.place.key is None:
            nothing = f"{cell.raw} is null or {casts.is_word(cell.text)}"
            return f"not ({nothing}) and {cell.typed} is null"
        if cell.place.name in rules.table.quantities:
            return f"abs(try_cast({cell.text} as double)) >= {casts.MOST}"
        return None

    by_column: dict[str, list[Find]] = {}
    with probing(rules) as (con, careful):
        for path in files:
            for reader in open_readers(con, (path,), whole=careful.whole):
                for find in finds(con, path, reader, careful, unread):
                    by_column.setdefault(find.header, []).append(find)
    return [_told(found, rules) for found in by_column.values()]


def _told(found: list[Find], rules: Rules) -> str:
    count, name = sum(find.count for find in found), found[0].place.name
    lines = "this line has" if count == 1 else f"{count:,} lines like it have"
    if name in rules.table.quantities:
        return f"{found[0].where} is more than can be added up: {lines} no quantity."
    told = f"{found[0].where} cannot be read as keys and values: {lines} none of them"
    hours = sum(find.hours for find in found)
    if name in rules.table.details and hours:
        told += f", and {hours:,.6g} hours of usage have no machine that it would tell"
    return f"{told}; the costs count."


def undated(files: tuple[Path, ...], rules: Rules) -> CloudbillError:
    """The first line without any date."""
    with probing(rules) as (con, careful):
        for path in files:
            for reader in open_readers(con, (path,), whole=careful.whole):
                dated = [
                    column
                    for column in typed_columns(careful, reader)
                    if column.place.name in rules.table.dates
                ]
                values = ", ".join(column.sql for column in dated) or "null"
                row = con.execute(
                    "select min(n) from (select row_number() over () as n,"
                    f" coalesce({values}, null) as dated from {reader.relation})"
                    " where dated is null"
                ).fetchone()
                if row and row[0]:
                    headers = ", ".join(column.delivered.header for column in dated)
                    headers = headers or ", ".join(rules.table.dates)
                    return CloudbillError(f"{place(path, row[0])}: no date in {headers}: {REMEDY}")
    return CloudbillError(f"{files[0]} has lines without a date: {REMEDY}")


def broken_structure(path: Path, *, has_doubled_key: bool) -> None:
    """Raise when a line is no record."""
    format_, is_gzip = file_format(path)
    if format_ == "csv":
        shape = csv_shape(path, is_gzip)
        for line, row in csv_records(path):
            if isinstance(row, csv.Error):
                raise CloudbillError(
                    f"{path}, line {line}: a quote is misplaced or not closed: {REMEDY}"
                )
            if len(row) != len(shape.header):
                raise CloudbillError(
                    f"{path}, line {line}: {len(row)} values where the header has"
                    f" {len(shape.header)} columns: {REMEDY}"
                )
    elif format_ == "json":
        for line, text in json_lines(path):
            doubled: list[str] = []

            def parsed(items: list[tuple[str, object]], doubled: list[str] = doubled) -> object:
                names = [name for name, _ in items]
                doubled += [name for name in names if names.count(name) > 1]
                return dict(items)

            try:
                is_object = isinstance(json.loads(text, object_pairs_hook=parsed), dict)
            except (ValueError, RecursionError):
                is_object = False
            if not is_object:
                raise CloudbillError(
                    f"{path}, line {line}: '{shortened(text)}' is not a JSON object: {REMEDY}"
                )
            if doubled and has_doubled_key:
                raise CloudbillError(
                    f"{path}, line {line}: '{doubled[0]}' is there twice, and nothing tells which"
                    f" counts: {REMEDY}"
                )


def plain_number(number: Decimal | float) -> str:
    """A number without the zeros that its type adds."""
    return every_digit(Decimal(str(number)))


def said(value: object) -> str:
    """What a cell says, in words."""
    return plain_number(value) if isinstance(value, Decimal | float) else f"'{value}'"


def place(path: Path, number: int) -> str:
    """The physical line where a record starts; Parquet has rows."""
    format_, _ = file_format(path)
    if format_ == "parquet":
        return f"{path}, row {number}"
    records = csv_records(path) if format_ == "csv" else json_lines(path)
    line = next(line for count, (line, _) in enumerate(records, start=1) if count == number)
    return f"{path}, line {line}"


def csv_records(path: Path) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Records after the header, with the line where each starts; the last may be an error."""
    is_gzip = file_format(path)[1]
    shape = csv_shape(path, is_gzip)
    with text_of(path, is_gzip) as text:
        rows = csv.reader(islice(text, shape.skip, None), delimiter=shape.delimiter, strict=True)
        next(rows)
        before = shape.skip + rows.line_num
        try:
            for row in rows:
                if row:
                    yield before + 1, row
                before = shape.skip + rows.line_num
        except csv.Error as error:
            yield before + 1, error


def json_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers."""
    with text_of(path, file_format(path)[1]) as text:
        for number, line in enumerate(text, start=1):
            if line.strip():
                yield number, line


def shortened(value: str, most: int = 40) -> str:
    """Enough of a value to recognise it."""
    value = " ".join(value.split())
    return value if len(value) <= most else value[: most - 1] + "…"
