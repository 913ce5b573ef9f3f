"""Files of the lake: where a bill lies, and how it is put there, read and taken out."""

import glob
import os
from pathlib import Path

import duckdb

from cloudbill.lake.files import LakeFile, lake_files
from cloudbill.sql import literals
from cloudbill.workspace import Workspace

ASIDE = "aside"
"""The folder of the lake with bills that bills.yml says not to count."""


def bill_path(workspace: Workspace, kind: str, export: str, bill: str) -> Path:
    """Where a bill lies in the lake."""
    return export_folder(workspace, kind, export) / f"bill={bill}" / "bill.parquet"


def export_folder(workspace: Workspace, kind: str, export: str) -> Path:
    """Where the bills of an export lie."""
    return workspace.lake / kind / f"export={export}"


def replace(written: Path, target: Path) -> None:
    """Put a file in its place in one step, durably."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove(file: LakeFile) -> None:
    """Take a bill out of the lake."""
    file.path.unlink()
    if not any(file.path.parent.iterdir()):
        file.path.parent.rmdir()


def put_aside(workspace: Workspace, file: LakeFile) -> None:
    """Take a bill out of the lake, but keep it."""
    move(file, workspace.lake / ASIDE / file.path.relative_to(workspace.lake))


def put_back(workspace: Workspace, file: LakeFile) -> None:
    """Put a bill that was aside into the lake."""
    move(file, bill_path(workspace, file.kind, file.export, file.bill))


def move(file: LakeFile, target: Path) -> None:
    """Move a bill on the same disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    file.path.replace(target)


def files_aside(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, kind: str, export: str
) -> list[LakeFile]:
    """The bills of an export that are aside; `*` for those of any kind."""
    folders = f"{ASIDE}/{kind}/export={glob.escape(export)}/bill=*"
    found = lake_files(con, workspace, folders, also_damaged=True)
    return [file for file in found if file.is_whole]


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a landed bill, from its footer."""
    # No parameters in a load: with the first one, DuckDB imports pandas, in half a second.
    row = con.execute(f"select num_rows from parquet_file_metadata({literals([path])})").fetchone()
    return row[0] if row else 0
