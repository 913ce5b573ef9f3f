"""The two database files that dbt builds: what is published, and what is only worked with."""

from __future__ import annotations

import os
import shutil
import sys
from hashlib import md5
from pathlib import Path

import duckdb

from cloudbill.errors import CloudbillError
from cloudbill.sql import literal
from cloudbill.workspace import Workspace

HEADERS = 3 * 4096
"""Bytes of a database file before its blocks."""


def files(workspace: Workspace) -> tuple[Path, Path]:
    """Name both files."""
    return workspace.warehouse, workspace.working


def discard_unusable(workspace: Workspace, *, is_as_published: bool) -> None:
    """Delete both files when one is missing, damaged or of a version that recorded nothing.

    Unless another process holds them.
    """
    for file in files(workspace):
        try:
            if file.exists() and not is_whole(file, is_as_published=is_as_published):
                discard(workspace)
        except duckdb.Error as error:
            if isinstance(error, duckdb.IOException) and "could not set lock" in str(error).lower():
                raise CloudbillError(
                    f"The warehouse {file} is open in another program; close it and try again"
                    " (readers should open published/cloudbill.duckdb instead)."
                ) from error
            discard(workspace)
    if not all(file.exists() for file in files(workspace)):
        discard(workspace)


def is_whole(file: Path, *, is_as_published: bool) -> bool:
    """Tell whether a file has all the blocks that its tables are in; an error if it has no tables.

    DuckDB opens what is cut off, and fails at the first block that is not there. What is, to the
    nanosecond, as it was published needs no look: it takes as long as the file is large.
    """
    with duckdb.connect(str(file)) as connection:
        connection.execute("select made_at, run_at from made limit 0")
        if is_as_published:
            return True
        tables = connection.execute(
            'select format(\'"{}"."{}"\', schema_name, table_name) from duckdb_tables()'
        ).fetchall()
        infos = [f"from pragma_storage_info({literal(name)}) select block_id" for (name,) in tables]
        blocks = " union all ".join([*infos, "from pragma_metadata_info() select block_id"])
        block_size = "(select any_value(block_size) from pragma_database_size())"
        query = f"select (max(block_id) + 1) * {block_size} from ({blocks})"
        size: tuple[int | None] = connection.execute(query).fetchone() or (0,)
        return file.stat().st_size >= HEADERS + (size[0] or 0)


def discard(workspace: Workspace) -> None:
    """Delete both files and their write-ahead logs: the lake holds everything that they held."""
    for file in files(workspace):
        file.unlink(missing_ok=True)
        write_ahead_log(file).unlink(missing_ok=True)


def state(workspace: Workspace) -> str:
    """Tell one state of the files from another; of what is published, the public one is there."""
    public, working = files(workspace)
    public = public if public.exists() else workspace.published / public.name
    return f"DuckDB {duckdb.__version__} {state_of(public)} {state_of(working)}"


def state_of(file: Path) -> str:
    """Tell one state of a file from another.

    Whatever writes to it changes its headers, where DuckDB counts how often; a copy has the same.
    """
    return str(
        [
            (part.stat().st_size, md5(beginning(part), usedforsecurity=False).hexdigest())
            for part in (file, write_ahead_log(file))
            if part.exists()
        ]
    )


def beginning(file: Path) -> bytes:
    """Read the headers."""
    with file.open("rb") as opened:
        return opened.read(HEADERS)


def write_ahead_log(file: Path) -> Path:
    """Name the file that holds what is not in the database file yet."""
    return file.with_name(file.name + ".wal")


def own(file: Path) -> None:
    """Make a file that has another name elsewhere one of its own, which may be written to."""
    if file.stat().st_nlink > 1:
        copy_whole(file, file)


def copy_whole(file: Path, target: Path) -> None:
    """Copy a file in one step: there is all of it, or what was there."""
    draft = target.with_name(f".{target.name}.draft")
    copy(file, draft)
    draft.replace(target)


def link(file: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the disk knows no such thing."""
    try:
        os.link(file, target)
    except OSError:
        copy(file, target)


def copy(file: Path, target: Path) -> None:
    """Copy a file; disks that can (XFS, Btrfs) share its blocks until one of both changes."""
    if sys.platform == "linux":
        try:
            with file.open("rb") as source, target.open("wb") as written:
                left = os.fstat(source.fileno()).st_size
                while copied := os.copy_file_range(source.fileno(), written.fileno(), left):
                    left -= copied
            if left == 0:
                return
        except OSError:
            pass  # a disk without that call, or from one disk to another
    shutil.copyfile(file, target)
