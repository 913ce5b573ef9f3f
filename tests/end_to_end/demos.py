"""What tests share: a command's run, and a workspace with everything published."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb

Run = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Demo:
    """A workspace and what the demo printed."""

    workspace: Path
    run: Run

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Query the published marts."""
        database = self.workspace / "published" / "cloudbill.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(query, values).fetchall()
