"""What dbt reads of the lake, table by table: tells which tables changed since a publication."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from cloudbill.sql import parquet
from cloudbill.workspace import Workspace

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def digests(workspace: Workspace) -> dict[str, str]:
    """Fingerprints of the tables: of their files and, of bills, of what the index says of them.

    The file of the index tells nothing: each load writes it anew.
    """
    facts: dict[str, list[str]] = defaultdict(list)
    for table, file in files(workspace):
        name, found = file.relative_to(workspace.lake), file.stat()
        facts[table].append(f"{name} {found.st_size} {found.st_mtime_ns}")
    with duckdb.connect() as connection:
        index = parquet(workspace.index)
        rows = f"select kind, bills::varchar from {index} as bills order by all"
        for kind, row in connection.execute(rows).fetchall():
            facts[kind].append(row)
    return {
        name: hashlib.md5("\n".join(lines).encode()).hexdigest() for name, lines in facts.items()
    }


def written_since(workspace: Workspace, moment: float) -> set[str]:
    """Name the tables that changed after a moment, in seconds since 1970."""
    return {table for table, at in written(workspace).items() if at > moment}


def written(workspace: Workspace) -> dict[str, float]:
    """When each table but the index changed last; a folder changes with what leaves it."""
    found: dict[str, float] = defaultdict(float)
    for table, file in files(workspace):
        folders = [path for path in file.parents if workspace.lake in path.parents]
        found[table] = max(found[table], *(path.stat().st_mtime for path in (file, *folders)))
    return found


def files(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    """List the files of all tables but the index, in order, with the table that each is of."""
    lake = workspace.lake
    for file in sorted([*lake.glob("[!.]*/*/*/bill.parquet"), *lake.glob("*.parquet")]):
        if file != workspace.index:
            yield file.relative_to(lake).parts[0].removesuffix(".parquet"), file


def changed(before: dict[str, str], now: dict[str, str]) -> set[str]:
    """Name the tables that are not as they were."""
    return {name for name, _ in before.items() ^ now.items()}


def ancestors(project: Manifest) -> dict[str, set[str]]:
    """The tables that each node of dbt's project is made of, by the id of the node."""
    found: dict[str, set[str]] = {}

    def of(node: str) -> set[str]:
        if node in project.sources:
            return {project.sources[node].name}
        if node not in found:
            parents = project.nodes[node].depends_on_nodes
            found[node] = {table for parent in parents for table in of(parent)}
        return found[node]

    for node in project.nodes:
        of(node)
    return found
