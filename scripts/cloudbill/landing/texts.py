"""Text as files hold it: its encoding, words for what is absent, what a number is."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudbill.errors import CloudbillError

ABSENT = frozenset({"", "null", "none", "nan", "nat", "n/a", "na", "<na>", "\\n"})
"""Words, in lower case, for a value that is not there: of programs, Athena, pandas, R and Hive."""
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""A number as programs write it: no words, no `1_000`, no digits of other scripts."""
GZIP = b"\x1f\x8b"
# The longer marks first: that of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its first bytes: by its mark, else by where its zeros are.

    `>` of Windows PowerShell writes UTF-16 (Microsoft, about_Character_Encoding).
    """
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding
    if len(start) > 1 and (not start[0]) != (not start[1]):
        return "utf-16-le" if start[0] else "utf-16-be"
    return "utf-8"


@contextmanager
def opened_text(path: Path) -> Iterator[io.TextIOWrapper]:
    """A file's text in whatever encoding, gzipped or not; line ends stay as they are."""
    try:
        with path.open("rb") as file:
            is_gzip = file.read(2) == GZIP
        with gzip.open(path, "rb") if is_gzip else path.open("rb") as raw:
            encoding = encoding_of(raw.read(4))
            raw.seek(0)
            with io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
                yield text
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise CloudbillError(
            f"{path} is a gzip file that is cut off or damaged: copy or deliver it again."
        ) from None
    except UnicodeError:
        raise CloudbillError(
            f"{path} is not UTF-8 or UTF-16 text: save it as UTF-8, or deliver it again."
        ) from None


def is_absent(text: str) -> bool:
    """Whether a text says that nothing is there."""
    return text.strip().lower() in ABSENT
