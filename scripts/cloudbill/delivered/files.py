"""What all kinds share in finding bills: which files are bills, and what their paths state."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from cloudbill.delivered.locations import Item
from cloudbill.errors import CloudbillError

K = TypeVar("K")
T = TypeVar("T")

ENDINGS = re.compile(r"\.((csv|parquet|json|ndjson|jsonl)(\.gz)?|zip)$", re.IGNORECASE)
MANIFEST = re.compile(r"manifest\.json$", re.IGNORECASE)
SETTLED = 3600
"""Seconds after which what is incomplete is no longer being written."""


@dataclass(frozen=True)
class Bill:
    """The files that make up the current version of one bill."""

    key: str | None
    """YYYY-MM or YYYY-MM-DD as the path states it; None: the rows tell."""
    files: tuple[Item, ...]
    dataset: str | None = None
    rows: int | None = None
    """As the manifest counts them."""
    newer: frozenset[str] = frozenset()
    """Addresses of newer versions, of whatever month: the rows tell which."""
    older: frozenset[str] = frozenset()
    """Addresses of older versions."""

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(item.size for item in self.files)


@dataclass(frozen=True)
class Listing:
    """What lies at a location, and how to read what is small."""

    items: list[Item]
    read: Callable[[Item], bytes]
    bucket: str | None = None


@dataclass
class Found:
    """What a location holds."""

    bills: list[Bill] = field(default_factory=list)
    refused: list[tuple[str | None, str]] = field(default_factory=list)
    """Keys (when known) and why."""
    waiting: list[tuple[str | None, str]] = field(default_factory=list)
    """Keys of what is being written."""
    skipped: list[str] = field(default_factory=list)
    """A sentence for each file that is no bill."""

    def incomplete(self, key: str | None, files: Iterable[Item], what: str) -> None:
        """What changed lately is being written; what is still incomplete later is refused."""
        if max(item.modified for item in files) / 1e9 > time.time() - SETTLED:
            self.waiting.append((key, f"{what}: it is being written; left for the next run."))
        else:
            self.refused.append((key, f"{what}: deliver or copy it again, whole."))

    def superseded(self, key: str | None, old: list[Item], new: Item) -> None:
        """One sentence for all versions that do not count."""
        if len(old) == 1:
            self.skipped.append(
                f"{old[0].address} is not read: {new.address} is a newer version of {key}."
            )
        elif old:
            self.skipped.append(
                f"{old[0].address} and {len(old) - 1} more are not read: {new.address} is a newer"
                f" version of {key}."
            )


def bill_files(listing: Listing, found: Found) -> list[Item]:
    """The files at a location that can be bills; the others are noted as skipped."""
    if len(listing.items) == 1 and "/" not in listing.items[0].path:
        return listing.items
    files = []
    for item in listing.items:
        hidden = any(part.startswith((".", "_")) for part in item.path.split("/")[1:])
        if hidden or MANIFEST.search(item.name):
            continue
        if ENDINGS.search(item.name):
            files.append(item)
        else:
            found.skipped.append(
                f"{item.address} is not read: bills are .csv, .csv.gz, .zip, .parquet, .json or"
                " .json.gz files."
            )
    if not files and not found.skipped and not any(MANIFEST.search(i.name) for i in listing.items):
        raise CloudbillError(
            f"{listing.items[0].address} and what lies beside it is no bill: correct the location"
            " in bills.yml."
        )
    return files


def grouped(files: Iterable[T], key: Callable[[T], K]) -> Iterator[tuple[K, list[T]]]:
    """Files by key, in the order of the first file of each."""
    keyed = [(key(path), path) for path in files]
    order = {k: number for number, (k, _) in reversed(list(enumerate(keyed)))}
    keyed.sort(key=lambda pair: order[pair[0]])
    for k, pairs in groupby(keyed, key=lambda pair: pair[0]):
        yield k, [path for _, path in pairs]


def parts(key: str | None, files: list[Item], found: Found) -> None:
    """Files of one key that are parts of one bill, as long as they lie in one folder."""
    if key is None:
        for _, siblings in grouped(files, lambda item: item.folder):
            found.bills.append(Bill(None, tuple(siblings)))
    elif len(folders := sorted({item.address.rpartition("/")[0] for item in files})) > 1:
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
