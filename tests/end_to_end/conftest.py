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
from installed import install, run

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
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the run have."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def wheel(shared: Path) -> Path:
    """An environment with the wheel and what it needs; the first that asks makes it."""
    made = shared / "wheel"
    with FileLock(made.with_suffix(".lock")):
        return made / "environment" if made.exists() else install(made)


@pytest.fixture(scope="session")
def demo(shared: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A copy for each process of what the wheel's demo made, with a warehouse."""
    made = shared / "demo-of-all"
    said = made.with_suffix(".json")
    with FileLock(made.with_suffix(".lock")):
        if not said.exists():
            done = run(wheel / "bin" / "cloudbill", "demo", "--workspace", made, cwd=shared)
            said.write_text(json.dumps([done.args, done.returncode, done.stdout, done.stderr]))
    workspace = tmp_path_factory.mktemp("demo")
    shutil.copytree(made, workspace, symlinks=True, dirs_exist_ok=True)
    take_up(Workspace(workspace))
    return Demo(workspace, Run(*json.loads(said.read_text())))
