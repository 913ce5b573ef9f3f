"""Writing bills to files, every line as many times as the company has copies."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cloudbill.samples.lines import ACCOUNT, COPY, BillFile, Line

LINES_PER_PART = 1_000_000
ACCOUNTS = 200  # copies share accounts beyond this number

Encode = Callable[[Sequence[Line]], bytes]


def write_text_bill(
    bill: BillFile, folder: Path, encode: Encode, head: bytes, copies: int, seed: int
) -> list[Path]:
    """Write a bill as CSV or NDJSON, gzipped if its name says so; return the files."""
    chunks = [(encode(chunk), len(chunk)) for chunk in bill.chunks]
    values = [_copy_values(copy, seed) for copy in range(copies)]
    paths: list[Path] = []
    pieces = _pieces(chunks, values)
    piece = next(pieces, None)
    while piece is not None:
        path = folder / bill.path.format(part=f"{len(paths) + 1:05d}")
        paths.append(path)
        is_split = "{part}" in bill.path
        with _opened(path, small=copies == 1) as file:
            file.write(head)
            lines = 0
            while piece is not None and (lines < LINES_PER_PART or not is_split):
                file.write(piece[0])
                lines += piece[1]
                piece = next(pieces, None)
    return paths


def csv_encoder(header: Sequence[str], keys: Sequence[str] | None = None) -> tuple[Encode, bytes]:
    """Encode rows as CSV, and the header line."""

    def encode(lines: Sequence[Line]) -> bytes:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerows([line.row.get(key, "") for key in keys or header] for line in lines)
        return buffer.getvalue().encode()

    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(header)
    return encode, buffer.getvalue().encode()


def encode_json(lines: Sequence[Line]) -> bytes:
    """Encode rows as newline-delimited JSON."""
    return "".join(
        json.dumps(line.row, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines
    ).encode()


def copy_number(copy: int, seed: int) -> int:
    """A different 32-bit number for every copy (the multiplier is odd, so none repeats)."""
    return (copy * 2_654_435_761 + seed * 40_503 + 305_419_896) % 2**32


def _copy_values(copy: int, seed: int) -> tuple[bytes, bytes]:
    return f"{copy_number(copy, seed):08x}".encode(), f"{copy % ACCOUNTS:04d}".encode()


def _pieces(
    chunks: Sequence[tuple[bytes, int]], values: Sequence[tuple[bytes, bytes]]
) -> Iterator[tuple[bytes, int]]:
    copy, account = COPY.encode(), ACCOUNT.encode()
    for chunk, lines in chunks:
        for copy_value, account_value in values:
            yield chunk.replace(copy, copy_value).replace(account, account_value), lines


@contextmanager
def _opened(path: Path, small: bool) -> Iterator[IO[Any]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        if path.suffix != ".gz":
            yield file
            return
        with gzip.GzipFile("", "wb", 9 if small else 1, file, mtime=0) as zipped:
            yield zipped
