"""Files of the lake: where a bill lies, and how it is put there, read and taken out."""

import os
from pathlib import Path

import duckdb

from cloudbill.errors import CloudbillError
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
    remove_if_empty(file.path.parent)


def remove_if_empty(folder: Path) -> None:
    """Leave no folder of a bill that is elsewhere."""
    if not any(folder.iterdir()):
        folder.rmdir()


def put_aside(workspace: Workspace, file: LakeFile) -> None:
    """Take a bill out of the lake, but keep it."""
    move(file, workspace.lake / ASIDE / file.path.relative_to(workspace.lake))


def put_back(workspace: Workspace, file: LakeFile) -> None:
    """Put a bill that was aside into the lake, in nobody's place."""
    target = bill_path(workspace, file.kind, file.export, file.bill)
    if target.exists():
        raise CloudbillError(
            f"The lake has {file.bill} of '{file.export}', and keeps another version of it aside,"
            f" from before bills.yml said that it does not count: `cloudbill forget {file.export}"
            f" --billing-period {file.bill[:7]}` lets go of both, and the next load lands what is"
            " delivered."
        )
    move(file, target)


def move(file: LakeFile, target: Path) -> None:
    """Move a bill on the same disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    file.path.replace(target)
    remove_if_empty(file.path.parent)


def files_aside(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> list[LakeFile]:
    """The bills that bills.yml says not to count."""
    return lake_files(con, workspace, f"{ASIDE}/*/export=*/bill=*", also_damaged=True)


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a landed bill, from its footer."""
    # No parameters in a load: with the first one, DuckDB imports pandas, in half a second.
    row = con.execute(f"select num_rows from parquet_file_metadata({literals([path])})").fetchone()
    return row[0] if row else 0
