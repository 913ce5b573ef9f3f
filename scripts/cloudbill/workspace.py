"""Where things live in a workspace, and the lock that keeps two commands from writing at once."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudbill.errors import CloudbillError

DUCKDB = "duckdb"


@dataclass(frozen=True)
class Workspace:
    """The folder that holds the lake, the warehouse and what is published."""

    root: Path
    target: str = DUCKDB
    """Where dbt builds: an output of profiles.yml."""

    @property
    def lake(self) -> Path:
        """Landed bills."""
        return self.root / "lake"

    @property
    def index(self) -> Path:
        """What the lake holds, for dbt."""
        return self.lake / "bills.parquet"

    @property
    def history(self) -> Path:
        """Which versions of bills were loaded, for dbt and for people."""
        return self.lake / "loads.parquet"

    @property
    def temporary(self) -> Path:
        """Files being written; on the same disk as the lake, so that a rename is atomic."""
        return self.lake / ".tmp"

    @property
    def home(self) -> Path:
        """The folder of the warehouse; each other target than DuckDB has one of its own."""
        return self.root if self.target == DUCKDB else self.root / self.target

    @property
    def warehouse(self) -> Path:
        """The database of the public models, which is published; of Spark, a copy of its tables."""
        return self.home / "cloudbill.duckdb"

    @property
    def working(self) -> Path:
        """The database of all that the public models are made from."""
        return self.home / "working.duckdb"

    @property
    def rules(self) -> Path:
        """Fingerprint of the rules that the warehouse was built with."""
        return self.home / "warehouse.rules"

    @property
    def last_published(self) -> Path:
        """State of the warehouse when it was published last."""
        return self.home / "warehouse.published"

    @property
    def handed_over(self) -> Path:
        """Which public and working database were one warehouse when the first was published."""
        return self.home / "warehouse.handed_over"

    @property
    def published(self) -> Path:
        """The link to what readers see."""
        return self.root / "published"

    @property
    def logs(self) -> Path:
        """Logs of dbt."""
        return self.root / "logs"


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace; re-entrant within a process, an error when another process holds it."""
    # Only who writes: importing it takes as long as importing DuckDB.
    from filelock import FileLock, Timeout  # noqa: PLC0415

    workspace.root.mkdir(parents=True, exist_ok=True)
    holder = workspace.root / ".lock.json"
    lock = FileLock(workspace.root / ".lock", is_singleton=True)
    outermost = not lock.is_locked
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CloudbillError(
            f"The workspace {workspace.root} is in use by {_name_of(holder)}: wait until it is"
            " done, or choose another one with --workspace."
        ) from None
    try:
        if outermost:
            since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            holder.write_text(json.dumps({"pid": os.getpid(), "since": since}))
        yield
    finally:
        if outermost:
            holder.unlink(missing_ok=True)
        lock.release()


def _name_of(holder: Path) -> str:
    try:
        facts = json.loads(holder.read_text())
    except (OSError, ValueError):
        return "another process"
    return f"process {facts['pid']} since {facts['since']}"
