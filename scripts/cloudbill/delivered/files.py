"""What all kinds share in finding bills: which files are bills, and what their paths state."""

import codecs
import re
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

from cloudbill.delivered.locations import Item
from cloudbill.errors import CloudbillError

K = TypeVar("K")
T = TypeVar("T")

ENDINGS = re.compile(r"\.((csv|parquet|json|ndjson|jsonl)(\.gz)?|zip)$", re.IGNORECASE)
SHARD = re.compile(r"^[^.]+$|(?<!\d)0{6}\d{6}(\.gz)?$")
"""No ending, or after a name with a point the number of twelve digits that BigQuery counts by."""
COPY = re.compile(r"(?: ?\(\d+\)| - Copy(?: \(\d+\))?)(?=\.)")
"""What browsers and file managers put into the name of a copy."""
PARTS = [
    re.compile(pattern)
    for pattern in (
        r"/part_()(\d+)_\d+\.[^/]+$",
        r"/([^/]*(?<!-of)-)(0\d{4})\.[^/]+$",
        r"\d{8}-\d{8}/(?:[^/]+/)?([^/]*-)(\d{1,3})\.csv\.(?:gz|zip)$",
        r"/([^/]*(?<!\d))(0{6}\d{6})(?!\d)[^/]*$",
    )
]
"""The number of a part and what is before it in names of Azure, of AWS's Data Exports and its older
reports, of BigQuery."""
MANIFEST = re.compile(r"manifest\.json$", re.IGNORECASE)
BEGINNING = 1 << 14
"""Bytes that tell whether a file is data."""
DELIMITERS = 4
PACKED = (
    b"PAR1", b"Obj\x01", b"ORC",
    # Excel's workbooks; bzip2, xz, Zstandard, LZ4, 7z, Snappy.
    b"\xd0\xcf\x11\xe0", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18",
    b"7z\xbc\xaf", b"\xff\x06\x00\x00sNaPpY",
)  # fmt: skip
"""What files begin with that hold tables, or are packed."""
ZIP = b"PK\x03\x04"
DOCUMENTS = (b"word/", b"ppt/")
"""What zip archives hold that are no tables."""
SETTLED = 3600
"""Seconds after which what is incomplete is no longer being written."""


@dataclass(frozen=True)
class Delivery:
    """Files that were written together, and what their paths or a manifest claim of them."""

    id: str
    """The path that stays when it is written again."""
    files: tuple[Item, ...]
    bill: str | None = None
    """The month, or for Google Cloud the ingestion day, that it states; None: the rows tell."""
    days: tuple[str, str] | None = None
    """First and last day that it states."""
    is_cumulative: bool = False
    """Its days grow with each run until the billing month is over."""
    series: str = ""
    """What is the same in all runs of one export; only runs have one."""
    scope: str = ""
    """Whose charges a manifest says they are."""
    part_of: str = ""
    """The account's scope, where its own is a part of it that rows do not tell from the others."""
    dataset: str | None = None
    rows: int | None = None
    """As the manifest counts them."""
    time: str = ""
    """When it was written, as far as that is known: what is later restates what is earlier."""
    is_dated: bool = False
    """A manifest or a folder states the time; else it is that of files, which copying changes."""
    is_listed: bool = False
    """A manifest names its files one by one."""
    beside: str = ""
    """The delivery whose manifest names other files of the same folder."""
    adds: bool = False
    """Holds new lines only, and restates none."""

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(item.size for item in self.files)

    @property
    def written(self) -> int:
        """When the last of its files was written, in nanoseconds since 1970."""
        return max((item.modified for item in self.files), default=0)

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.files[0].address if self.files else self.id


@dataclass(frozen=True)
class Listing:
    """What lies at a location, and how to read what is small."""

    items: list[Item]
    read: Callable[..., bytes]
    """The content of a small file, or with a number its first bytes."""
    bucket: str | None = None


