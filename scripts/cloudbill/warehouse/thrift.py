"""Thrift's compact protocol, as far as footers of Parquet files use it.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

LONG_LIST = 15


class Type(IntEnum):
    """Types of values."""

    TRUE = 1
    FALSE = 2
    BYTE = 3
    I16 = 4
    I32 = 5
    I64 = 6
    BINARY = 8
    LIST = 9
    STRUCT = 12


# Fields by number, each with its type; the type of a Boolean is its value. The value of a list is
# the type of its elements and the elements.
Struct = dict[int, tuple[int, Any]]


class Reader:
    """Reads one value after the other."""

    def __init__(self, data: bytes) -> None:
        """Start at the first byte."""
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        """Read fields up to the stop."""
        fields: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = head & 15, self._value(head & 15)
        return fields

    def _value(self, kind: int) -> Any:
        match kind:
            case Type.TRUE | Type.FALSE:
                value: Any = None
            case Type.BYTE:
                value = self._byte()
            case Type.I16 | Type.I32 | Type.I64:
                value = self._signed()
            case Type.BINARY:
                value = self._bytes(self._unsigned())
            case Type.LIST:
                value = self._list()
            case Type.STRUCT:
                value = self.struct()
            case _:
                raise ValueError(f"Thrift's type {kind} is in no footer that DuckDB writes")
        return value

    def _list(self) -> tuple[int, list[Any]]:
        head = self._byte()
        size = self._unsigned() if head >> 4 == LONG_LIST else head >> 4
        return head & 15, [self._value(head & 15) for _ in range(size)]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def _unsigned(self) -> int:
        value = bits = 0
        while (byte := self._byte()) > 127:
            value |= (byte & 127) << bits
            bits += 7
        return value | byte << bits

    def _signed(self) -> int:
        value = self._unsigned()
        return value >> 1 ^ -(value & 1)


def encode(struct: Struct) -> bytes:
    """Write a struct."""
    written = bytearray()
    last = 0
    for number, (kind, value) in sorted(struct.items()):
        step = number - last
        written += bytes([step << 4 | kind]) if step < 16 else bytes([kind]) + _signed(number)
        written += _encoded(kind, value)
        last = number
    return bytes(written) + b"\0"


def _encoded(kind: int, value: Any) -> bytes:
    match kind:
        case Type.BYTE:
            written = bytes([value])
        case Type.I16 | Type.I32 | Type.I64:
            written = _signed(value)
        case Type.BINARY:
            written = _unsigned(len(value)) + value
        case Type.LIST:
            element, items = value
            size = len(items)
            long = bytes([LONG_LIST << 4 | element]) + _unsigned(size)
            head = bytes([size << 4 | element]) if size < LONG_LIST else long
            written = head + b"".join(_encoded(element, item) for item in items)
        case Type.STRUCT:
            written = encode(value)
        case _:
            written = b""
    return written


def _unsigned(value: int) -> bytes:
    """Seven bits a byte, the least first."""
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)


def _signed(value: int) -> bytes:
    """The sign is the last bit."""
    return _unsigned(value << 1 ^ value >> 63)
