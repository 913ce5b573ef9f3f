"""The samples, loaded, built and published once, as a user does it."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

Run = subprocess.CompletedProcess[str]


def cloudbill(*arguments: str | Path) -> Run:
    """Run the command in a process of its own, off a terminal."""
    environment = {key: value for key, value in os.environ.items() if key != "CLOUDBILL_WORKSPACE"}
    return subprocess.run(
        [sys.executable, "-m", "cloudbill.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


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


@pytest.fixture(scope="session")
def command() -> Callable[..., Run]:
    return cloudbill


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    workspace = tmp_path_factory.mktemp("demo")
    return Demo(workspace, cloudbill("demo", "--workspace", workspace))
