"""The files of the lake, and the facts that each carries in its footer."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.sql import literals
from cloudbill.workspace import Workspace


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
    def sources(self) -> set[str]:
        """The delivered files."""
        return set(json.loads(self.facts["sources"]))

    @property
    def siblings(self) -> set[str]:
        """The bills that came from the same files."""
        return set(json.loads(self.facts.get("siblings", "[]"))) or {self.bill}


def lake_files(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, folders: str = "*/export=*/bill=*"
) -> list[LakeFile]:
    """All landed bills, in a fixed order, or those in certain folders."""
    paths = sorted(workspace.lake.glob(f"{folders}/bill.parquet"))
    paths = [
        path for path in paths if path.parts[-4] in KINDS and path.parts[-3] != "export=__schema__"
    ]
    facts: dict[str, dict[str, str]] = defaultdict(dict)
    if paths:
        rows = con.execute(
            "select file_name, decode(key), decode(value)"
            f" from parquet_kv_metadata({literals(paths)})"
        )
        for name, key, value in rows.fetchall():
            facts[name][key] = value
    return [
        LakeFile(
            path,
            path.parts[-4],
            path.parts[-3].removeprefix("export="),
            path.parts[-2].removeprefix("bill="),
            facts[str(path)],
        )
        for path in paths
    ]
