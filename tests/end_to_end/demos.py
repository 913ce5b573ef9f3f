"""What tests share: a command's run, a workspace with everything published, copies to change."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cloudbill.schema import PROJECT

Run = subprocess.CompletedProcess[str]
Command = Callable[..., Run]


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

    def copy_of_lake(self, workspace: Path) -> Path:
        """Make a workspace of the same bills, in which nothing is built."""
        shutil.copytree(self.workspace / "lake", workspace / "lake")
        return workspace


def parquet_of_marts(published: Path) -> dict[str, str]:
    """Name the files of each mart: one, or those of a folder."""
    files = {path.stem: str(path) for path in published.glob("*.parquet")}
    folders = {path.name: f"{path}/*.parquet" for path in published.iterdir() if path.is_dir()}
    return {name: found for name, found in {**files, **folders}.items() if name != "focus"}


def copy_project(target: Path) -> Path:
    """Copy what dbt reads of the project, to be edited."""
    target.mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, target)
    for name in ("models", "macros", "seeds", "analyses"):
        shutil.copytree(PROJECT / name, target / name)
    shutil.copytree(PROJECT / "tests" / "generic", target / "tests" / "generic")
    (target / "tests" / "fixtures").mkdir()
    for pattern in ("assert_*.sql", "fixtures/*.csv"):
        for file in (PROJECT / "tests").glob(pattern):
            shutil.copy(file, target / file.relative_to(PROJECT))
    return target


def run_plain_dbt(project: Path, workspace: Path, *arguments: str, lake: Path | None = None) -> Run:
    """Run dbt itself in a process of its own, as one does who knows nothing of the command."""
    dbt = Path(sys.executable).with_name("dbt")
    places = ["--project-dir", project, "--profiles-dir", project]
    places += ["--log-path", workspace / "logs"]
    if arguments[0] != "deps":
        places += ["--target-path", workspace / "target"]
    run = subprocess.run(
        [str(dbt), *arguments, *map(str, places)],
        capture_output=True, text=True, check=False,
        cwd=project,
        env={
            **{name: value for name, value in os.environ.items() if name != "CLOUDBILL_TESTS"},
            "CLOUDBILL_WORKSPACE": str(workspace),
            "CLOUDBILL_LAKE": str(lake or workspace / "lake"),
        },
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return run
