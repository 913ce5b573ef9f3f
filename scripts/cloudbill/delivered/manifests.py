"""Manifests: what a provider says an export is made of. They are others' text: read, never obeyed
beyond the files that the listing holds."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cloudbill.delivered.files import MANIFEST, Found, Listing
from cloudbill.delivered.locations import Item
from cloudbill.errors import CloudbillError


@dataclass(frozen=True)
class Manifest:
    """A manifest file and what it says."""

    item: Item
    facts: dict[str, Any]

    def text(self, *keys: str) -> str:
        """A text at a path of keys; empty where there is none."""
        value: Any = self.facts
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    def count(self, key: str) -> int | None:
        """A whole number; None where there is none."""
        value = self.facts.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def list_of(self, key: str) -> list[Any]:
        """A list; empty where there is none."""
        value = self.facts.get(key)
        return value if isinstance(value, list) else []


def manifests(listing: Listing, found: Found) -> Iterator[Manifest]:
    """All manifests of a location; one that does not parse is incomplete."""
    for item in listing.items:
        if not MANIFEST.search(item.name):
            continue
        try:
            facts = json.loads(listing.read(item).decode("utf-8-sig"))
        except (ValueError, RecursionError):
            facts = None
        if isinstance(facts, dict):
            yield Manifest(item, facts)
        else:
            found.incomplete(None, [item], f"{item.address} is a manifest that is not whole")


def named(
    manifest: Manifest,
    name: Any,
    files: Iterable[Item],
    period: re.Pattern[str],
    bucket: str | None,
) -> Item | None:
    """The listed file that a manifest names: the one whose path ends alike, from the period on.

    Local copies have lost what comes before; so only the listing says what can be read at all.
    """
    if not isinstance(name, str) or not name:
        raise CloudbillError(f"{manifest.item.address} names a file without a name.")
    scheme, separator, path = name.rpartition("://")
    segments = path.split("/")
    elsewhere = bool(separator) and bucket is not None and segments[0] != bucket
    if elsewhere or ".." in segments or "\\" in path or scheme not in ("", "s3", "https"):
        raise CloudbillError(
            f"{manifest.item.address} names {name}, which is not part of this export: have it"
            " delivered again, and see who wrote it."
        )
    matches = [
        (common, item)
        for item in files
        if (common := _common_end(segments, item.path.split("/"))) >= _from_period(segments, period)
    ]
    return max(matches, key=lambda match: match[0], default=(0, None))[1]


def _from_period(segments: list[str], period: re.Pattern[str]) -> int:
    """How many of the last segments must be alike: those from the period on."""
    for number, segment in enumerate(segments[:-1]):
        if period.search(segment):
            return len(segments) - number
    return 1


def _common_end(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        count += 1
    return count
