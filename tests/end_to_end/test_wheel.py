"""The wheel works by itself: in a fresh environment, outside of any clone."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import duckdb
import pytest

from cloudbill import __version__
from cloudbill.schema import PROJECT

WITHOUT = shutil.ignore_patterns("*.egg-info", "__pycache__", "python", "end_to_end")


def run(*command: object, cwd: Path) -> str:
    """Run a command as a person would who has never seen the clone."""
    own = ("CLOUDBILL", "PYTHON")
    environment = {name: v for name, v in os.environ.items() if not name.startswith(own)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; the packages that it needs are shared with this one."""
    root = tmp_path_factory.mktemp("wheel")
    clone, environment = root / "clone", root / "environment"
    clone.mkdir()
    for name in ("analyses", "macros", "models", "samples", "scripts", "seeds", "tests"):
        shutil.copytree(PROJECT / name, clone / name, ignore=WITHOUT)
    for path in PROJECT.iterdir():
        if path.suffix in (".py", ".toml", ".yml", ".md", ".in"):
            shutil.copy(path, clone)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", root, clone, cwd=root)
    venv.create(environment)
    (wheel,) = root.glob("*.whl")
    python = environment / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=root)
    shutil.rmtree(clone)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    shared = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "shared.pth").write_text("\n".join(shared))
    return environment


def test_the_wheel_runs_outside_a_clone(fresh: Path, tmp_path: Path) -> None:
    cloudbill = fresh / "bin" / "cloudbill"
    assert run(cloudbill, "--version", cwd=tmp_path).strip() == f"cloudbill {__version__}"
    where = run(fresh / "bin" / "python", "-c", "import cloudbill; print(cloudbill.__file__)",
                cwd=tmp_path)  # fmt: skip
    installed = Path(where.strip()).parent
    assert installed.is_relative_to(fresh)
    before = sorted(path for path in (installed / "project").rglob("*"))
    run(cloudbill, "demo", cwd=tmp_path)
    # What is installed may belong to root: nothing is written there.
    assert sorted(path for path in (installed / "project").rglob("*")) == before
    published = tmp_path / "workspace-demo" / "published" / "cloudbill.duckdb"
    with duckdb.connect(str(published), read_only=True) as connection:
        providers = connection.execute(
            "select distinct provider from charges order by 1"
        ).fetchall()
    assert providers == [("AWS",), ("Google Cloud",), ("Microsoft",)]


def test_the_wheel_carries_nothing_else(fresh: Path) -> None:
    (project,) = fresh.glob("lib/python*/site-packages/cloudbill/project")
    assert {path.name for path in project.iterdir()} == {
        "analyses", "macros", "models", "samples", "seeds", "tests",
        "bills.example.yml", "dbt_project.yml", "profiles.yml",
    }  # fmt: skip
    assert not list(project.rglob("*.py"))
    assert (project.parent / "explorer" / "icon.png").exists()
