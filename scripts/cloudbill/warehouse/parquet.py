"""Put a Parquet file together from row groups of others, byte by byte, without decoding them.

Offsets in the footer are all that depends on where a row group is:
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cloudbill.warehouse.thrift import Reader, Struct, Type, encode

MAGIC = b"PAR1"

# Fields of FileMetaData, RowGroup, ColumnChunk, ColumnMetaData and Statistics.
SCHEMA, FILE_ROWS, ROW_GROUPS = 2, 3, 4
COLUMNS, ROWS, GROUP_OFFSET, ORDINAL = 1, 3, 5, 7
CHUNK_OFFSET, CHUNK = 2, 3
PATH, CHUNK_BYTES, DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE = 3, 7, 9, 10, 11
STATISTICS, BLOOM_FILTER, BLOOM_BYTES = 12, 14, 15
NULLS, MAX_VALUE, MIN_VALUE = 3, 5, 6


class RowGroup(NamedTuple):
    """A row group of a file, and the values that some columns have in all its rows."""

    file: Path
    number: int
    rows: int
    values: tuple[str | None, ...]


def row_groups(file: Path, columns: list[str]) -> list[RowGroup]:
    """List the row groups of a file; a value is None where it is not the same in all rows."""
    groups = read_footer(file)[ROW_GROUPS][1][1]
    return [
        RowGroup(file, number, group[ROWS][1], tuple(only_value(group, name) for name in columns))
        for number, group in enumerate(groups)
    ]


def only_value(group: Struct, column: str) -> str | None:
    """Tell the value of a text column, if its statistics say that it has one only."""
    for chunk in (found[CHUNK][1] for found in group[COLUMNS][1][1]):
        if chunk[PATH][1][1] == [column.encode()]:
            _, statistics = chunk.get(STATISTICS, (Type.STRUCT, {}))
            least, most, nulls = (statistics.get(field) for field in (MIN_VALUE, MAX_VALUE, NULLS))
            if least and least == most and nulls == (Type.I64, 0):
                return str(least[1], "utf-8")
    return None


def assemble(target: Path, chosen: list[RowGroup]) -> None:
    """Write a file of these row groups, which have the same columns."""
    footers = {file: read_footer(file) for file in {group.file for group in chosen}}
    footer = footers[chosen[0].file].copy()
    if any(other[SCHEMA] != footer[SCHEMA] for other in footers.values()):
        raise ValueError(f"{target} cannot have parts with other columns")
    moved = []
    with target.open("wb") as output:
        output.write(MAGIC)
        for file, number, *_ in chosen:
            group = footers[file][ROW_GROUPS][1][1][number]
            start, end = extent(group)
            move(group, output.tell() - start)
            moved.append(group)
            with file.open("rb") as source:
                source.seek(start)
                output.write(source.read(end - start))
        footer[ROW_GROUPS] = Type.LIST, (Type.STRUCT, moved)
        footer[FILE_ROWS] = Type.I64, sum(group.rows for group in chosen)
        encoded = encode(footer)
        output.write(encoded + len(encoded).to_bytes(4, "little") + MAGIC)


def read_footer(file: Path) -> Struct:
    """Read what a file says of its row groups."""
    with file.open("rb") as input_:
        input_.seek(-8, 2)
        size = int.from_bytes(input_.read(4), "little")
        input_.seek(-8 - size, 2)
        return Reader(input_.read(size)).struct()


def extent(group: Struct) -> tuple[int, int]:
    """Where the pages of a row group start and end."""
    starts, ends = [], []
    for column in group[COLUMNS][1][1]:
        chunk = column[CHUNK][1]
        start = min(chunk[page][1] for page in (DATA_PAGE, DICTIONARY_PAGE) if page in chunk)
        starts.append(start)
        ends.append(start + chunk[CHUNK_BYTES][1])
    return min(starts), max(ends)


def move(group: Struct, distance: int) -> None:
    """Change the offsets of a row group; drop indexes, which stay behind."""
    shift(group, GROUP_OFFSET, distance)
    group.pop(ORDINAL, None)
    for column in group[COLUMNS][1][1]:
        for field in [field for field in column if field > CHUNK]:
            del column[field]
        shift(column, CHUNK_OFFSET, distance)
        chunk = column[CHUNK][1]
        for field in (DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE):
            shift(chunk, field, distance)
        for field in (BLOOM_FILTER, BLOOM_BYTES):
            chunk.pop(field, None)


def shift(struct: Struct, field: int, distance: int) -> None:
    """Add to an offset; 0 stands for none."""
    if field in struct and struct[field][1]:
        kind, offset = struct[field]
        struct[field] = kind, offset + distance
