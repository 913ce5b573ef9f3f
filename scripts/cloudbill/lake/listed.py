"""What the last load read of bills.yml and refused: lake/last_load.json, for status and alerts.

What bills.yml does not list any more, exports and clusters, stays in the lake and in every total
until it is forgotten, so it is named.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbill.lake.files import LakeFile
from cloudbill.lists.clusters import clusters
from cloudbill.workspace import Workspace

if TYPE_CHECKING:
    from cloudbill.config import Config
    from cloudbill.lake.load import LoadResult


@dataclass(frozen=True)
class LastLoad:
    """What bills.yml listed at the last load, and what was refused of it."""

    config: str
    exports: list[str]
    refused: list[dict[str, str | None]]
    """Export, bill and reason."""
    clusters: list[str] | None = None
    """Of node lists; earlier versions did not note them."""


def note(space: Workspace, config: Path, listed: Config, results: list[LoadResult]) -> None:
    """Remember a load."""
    last = LastLoad(
        str(config.resolve()),
        [export.name for export in listed.bills],
        [
            {"export": result.export, "bill": result.bill, "reason": result.reason}
            for result in results
            if result.status == "refused"
        ],
        [nodes.cluster for nodes in listed.nodes],
    )
    write(space, last)


def write(space: Workspace, last: LastLoad) -> None:
    """Replace the note in one step."""
    path = _path(space)
    written = path.with_name(f".{path.name}")
    written.write_text(json.dumps(asdict(last), indent=1), encoding="utf-8")
    written.replace(path)


def last_load(space: Workspace) -> LastLoad | None:
    """The last load; None before the first, or where the note is damaged."""
    try:
        return LastLoad(**json.loads(_path(space).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def unlisted(space: Workspace, files: Iterable[LakeFile]) -> dict[str, int]:
    """Exports in the lake that bills.yml did not list at the last load, and how many bills each."""
    last = last_load(space)
    if last is None:
        return {}
    return Counter(file.export for file in files if file.export not in last.exports)


def unlisted_clusters(space: Workspace) -> list[str]:
    """Clusters whose node lists are in the lake, and that bills.yml did not list."""
    last = last_load(space)
    if last is None or last.clusters is None:
        return []
    return [cluster for cluster in clusters(space) if cluster not in last.clusters]


def _path(space: Workspace) -> Path:
    return space.lake / "last_load.json"
