"""The two database files that dbt builds: what is published, and what is only worked with."""

from __future__ import annotations

from pathlib import Path

import duckdb

from cloudbill.errors import CloudbillError
from cloudbill.sql import literal
from cloudbill.workspace import Workspace

HEADERS = 3 * 4096
"""Bytes of a database file before its blocks."""


def open_warehouse(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    """Open both files for reading, under the names that compiled SQL uses."""
    connection = duckdb.connect()
    for file in files(workspace):
        connection.execute(f"attach {literal(str(file))} as {file.stem} (read_only)")
    connection.execute(f"set search_path = '{','.join(file.stem for file in files(workspace))}'")
    return connection


def files(workspace: Workspace) -> tuple[Path, Path]:
    """Name both files."""
    return workspace.warehouse, workspace.working


def discard_unusable(workspace: Workspace) -> None:
    """Delete both files when one is missing, damaged or of a version that recorded nothing.

    Unless another process holds them.
    """
    for file in files(workspace):
        try:
            if file.exists() and not is_whole(file):
                discard(workspace)
        except duckdb.Error as error:
            if isinstance(error, duckdb.IOException) and "lock" in str(error).lower():
                raise CloudbillError(
                    f"The warehouse {file} is open in another program; close it and try again"
                    " (readers should open published/cloudbill.duckdb instead)."
                ) from error
            discard(workspace)
    if not all(file.exists() for file in files(workspace)):
        discard(workspace)


def is_whole(file: Path) -> bool:
    """Tell whether a file has all the blocks that it says; an error where it cannot be read.

    DuckDB opens what is cut off, and fails at the first block that is not there.
    """
    with duckdb.connect(str(file)) as connection:
        connection.execute("select made_at, run_at from made limit 0")
        blocks = "select block_size * total_blocks from pragma_database_size()"
        size: tuple[int] = connection.execute(blocks).fetchone() or (0,)
        return file.stat().st_size >= HEADERS + size[0]


def discard(workspace: Workspace) -> None:
    """Delete both files and their write-ahead logs: the lake holds everything that they held."""
    for file in files(workspace):
        file.unlink(missing_ok=True)
        write_ahead_log(file).unlink(missing_ok=True)


def state(workspace: Workspace) -> str:
    """Tell one state of the files from another: whoever writes to them changes it."""
    found = [
        (part.name, part.stat().st_size, part.stat().st_mtime_ns)
        for file in files(workspace)
        for part in (file, write_ahead_log(file))
        if part.exists()
    ]
    return f"DuckDB {duckdb.__version__} {found}"


def write_ahead_log(file: Path) -> Path:
    """Name the file that holds what is not in the database file yet."""
    return file.with_name(file.name + ".wal")
