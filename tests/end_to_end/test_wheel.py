"""The wheel works by itself: in a fresh environment, outside of any clone."""

import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distributions
from pathlib import Path

import duckdb
import pytest

from cloudbill import __version__
from cloudbill.schema import PROJECT

WITHOUT = shutil.ignore_patterns("*.egg-info", "__pycache__", "python", "end_to_end")


def run(*command: object, cwd: Path, fails: bool = False) -> str:
    """What a command says to a person who has never seen the clone."""
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
    assert (done.returncode != 0) is fails, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr if fails else done.stdout


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; of this one's packages it has those that the wheel needs."""
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
    for path in needed():
        if not (packages / path.name).exists():
            (packages / path.name).symlink_to(path)
    return environment


def needed() -> set[Path]:
    """What the packages of the main job have installed here: no others belong to the wheel."""
    lock = (PROJECT / "requirements-main.lock").read_text(encoding="utf-8")
    names = set(re.findall(r"^([a-z0-9-]+)(?===|\[)", lock, re.MULTILINE))
    installed = [each for each in distributions() if plain(each.metadata["name"]) in names]
    files = ((each, file) for each in installed for file in each.files or ())
    return {
        Path(str(each.locate_file(file.parts[0]))) for each, file in files if ".." not in str(file)
    }


def plain(name: str) -> str:
    """A package's name as a lock has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


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


def test_the_wheel_reads_cells_of_any_shape(fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "bills.yml").write_text(
        "bills:\n  - {name: a, kind: azure_cost, location: a, dataset: actual, currency: USD}\n"
        "  - {name: b, kind: azure_cost, location: b, dataset: actual, currency: USD}\n"
    )
    header = "Date,SubscriptionId,ResourceId,CostInBillingCurrency,Quantity,Tags\n"
    for name, line in (
        ("a", """2026-01-01,s,/subscriptions/s,2,1,"{'team': 'web'}"\n"""),
        ("b", "2026-01-01,s,/subscriptions/s,2,1\n"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bill.csv").write_text(header + line)
    cloudbill, python = fresh / "bin" / "cloudbill", fresh / "bin" / "python"
    said = run(cloudbill, "load", cwd=tmp_path, fails=True)
    assert "b/bill.csv, line 2: 5 values where the header has 6 columns" in " ".join(said.split())
    query = "select tags from 'workspace/lake/azure_cost/**/*.parquet'"
    read = run(
        python, "-c", f'import duckdb; print(duckdb.sql("{query}").fetchall())', cwd=tmp_path
    )
    assert read.strip() == "[({'team': 'web'},)]"


def test_the_wheel_carries_nothing_else(fresh: Path) -> None:
    (project,) = fresh.glob("lib/python*/site-packages/cloudbill/project")
    assert {path.name for path in project.iterdir()} == {
        "analyses", "macros", "models", "samples", "seeds", "tests",
        "bills.example.yml", "dbt_project.yml", "profiles.yml",
    }  # fmt: skip
    assert not list(project.rglob("*.py"))
    assert (project.parent / "explorer" / "icon.png").exists()
