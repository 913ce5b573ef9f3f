"""Files of the lake: where a bill lies, and how it is put there, read and taken out."""

import os
from pathlib import Path

import duckdb

from cloudbill.lake.files import LakeFile
from cloudbill.sql import literals
from cloudbill.workspace import Workspace


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


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a landed bill, from its footer."""
    # No parameters in a load: with the first one, DuckDB imports pandas, in half a second.
    row = con.execute(f"select num_rows from parquet_file_metadata({literals([path])})").fetchone()
    return row[0] if row else 0