@dataclass
class Found:
    """What a location holds."""

    deliveries: list[Delivery] = field(default_factory=list)
    refused: list[tuple[str | None, str]] = field(default_factory=list)
    """Keys (when known) and why."""
    waiting: list[tuple[str | None, str]] = field(default_factory=list)
    """Keys of what is being written."""
    skipped: list[str] = field(default_factory=list)
    """A sentence for each file that is no bill."""

    def incomplete(self, key: str | None, files: Iterable[Item], what: str) -> None:
        """What changed lately is being written; what is still incomplete later is refused."""
        if abs(time.time() - max(item.modified for item in files) / 1e9) < SETTLED:
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
    """The files at a location that can be bills; what else looks like data is named."""
    if len(listing.items) == 1 and "/" not in listing.items[0].path:
        return listing.items
    files = []
    for item in listing.items:
        *folders, name = item.path.split("/")[1:]
        if MANIFEST.search(name) or any(map(is_of_a_tool, folders)):
            continue
        is_hidden = name.startswith((".", "_"))
        if not item.size and re.search(r"json", name, re.IGNORECASE) and not is_hidden:
            found.skipped.append(f"{item.address} is empty: it holds no lines.")
        elif ENDINGS.search(name) and not is_hidden:
            files.append(item)
        elif (is_hidden and not ENDINGS.search(name)) or not item.size:
            continue
        elif not looks_like_data(listing.read(item, BEGINNING)):
            if not is_hidden:
                found.skipped.append(
                    f"{item.address} is not read: bills are .csv, .csv.gz, .zip, .parquet, .json"
                    " or .json.gz files."
                )
        elif SHARD.search(name) and not is_hidden:
            # BigQuery's wildcard names shards without an ending: what one holds tells its format.
            files.append(item)
        else:
            found.refused.append(
                (
                    None,
                    f"{item.address} looks like data and is not read, so that lines may be"
                    " missing: if it is part of the bill, deliver it as .csv, .csv.gz, .zip,"
                    " .parquet, .json or .json.gz, else move it elsewhere.",
                )
            )
    if not (files or found.skipped or found.refused) and not any(
        MANIFEST.search(item.name) for item in listing.items
    ):
        raise CloudbillError(
            f"{listing.items[0].address} and what lies beside it is no bill: correct the location"
            " in bills.yml."
        )
    return files


def is_of_a_tool(folder: str) -> bool:
    """Whether a folder is no part of a bill (_temporary, .snapshot): BigQuery names days, too."""
    return folder.startswith((".", "_")) and not folder.upper().startswith("_PARTITION")


def looks_like_data(beginning: bytes) -> bool:
    """Whether a file that begins so may hold lines of a bill, whatever its name says."""
    if beginning.startswith(PACKED):
        return True
    if beginning.startswith(ZIP):
        return not any(folder in beginning for folder in DOCUMENTS)
    if beginning.startswith(b"\x1f\x8b"):
        try:
            beginning = zlib.decompressobj(31).decompress(beginning, 4 * BEGINNING)
        except zlib.error:
            return True
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(beginning).lstrip()
    except UnicodeDecodeError:
        if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = beginning.decode("utf-16", "replace")
        elif b"\0" in beginning:
            return False
        else:
            text = beginning.decode("latin-1")
    line = text.partition("\n")[0]
    return text.startswith('{"') or max(map(line.count, ",;\t")) >= DELIMITERS


def grouped(files: Iterable[T], key: Callable[[T], K]) -> Iterator[tuple[K, list[T]]]:
    """Files by key, in the order of the first file of each."""
    keyed = [(key(path), path) for path in files]
    order = {k: number for number, (k, _) in reversed(list(enumerate(keyed)))}
    keyed.sort(key=lambda pair: order[pair[0]])
    for k, pairs in groupby(keyed, key=lambda pair: pair[0]):
        yield k, [path for _, path in pairs]


def parts(key: str | None, files: list[Item], **claims: Any) -> Iterator[Delivery]:
    """Files of one folder are the parts of one delivery."""
    for folder, siblings in grouped(files, lambda item: item.folder):
        # Several months or days may lie in one folder: their names tell them apart.
        yield Delivery(f"{folder} {key or ''}".strip(), tuple(siblings), bill=key, **claims)


def missing_parts(listing: Listing, found: Found) -> Iterator[str]:
    """Tell which numbers between those of others are of no file, where no manifest lists them."""
    listed, counted = (
        {item.folder for of in found.deliveries if of.is_listed == is_listed for item in of.files}
        for is_listed in (True, False)
    )
    listed |= {item.folder for item in listing.items if MANIFEST.search(item.name)}
    parts: dict[tuple[str, str], dict[int, tuple[str, Item]]] = defaultdict(dict)
    for item in listing.items:
        path = COPY.sub("", item.path)
        match = next(filter(None, (pattern.search(path) for pattern in PARTS)), None)
        if match and item.folder in counted - listed:
            parts[item.folder, match[1]][int(match[2])] = match[2], item
    for siblings in parts.values():
        numbers = sorted(siblings)
        missing = [n for n in range(numbers[0], numbers[-1]) if n not in siblings]
        if missing:
            number, item = siblings[numbers[-1]]
            which = f"{missing[0]:0{len(number)}d}"
            more = f" and {len(missing) - 1} more" if missing[1:] else ""
            yield (
                f"{item.address}: by its number and those beside it, part {which}{more} of this"
                " bill is missing: deliver it, or its lines are in no figure."
            )


def month(year: str, number: str) -> str | None:
    """YYYY-MM, when it is a month."""
    return f"{year}-{int(number):02d}" if 1 <= int(number) <= 12 else None
