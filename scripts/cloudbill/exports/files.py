"""What all kinds share in finding bills: which files are bills, and what their paths state."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from cloudbill.errors import CloudbillError

K = TypeVar("K")

ENDINGS = re.compile(r"\.((csv|parquet|json|ndjson|jsonl)(\.gz)?|zip)$", re.IGNORECASE)
MANIFEST = re.compile(r"manifest\.json$", re.IGNORECASE)


@dataclass(frozen=True)
class Bill:
    """The files that make up the current version of one bill."""

    key: str | None
    """YYYY-MM or YYYY-MM-DD as the path states it; None: the rows tell."""
    files: tuple[Path, ...]
    dataset: str | None = None


@dataclass
class Found:
    """What a location holds."""

    bills: list[Bill] = field(default_factory=list)
    refused: list[tuple[str | None, str]] = field(default_factory=list)
    """Keys (when known) and why."""
    skipped: list[str] = field(default_factory=list)
    """A sentence for each file that is no bill."""


def bill_files(location: Path, found: Found) -> list[Path]:
    """The files at a location that can be bills; the others are noted as skipped."""
    if location.is_file():
        return [location]
    if not location.is_dir():
        raise CloudbillError(
            f"{location} does not exist: correct the location in bills.yml, or create it."
        )
    files = []
    for path in sorted(location.rglob("*")):
        parts = path.relative_to(location).parts
        hidden = any(part.startswith((".", "_")) for part in parts)
        if hidden or MANIFEST.search(path.name) or not path.is_file():
            continue
        if ENDINGS.search(path.name):
            files.append(path)
        else:
            found.skipped.append(
                f"{path} is not read: bills are .csv, .csv.gz, .zip, .parquet, .json or .json.gz"
                " files."
            )
    if not files and not found.skipped:
        raise CloudbillError(f"{location} holds no files: correct the location in bills.yml.")
    return files


def inner_path(location: Path, path: Path) -> str:
    """The part of a path that can state a period: the location's own name and what is below."""
    return path.relative_to(location.parent).as_posix()


def grouped(files: Iterable[Path], key: Callable[[Path], K]) -> Iterator[tuple[K, list[Path]]]:
    """Files by key, in the order of the first file of each."""
    keyed = [(key(path), path) for path in files]
    order = {k: number for number, (k, _) in reversed(list(enumerate(keyed)))}
    keyed.sort(key=lambda pair: order[pair[0]])
    for k, pairs in groupby(keyed, key=lambda pair: pair[0]):
        yield k, [path for _, path in pairs]


def parts(key: str | None, files: list[Path], found: Found) -> None:
    """Files of one key that are parts of one bill, as long as they lie in one folder."""
    if key is None:
        for _, siblings in grouped(files, lambda path: path.parent):
            found.bills.append(Bill(None, tuple(siblings)))
    elif len(folders := sorted({path.parent for path in files})) > 1:
        found.refused.append(
            (
                key,
                f"{folders[0]} and {folders[1]} both hold files of {key}: keep only the current"
                " version, else its charges would be counted twice.",
            )
        )
    else:
        found.bills.append(Bill(key, tuple(files)))


def month(year: str, number: str) -> str | None:
    """YYYY-MM, when it is a month."""
    return f"{year}-{int(number):02d}" if 1 <= int(number) <= 12 else None
