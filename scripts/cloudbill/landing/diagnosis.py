"""Why a bill does not land: a second, slower look at its files, to name line, column and value."""

import csv
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import duckdb

from cloudbill.errors import CloudbillError
from cloudbill.landing import casts
from cloudbill.landing.readers import (
    Delivered,
    Reader,
    csv_shape,
    file_format,
    open_readers,
    text_of,
)

Typed = Callable[[Delivered], tuple[str, str]]
"""Type and SQL of a delivered column in the lake."""
REMEDY = "correct the file, or deliver it again."


def explain(files: tuple[Path, ...], typed: Typed, error: duckdb.Error) -> CloudbillError:
    """The first thing that is wrong with the files."""
    reason = str(error).splitlines()[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        return CloudbillError(
            f"{files[0]} does not land within the memory that CLOUDBILL_MEMORY allows: raise it"
            f" (for example CLOUDBILL_MEMORY=8GB). {reason}"
        )
    if isinstance(error, duckdb.IOException):
        return CloudbillError(f"{files[0]} cannot be landed: {reason}")
    con = duckdb.connect()
    casts.create_macros(con)
    con.execute("set TimeZone = 'UTC'")
    try:
        for path in files:
            broken_structure(path)
            for reader in open_readers(con, (path,)):
                if found := wrong_value(con, reader, typed):
                    number, delivered, value, target = found
                    return CloudbillError(
                        f"{place(path, number)}, column '{delivered.header}': '{shortened(value)}'"
                        f" is not {casts.EXPECTED[target]}: {REMEDY}"
                    )
    except CloudbillError as sentence:
        return sentence
    except duckdb.Error:
        pass
    if "reached an invalid state" in reason:
        reason = "its lines do not all end alike (LF and CRLF), or a quote is misplaced"
    return CloudbillError(f"{path} cannot be read: {reason}: {REMEDY}")


def undated(files: tuple[Path, ...], typed: Typed, dates: Callable[[str], bool]) -> CloudbillError:
    """The first line without any date."""
    con = duckdb.connect()
    casts.create_macros(con)
    con.execute("set TimeZone = 'UTC'")
    for path in files:
        for reader in open_readers(con, (path,)):
            columns = [column for column in reader.columns if dates(column.header)]
            values = ", ".join(typed(column)[1] for column in columns) or "null"
            row = con.execute(
                f"select min(n) from (select row_number() over () as n, coalesce({values}, null)"
                f" as dated from {reader.relation}) where dated is null"
            ).fetchone()
            if row and row[0]:
                headers = ", ".join(column.header for column in columns)
                return CloudbillError(f"{place(path, row[0])}: no date in {headers}: {REMEDY}")
    return CloudbillError(f"{files[0]} has lines without a date: {REMEDY}")


def broken_structure(path: Path) -> None:
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
            try:
                is_object = isinstance(json.loads(text), dict)
            except ValueError:
                is_object = False
            if not is_object:
                raise CloudbillError(
                    f"{path}, line {line}: '{shortened(text)}' is not a JSON object: {REMEDY}"
                )


def wrong_value(
    con: duckdb.DuckDBPyConnection, reader: Reader, typed: Typed
) -> tuple[int, Delivered, str, str] | None:
    """Number of the first record with a value that does not parse, its column, value and type."""
    checked = []
    for delivered in reader.columns:
        target, sql = typed(delivered)
        if target in casts.EXPECTED:
            checked.append((delivered, target, sql))
    if not checked:
        return None
    wrong = ", ".join(
        f"min(n) filter (where raw{i} is not null and typed{i} is null)"
        for i in range(len(checked))
    )
    values = ", ".join(
        f"{delivered.sql} as raw{i}, try({sql}) as typed{i}"
        for i, (delivered, _, sql) in enumerate(checked)
    )
    numbered = f"select row_number() over () as n, {values} from {reader.relation}"
    row = con.execute(f"select {wrong} from ({numbered})").fetchone() or ()
    found = [(number, i) for i, number in enumerate(row) if number is not None]
    if not found:
        return None
    number, i = min(found)
    delivered, target, _ = checked[i]
    value = con.execute(
        f"select cast({delivered.sql} as varchar) from {reader.relation}"
        f" limit 1 offset {number - 1}"
    ).fetchone()
    return number, delivered, value[0] if value else "", target


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
