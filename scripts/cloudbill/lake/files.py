"""The files of the lake, and the facts that each carries in its footer."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.errors import CloudbillError
from cloudbill.sql import literals
from cloudbill.workspace import Workspace

NEEDED = {"version", "scope", "dataset", "currency", "source", "sources", "loaded_at"}
"""Facts without which a file is none of the lake."""
FileState = tuple[str, int, int, int]
FOOTERS: dict[FileState, dict[str, str]] = {}
"""What the footers say that this process has read: a command asks for those of all bills again."""


@dataclass(frozen=True)
class LakeFile:
    """A landed bill, with the facts that its file carries."""

    path: Path
    kind: str
    export: str
    bill: str
    facts: dict[str, str]

    @property
    def id(self) -> tuple[str, str, str, str]:
        """What the index knows the file by."""
        return self.kind, self.export, self.bill, self.facts["version"]

    @property
    def is_whole(self) -> bool:
        """Whether its footer can be read, and is that of a bill of the lake."""
        return set(self.facts) >= NEEDED

    @property
    def damage(self) -> str:
        """What to do about one that is not whole."""
        return (
            f"{self.path} is damaged, or was not written by Cloudbill: `cloudbill forget"
            f" {self.export} --billing-period {self.bill[:7]}` takes it out, and the next"
            " `cloudbill load` lands that bill again from its files."
        )

    @property
    def sources(self) -> set[str]:
        """The delivered files."""
        return set(json.loads(self.facts["sources"]))

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The deliveries that it is made of; none where an earlier version wrote it."""
        return json.loads(self.facts.get("parts", "[]"))  # type: ignore[no-any-return]


def lake_files(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    folders: str = "*/export=*/bill=*",
    *,
    also_damaged: bool = False,
) -> list[LakeFile]:
    """All landed bills, in a fixed order, or those in certain folders.

    What is damaged, or is not of the lake, is an error that names what heals it.
    """
    paths = sorted(workspace.lake.glob(f"{folders}/bill.parquet"))
    paths = [
        path for path in paths if path.parts[-4] in KINDS and path.parts[-3] != "export=__schema__"
    ]
    facts = facts_of(con, paths)
    files = [
        LakeFile(
            path,
            path.parts[-4],
            path.parts[-3].removeprefix("export="),
            path.parts[-2].removeprefix("bill="),
            facts[str(path)],
        )
        for path in paths
    ]
    for file in files:
        if not (also_damaged or file.is_whole):
            raise CloudbillError(file.damage)
    return files


def facts_of(con: duckdb.DuckDBPyConnection, paths: list[Path]) -> dict[str, dict[str, str]]:
    """What the footers of landed files say; nothing of those that cannot be read."""
    states = {path: state_of(path) for path in paths}
    new = [path for path in paths if states[path] not in FOOTERS]
    read = read_footers(con, new)
    FOOTERS.update({states[path]: read[str(path)] for path in new})
    return {str(path): FOOTERS[states[path]] for path in paths}


def state_of(path: Path) -> FileState:
    """Tell one state of a file from another: a bill is replaced by a file of its own."""
    found = path.stat()
    return str(path), found.st_ino, found.st_size, found.st_mtime_ns


def read_footers(con: duckdb.DuckDBPyConnection, paths: list[Path]) -> dict[str, dict[str, str]]:
    """Read the facts in the footers of files."""
    facts: dict[str, dict[str, str]] = defaultdict(dict)
    if not paths:
        return facts
    try:
        rows = con.execute(
            "select file_name, decode(key), decode(value)"
            f" from parquet_kv_metadata({literals(paths)})"
        ).fetchall()
    except duckdb.Error:
        if len(paths) == 1:
            return facts
        for path in paths:
            facts |= read_footers(con, [path])
        return facts
    for name, key, value in rows:
        facts[name][key] = value
    return facts


def lines_of(connection: duckdb.DuckDBPyConnection, files: list[LakeFile]) -> dict[str, int]:
    """Lines of each file, from its footer."""
    if not files:
        return {}
    listed = literals([file.path for file in files])
    found = connection.execute(f"select file_name, num_rows from parquet_file_metadata({listed})")
    return dict(found.fetchall())
