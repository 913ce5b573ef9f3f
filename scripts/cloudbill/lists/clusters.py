"""The clusters that the lake has node lists of; by itself, as `status` asks at each start."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote

from cloudbill.workspace import Workspace

TABLE = "kubernetes_nodes"


def clusters(workspace: Workspace) -> dict[str, Path]:
    """The clusters that the lake has node lists of, and where these lie."""
    lists = (workspace.lake / TABLE).glob("export=*/bill=*/bill.parquet")
    found = {path.parts[-3].removeprefix("export="): path.parents[1] for path in lists}
    return {unquote(name): found[name] for name in sorted(found) if name != "__schema__"}


def forget_nodes(workspace: Workspace, cluster: str) -> int:
    """Take the node lists of a cluster out of the lake; how many there were."""
    folder = clusters(workspace).get(cluster)
    if folder is None:
        return 0
    count = len(list(folder.glob("bill=*/bill.parquet")))
    shutil.rmtree(folder)
    return count
