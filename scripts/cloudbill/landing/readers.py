"""Files of any format as one relation of delivered columns."""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from cloudbill.delivered.files import grouped
from cloudbill.errors import CloudbillError, NoChargesError
from cloudbill.landing.recognition import json_keys, looks_like, without_charges
from cloudbill.landing.texts import GZIP
from cloudbill.sql import identifier, literal, literals, parquet

csv.field_size_limit(1 << 30)
# The EA portal's file has two lines above its header; a title is no header.
PREAMBLE_LINES = 10
TITLE_CELLS = 2
HEADER_CELLS = 5
# No line of a bill comes near it.
LONGEST_LINE = 1 << 23
# Nor near this many lists and objects; a hundred thousand within each other end DuckDB.
MOST_BRACKETS = 2000
# Nor are they within each other so often; DuckDB's expressions end at some 250.
DEEPEST = 100

Whole = Callable[[str], bool]
"""Whether a column (by header) is a map or a list, to be read whole in any shape."""


@dataclass(frozen=True)
class Delivered:
    """A delivered column: its header, the SQL that reads it, and what that gives."""

    header: str
    sql: str
    shape: str = "text"
    """text, json, list, map, struct, or DuckDB's name of a scalar type."""
    fields: tuple[str, ...] = ()
    """Of a struct, or of the structs of a list."""


@dataclass(frozen=True)
class Reader:
    """Files of one format and one set of columns."""

    format: str
    files: tuple[Path, ...]
    relation: str
    columns: tuple[Delivered, ...]


@dataclass(frozen=True)
class CsvShape:
    """How a CSV file is written, and its header."""

    skip: int
    """Lines above the header."""
    delimiter: str
    header: tuple[str, ...]
    is_empty: bool


def open_readers(
    con: duckdb.DuckDBPyConnection,
    files: tuple[Path, ...],
    pipes: Mapping[Path, Path] = MappingProxyType({}),
    whole: Whole = lambda header: False,
) -> list[Reader]:
    """Readers of the files, in their order; files that look alike are read together.

    Those that have a pipe are read from it, which can be done once. Structs are read as a column
    for each field, but for those that are `whole`.
    """
    readers: list[Reader] = []
    for (format_, is_gzip), siblings in grouped(files, file_format):
        if format_ == "parquet":
            readers += _parquet_readers(con, siblings, whole)
        elif format_ == "json":
            readers += _json_readers(con, siblings, is_gzip, whole)
        else:
            readers += _csv_readers(siblings, is_gzip, pipes)
    return readers


def file_format(path: Path) -> tuple[str, bool]:
    """The format by what the file holds, whatever its name says, and whether it is gzipped."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PAR1":
        return "parquet", False
    is_gzip = start.startswith(GZIP)
    with text_of(path, is_gzip) as text:
        first = text.read(4096).lstrip()
        is_document = first.startswith("[") or re.match(r"\{\s*\n", first)
        if is_document:
            # Charges may name contracts before they name their cost.
            first += text.read(LONGEST_LINE)
    if not first:
        # Only JSON lines can be none: a table has a header, a zip archive a directory.
        if any(ending in path.name.lower() for ending in (".csv", ".parquet", ".zip")):
            raise CloudbillError(f"{path} is empty, without even a header: deliver it again.")
        return "json", is_gzip
    if is_document:
        if beside := without_charges(json_keys(first)):
            raise no_charges(path, beside)
        other = looks_like(json_keys(first))
        what = f"looks like {other}" if other else "is a JSON list or document"
        raise CloudbillError(
            f"{path} {what}: bills have one JSON object per line, as `jq -c '.[]'` makes of a list."
        )
    return ("json" if first.startswith("{") else "csv"), is_gzip


def no_charges(path: Path, what: str) -> NoChargesError:
    """What to say of a file that lies beside charges."""
    return NoChargesError(f"{path} is {what}, which holds no charges: it is not read.")


@contextmanager
def text_of(path: Path, is_gzip: bool, encoding: str = "utf-8-sig") -> Iterator[io.TextIOWrapper]:
    """The file's text; what cannot be inflated or decoded is told in a sentence."""
    try:
        with (
            gzip.open(path, "rb") if is_gzip else path.open("rb") as raw,
            io.TextIOWrapper(raw, encoding=encoding, newline="") as text,
        ):
            yield text
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise CloudbillError(
            f"{path} is a gzip file that is cut off or damaged: copy or deliver it again."
        ) from None
    except UnicodeDecodeError as error:
        raise CloudbillError(
            f"{path} is not UTF-8 text ({error.reason}): save it as UTF-8, or deliver it again."
        ) from None


