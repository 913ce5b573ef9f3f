"""The samples, loaded, built and published once, as a user does it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from demos import Demo, Run


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
    workspace = tmp_path_factory.mktemp("demo")
    return Demo(workspace, cloudbill("demo", "--workspace", workspace))
