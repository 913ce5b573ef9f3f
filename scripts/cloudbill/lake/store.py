"""Files of the lake: where a bill lies, and how it is put there, read and taken out."""

import glob
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


def put_aside(workspace: Workspace, file: LakeFile) -> None:
    """Take a bill out of the lake, but keep it."""
    target = aside(workspace) / file.path.relative_to(workspace.lake)
    target.parent.mkdir(parents=True, exist_ok=True)
    file.path.replace(target)


def take_back(workspace: Workspace, kind: str, export: str) -> int:
    """Put the bills of an export that are aside into the lake; the number of them."""
    found = list(aside(workspace).glob(f"{kind}/export={glob.escape(export)}/bill=*/bill.parquet"))
    for path in found:
        target = workspace.lake / path.relative_to(aside(workspace))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    return len(found)


def forget_aside(workspace: Workspace, export: str) -> int:
    """Delete the bills of an export that are aside; the number of them."""
    found = list(aside(workspace).glob(f"*/export={glob.escape(export)}/bill=*/bill.parquet"))
    for path in found:
        path.unlink()
    return len(found)


def aside(workspace: Workspace) -> Path:
    """Where bills lie that bills.yml says not to count."""
    return workspace.lake / "aside"


def count(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a landed bill, from its footer."""
    # No parameters in a load: with the first one, DuckDB imports pandas, in half a second.
    row = con.execute(f"select num_rows from parquet_file_metadata({literals([path])})").fetchone()
    return row[0] if row else 0
