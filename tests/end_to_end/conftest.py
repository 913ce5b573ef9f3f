"""The samples, loaded, built and published once, as a user does it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from demos import Demo, Run
from filelock import FileLock

from cloudbill.warehouse.handover import take_up
from cloudbill.workspace import Workspace


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


@pytest.fixture(scope="session")
def command() -> Callable[..., Run]:
    return cloudbill


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A copy for each process of the run, with a warehouse; the first that asks makes it."""
    mine = tmp_path_factory.getbasetemp()
    made = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "demo-of-all"
    said = made.with_suffix(".json")
    with FileLock(made.with_suffix(".lock")):
        if not said.exists():
            run = cloudbill("demo", "--workspace", made)
            said.write_text(json.dumps([run.args, run.returncode, run.stdout, run.stderr]))
    workspace = tmp_path_factory.mktemp("demo")
    shutil.copytree(made, workspace, symlinks=True, dirs_exist_ok=True)
    take_up(Workspace(workspace))
    return Demo(workspace, Run(*json.loads(said.read_text())))
