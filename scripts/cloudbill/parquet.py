"""Put a Parquet file together from row groups of others, byte by byte, without decoding them.

Offsets in the footer (Thrift's compact protocol) are all that depends on where a row group is:
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

MAGIC = b"PAR1"

# Types of the compact protocol.
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)

# Fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData.
SCHEMA, FILE_ROWS, ROW_GROUPS = 2, 3, 4
COLUMNS, ROWS, GROUP_OFFSET, ORDINAL = 1, 3, 5, 7
CHUNK_OFFSET, CHUNK = 2, 3
CHUNK_BYTES, DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, BLOOM_FILTER, BLOOM_BYTES = 7, 9, 10, 11, 14, 15

# A struct: its fields by number, each with its type.
Struct = dict[int, tuple[int, Any]]


class RowGroup(NamedTuple):
    """A row group of a file."""

    file: Path
    number: int
    rows: int


def row_groups(file: Path) -> list[RowGroup]:
    """List the row groups of a file."""
    _, (_, groups) = read_footer(file)[ROW_GROUPS]
    return [RowGroup(file, number, group[ROWS][1]) for number, group in enumerate(groups)]


def assemble(target: Path, chosen: Iterable[RowGroup]) -> None:
    """Write a file of these row groups, which have the same columns."""
    footer: Struct = {}
    moved = []
    with target.open("wb") as output:
        output.write(MAGIC)
        for file, of_file in groupby(chosen, lambda group: group.file):
            source = read_footer(file)
            footer = footer or source
            if footer[SCHEMA] != source[SCHEMA]:
                raise ValueError(f"{file} has other columns")
            _, (_, groups) = source[ROW_GROUPS]
            with file.open("rb") as input_:
                for _, number, _ in of_file:
                    group = groups[number]
                    start, end = extent(group)
                    move(group, output.tell() - start, len(moved))
                    moved.append(group)
                    input_.seek(start)
                    output.write(input_.read(end - start))
        footer[ROW_GROUPS] = LIST, (STRUCT, moved)
        footer[FILE_ROWS] = I64, sum(group[ROWS][1] for group in moved)
        encoded = write_struct(footer)
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


def move(group: Struct, distance: int, ordinal: int) -> None:
    """Change the offsets of a row group; drop those of indexes, which stay behind."""
    shift(group, GROUP_OFFSET, distance)
    if ORDINAL in group:
        group[ORDINAL] = I16, ordinal
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


class Reader:
    """Read Thrift's compact protocol."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def struct(self) -> Struct:
        """Read fields up to the stop."""
        fields: Struct = {}
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.signed()
            kind = head & 15
            fields[number] = kind, self.value(kind)
        return fields

    def value(self, kind: int) -> Any:  # noqa: PLR0911
        """Read a value; the type of a Boolean field is its value."""
        if kind in (I16, I32, I64):
            return self.signed()
        if kind == BINARY:
            return self.take(self.unsigned())
        if kind == STRUCT:
            return self.struct()
        if kind in (LIST, SET):
            head = self.byte()
            size = self.unsigned() if head >> 4 == 15 else head >> 4
            element = head & 15
            if element in (TRUE, FALSE):
                return element, [self.byte() for _ in range(size)]
            return element, [self.value(element) for _ in range(size)]
        if kind == BYTE:
            return self.byte()
        if kind == DOUBLE:
            return self.take(8)
        if kind in (TRUE, FALSE):
            return None
        raise ValueError(f"no Parquet footer has type {kind}")

    def byte(self) -> int:
        self.position += 1
        return self.data[self.position - 1]

    def take(self, size: int) -> bytes:
        self.position += size
        return self.data[self.position - size : self.position]

    def unsigned(self) -> int:
        value, bits = 0, 0
        while (byte := self.byte()) > 127:
            value |= (byte & 127) << bits
            bits += 7
        return value | byte << bits

    def signed(self) -> int:
        value = self.unsigned()
        return value >> 1 ^ -(value & 1)


def write_struct(fields: Struct) -> bytes:
    """Write a struct in Thrift's compact protocol."""
    written = bytearray()
    last = 0
    for number, (kind, value) in sorted(fields.items()):
        if 0 < number - last < 16:
            written.append((number - last) << 4 | kind)
        else:
            written.append(kind)
            written += signed(number)
        written += write_value(kind, value)
        last = number
    written.append(0)
    return bytes(written)


def write_value(kind: int, value: Any) -> bytes:
    """Write what `Reader.value` reads."""
    if kind in (I16, I32, I64):
        return signed(value)
    if kind == BINARY:
        return unsigned(len(value)) + value
    if kind == STRUCT:
        return write_struct(value)
    if kind in (LIST, SET):
        element, values = value
        size = len(values)
        head = bytes([size << 4 | element]) if size < 15 else bytes([0xF0 | element]) + unsigned(size)
        if element in (TRUE, FALSE):
            return head + bytes(values)
        return head + b"".join(write_value(element, item) for item in values)
    if kind == BYTE:
        return bytes([value])
    if kind == DOUBLE:
        return value
    return b""


def unsigned(value: int) -> bytes:
    """Seven bits a byte, the least first."""
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)


def signed(value: int) -> bytes:
    """The sign in the last bit."""
    return unsigned(value << 1 if value >= 0 else (-value << 1) - 1)
