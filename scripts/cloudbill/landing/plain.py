"""Text that DuckDB does not read as it is: in UTF-16, with a byte order mark, or padded gzip."""

import gzip
import shutil
from pathlib import Path

from cloudbill.landing.gzips import inflated
from cloudbill.landing.readers import text_of
from cloudbill.landing.texts import GZIP, encoding_of

CHUNK = 1 << 20


def plain(path: Path, folder: Path) -> Path:
    """The file, or its text as UTF-8 without a byte order mark, where DuckDB needs that."""
    with path.open("rb") as file:
        is_gzip = file.read(len(GZIP)) == GZIP
    encoding = encoding_to_change(path, is_gzip=is_gzip)
    if encoding is None and not (is_gzip and is_padded(path)):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / path.name.removesuffix(".gz")
    if encoding is None:
        with written.open("wb") as target:
            target.writelines(inflated(path))
        return written
    with (
        text_of(path, is_gzip, encoding) as text,
        written.open("w", encoding="utf-8", newline="") as target,
    ):
        shutil.copyfileobj(text, target, CHUNK)
    return written


def encoding_to_change(path: Path, *, is_gzip: bool) -> str | None:
    """The encoding of a text that DuckDB does not read: of JSON lines also UTF-8 with its mark."""
    try:
        with gzip.open(path) if is_gzip else path.open("rb") as file:
            start = file.read(64)
    except (EOFError, OSError):
        # Told where the file is read.
        return None
    encoding = encoding_of(start)
    is_json = encoding == "utf-8-sig" and start[3:].lstrip().startswith(b"{")
    return encoding if is_json or encoding.startswith("utf-16") else None


def is_padded(path: Path) -> bool:
    """Whether zeros follow a gzip file: it ends with its length, which is not 0."""
    with path.open("rb") as file:
        file.seek(-min(4, path.stat().st_size), 2)
        return file.read() == bytes(4)