def csv_shape(path: Path, is_gzip: bool) -> CsvShape:
    """Delimiter and header of a CSV file."""
    if not is_gzip:
        check_line_lengths(path)
    with text_of(path, is_gzip) as text:
        lines = list(islice(text, PREAMBLE_LINES))
        skip = preamble([line.lstrip("\ufeff") for line in lines])
        if skip and len({line[len(line.rstrip("\r\n")) :] for line in lines[: skip + 1]}) > 1:
            # DuckDB would find the header in them and no line below it.
            raise CloudbillError(
                f"{path}: the lines above its header end otherwise than the header does (LF and"
                " CRLF): make them alike, or deliver it again."
            )
        delimiter = delimiter_of(lines[skip])
        text.seek(0)
        rows = csv.reader(islice(text, skip, None), delimiter=delimiter)
        header = tuple(name.strip().lstrip("\ufeff") for name in next(rows))
        return CsvShape(skip, delimiter, header, next(rows, None) is None)


def check_line_lengths(path: Path) -> None:
    """Refuse a line so long that DuckDB might leave it out: any of twice the greatest length."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        for start in range(0, len(data) - LONGEST_LINE, LONGEST_LINE):
            if all(data.find(end, start, start + LONGEST_LINE) < 0 for end in (b"\n", b"\r")):
                raise too_long(path)


def too_long(path: Path) -> CloudbillError:
    """The error for a line that DuckDB would leave out where it spans several of its buffers."""
    return CloudbillError(
        f"{path} has a line of more than {LONGEST_LINE >> 20} MB, which no bill has: look for a"
        " quote that is not closed, or deliver it again."
    )


def delimiter_of(line: str) -> str:
    """The one that the line has most of."""
    return max(",;\t", key=line.count)


def preamble(lines: list[str]) -> int:
    """How many lines of titles stand above the header."""
    filled = [
        sum(
            bool(cell.strip())
            for cell in next(csv.reader([line], delimiter=delimiter_of(line)), [])
        )
        for line in lines
    ]
    first = next((number for number, cells in enumerate(filled) if cells), 0)
    if filled[first] > TITLE_CELLS:
        return first
    return next((number for number, cells in enumerate(filled) if cells > HEADER_CELLS), first)


def _csv_readers(files: list[Path], is_gzip: bool, pipes: Mapping[Path, Path]) -> Iterator[Reader]:
    shapes = {path: csv_shape(path, is_gzip) for path in files}
    # DuckDB 1.5 fails on a file that has nothing but a header, when read with others.
    for shape, siblings in grouped(files, lambda path: shapes[path]):
        columns = tuple(
            Delivered(name or f"column {number + 1}", f"c{number}")
            for number, name in enumerate(shape.header)
        )
        types = ", ".join(f"'{column.sql}': 'varchar'" for column in columns)
        sources = [pipes.get(path, path) for path in siblings]
        packed = is_gzip and sources == siblings
        # Never sniffed: one bad row makes DuckDB guess another dialect and drop columns.
        relation = (
            f"read_csv({literals(sources)}, auto_detect = false, columns = {{{types}}},"
            f" delim = {literal(shape.delimiter)}, quote = '\"', escape = '\"', header = true,"
            f" skip = {shape.skip},"
            f" strict_mode = true, max_line_size = {2 * LONGEST_LINE},"
            f" compression = '{'gzip' if packed else 'none'}')"
        )
        yield Reader("csv", tuple(siblings), relation, columns)


def _parquet_readers(
    con: duckdb.DuckDBPyConnection, files: list[Path], whole: Whole
) -> Iterator[Reader]:
    def relation(paths: list[Path]) -> str:
        return parquet(paths, "binary_as_string = true")

    described = {}
    for path in files:
        try:
            described[path] = con.sql(f"select * from {relation([path])}")
        except duckdb.Error:
            raise CloudbillError(
                f"{path} is a Parquet file that is cut off or damaged: copy or deliver it again."
            ) from None
    shapes = {
        path: tuple(zip(rel.columns, map(str, rel.types), strict=True))
        for path, rel in described.items()
    }
    for _, siblings in grouped(files, lambda path: shapes[path]):
        rel = described[siblings[0]]
        columns = [
            column
            for name, type_ in zip(rel.columns, rel.types, strict=True)
            for column in _flat(name, identifier(name), type_, whole)
        ]
        yield Reader("parquet", tuple(siblings), relation(siblings), tuple(columns))


def _json_readers(
    con: duckdb.DuckDBPyConnection, files: list[Path], is_gzip: bool, whole: Whole
) -> Iterator[Reader]:
    def source(paths: list[Path]) -> str:
        packed = "gzip" if is_gzip else "uncompressed"
        return f"{literals(paths)}, compression = '{packed}', format = 'newline_delimited'"

    # DuckDB's own merge (json_group_structure) holds the text of the whole file in memory.
    text = "cast(json as varchar)"
    brackets = f"strlen({text}) - strlen(replace(replace({text}, '[', ''), '{{', ''))"
    is_deep = f"strlen({text}) > {5 * MOST_BRACKETS} and {brackets} > {MOST_BRACKETS}"
    found = con.execute(
        f"select if({is_deep}, null, cast(json_structure(json) as varchar)) as structure,"
        f" list(distinct filename) from read_json_objects({source(files)}, filename = true)"
        " group by structure"
    ).fetchall()
    structures = [(_structure(said, names[0]), names) for said, names in found]
    # What lies beside the charges has columns of its own; in a file with other lines it is theirs.
    beside: dict[str, str | None] = {}
    for structure, names in structures:
        what = without_charges(structure) if isinstance(structure, dict) else None
        beside |= {name: what if beside.get(name, what) == what else None for name in names}
    for what, siblings in grouped(files, lambda path: beside.get(str(path))):
        own = [(one, names) for one, names in structures if what in map(beside.get, names)]
        yield _json_reader(siblings, source(siblings), own, whole)


def _structure(said: str | None, file: str) -> Any:
    """What DuckDB says of the structure of a line."""
    try:
        structure = json.loads(said or "")
        if _depth(structure) <= DEEPEST:
            return structure
    except (ValueError, RecursionError):
        pass
    raise CloudbillError(
        f"{file} has a line with more than {MOST_BRACKETS:,} lists and objects in it, or"
        f" {DEEPEST} within each other, which no bill has: fetch the export again, or take the"
        " file away."
    )


def _json_reader(
    files: list[Path], source: str, structures: list[tuple[Any, list[str]]], whole: Whole
) -> Reader:
    structure: Any = {}
    for one, names in structures:
        structure = _merged(structure, one)
        if not isinstance(structure, dict):
            raise CloudbillError(
                f"{names[0]} has a line that is no JSON object: bills have one per line; deliver it"
                " again, or take the file away."
            )
    types = {name: _json_type(name, shape, whole) for name, shape in structure.items()}
    if not types:
        empty = "(select null as nothing where false)"
        return Reader("json", tuple(files), empty, ())
    listed = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    relation = f"read_json({source}, columns = {{{listed}}})"
    columns = [
        column
        for name, type_ in types.items()
        for column in _flat(name, identifier(name), duckdb.type(type_), whole)
    ]
    return Reader("json", tuple(files), relation, tuple(columns))


def _depth(structure: Any) -> int:
    """Count how often objects and lists are within each other."""
    inner = structure.values() if isinstance(structure, dict) else structure
    is_leaf = not isinstance(structure, dict | list)
    return 0 if is_leaf else 1 + max(map(_depth, inner), default=0)


def _merged(one: Any, other: Any, *, in_list: bool = False) -> Any:
    """What two structures are together.

    JSON is that of {}; in a list it is that of elements that differ, too, and stays what it is.
    """
    for empty, shape in ((one, other), (other, one)):
        if empty == "NULL" or (empty == "JSON" and isinstance(shape, dict) and not in_list):
            return shape
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {
            name: _merged(one.get(name, "NULL"), shape, in_list=in_list)
            for name, shape in other.items()
        }
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(one[0], other[0], in_list=True)]
    if one == other:
        return one
    return "JSON" if in_list else "VARCHAR"


def _json_type(header: str, shape: Any, whole: Whole) -> str:
    """Scalars are text (BigQuery writes some numbers as strings); structs and lists stay."""
    if isinstance(shape, dict) and shape and not whole(header):
        fields = (
            f"{identifier(name)} {_json_type(f'{header}.{name}', inner, whole)}"
            for name, inner in shape.items()
        )
        return f"struct({', '.join(fields)})"
    if isinstance(shape, list) and shape and isinstance(shape[0], dict) and shape[0]:
        return f"{_json_type('', shape[0], lambda header: False)}[]"
    return "json" if isinstance(shape, dict | list) else "varchar"


def _flat(header: str, sql: str, type_: Any, whole: Whole) -> Iterator[Delivered]:
    """A column as its leaves: structs are flattened, lists and maps stay whole."""
    if type_.id == "struct":
        fields = dict(type_.children)
        name, inner = next(iter(fields.items()))
        if len(fields) == 1 and inner.id == "list" and name in ("list", "bag", "array"):
            # Parquet lists that keep their wrapping, as BigQuery extracts do.
            yield from _flat(header, f"{sql}.{identifier(name)}", inner, whole)
        elif whole(header):
            yield Delivered(header, sql, "struct", tuple(sorted(fields)))
        else:
            for name, child in fields.items():
                yield from _flat(f"{header}.{name}", f"{sql}.{identifier(name)}", child, whole)
        return
    if type_.id == "list" and (element := dict(type_.children)["child"]).id == "struct":
        fields = dict(element.children)
        if len(fields) == 1 and (name := next(iter(fields))) in ("element", "array", "item"):
            sql = f"list_transform({sql}, lambda e: e.{identifier(name)})"
            inner = fields[name]
            fields = dict(inner.children) if inner.id == "struct" else {}
        yield Delivered(header, sql, "list", tuple(sorted(fields)))
        return
    yield Delivered(header, sql, {"VARCHAR": "text", "JSON": "json"}.get(str(type_), type_.id))
