"""Writing bills to files, every line as many times as the company has copies."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cloudbill.samples.lines import ACCOUNT, COPY, COPY_NUMBER, BillFile, Line

LINES_PER_PART = 1_000_000
COPY_MULTIPLIER = 2_654_435_761
SHARED_ACCOUNTS = 200  # copies share accounts beyond this number

Encode = Callable[[Sequence[Line]], bytes]


def write_text_bill(
    bill: BillFile, folder: Path, *, encode: Encode, head: bytes, copies: int, seed: int
) -> list[Path]:
    """Write a bill as CSV or NDJSON, gzipped if its name says so; return the files."""
    chunks = [(encode(chunk), len(chunk)) for chunk in bill.chunks]
    values = [copy_values(copy, seed) for copy in range(copies)]
    paths: list[Path] = []
    pieces = ((fill(chunk, copy), lines) for chunk, lines in chunks for copy in values)
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


def csv_encoder(header: Sequence[str], bom: bytes) -> tuple[Encode, bytes]:
    """Encode rows as CSV, and the header line."""

    def encode(lines: Sequence[Line]) -> bytes:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerows([line.row.get(key, "") for key in header] for line in lines)
        return buffer.getvalue().encode()

    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(header)
    return encode, bom + buffer.getvalue().encode()


def encode_json(lines: Sequence[Line]) -> bytes:
    """Encode rows as newline-delimited JSON."""
    return json_lines(line.row for line in lines)


def json_lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """Write each row as a line of JSON."""
    return "".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows
    ).encode()


def copy_offset(seed: int) -> int:
    """Where the numbers of copies begin: samples of different seeds share no resource."""
    return seed * 40_503 + 305_419_896


def copy_values(copy: int, seed: int) -> list[tuple[bytes, bytes]]:
    """What a copy puts in place of the placeholders."""
    # The multiplier is odd, so no number repeats within 2**32 copies.
    number = (copy * COPY_MULTIPLIER + copy_offset(seed)) % 2**32
    return [
        (COPY.encode(), f"{number:08x}".encode()),
        (COPY_NUMBER.encode(), f"{number:010d}".encode()),
        (ACCOUNT.encode(), f"{copy % SHARED_ACCOUNTS:04d}".encode()),
    ]


def fill(text: bytes, values: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Put a copy's values in place of the placeholders."""
    for placeholder, value in values:
        text = text.replace(placeholder, value)
    return text


@contextmanager
def _opened(path: Path, small: bool) -> Iterator[IO[bytes] | gzip.GzipFile]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        if path.suffix == ".zip":
            member = zipfile.ZipInfo(path.stem)
            member.compress_type = zipfile.ZIP_DEFLATED
            with zipfile.ZipFile(file, "w") as archive, archive.open(member, "w") as packed:
                yield packed
            return
        if path.suffix != ".gz":
            yield file
            return
        with gzip.GzipFile("", "wb", 9 if small else 1, file, mtime=0) as zipped:
            yield zipped
