"""A workspace that the version before made is opened, built and published by this one.

`tests/fixtures/workspaces/<version>.tar.xz` is what `cloudbill refresh` of that version left of
four bills. With a release, that of the release takes its place.
"""

import tarfile
from pathlib import Path

import duckdb
import pytest
import yaml

from cloudbill import __version__
from cloudbill.schema import PROJECT

(LAST_VERSION,) = (PROJECT / "tests" / "fixtures" / "workspaces").glob("*.tar.xz")
TOTALS = """
    select provider, billing_currency, sum(line_count), sum(invoiced_cost), sum(amortized_cost)
    from charges group by all order by all
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("last_version")
    with tarfile.open(LAST_VERSION) as archive:
        archive.extractall(folder, filter="data")
    return folder


def totals(workspace: Path) -> list[tuple[object, ...]]:
    database = workspace / "published" / "cloudbill.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(TOTALS).fetchall()


def test_a_workspace_of_the_last_version_is_read_built_and_published(command, workspace):
    before = totals(workspace)
    assert len(before) == 3
    run = command("status", "--workspace", workspace)
    assert run.returncode == 0, run.stderr
    # A table that the last version had not is not there before the next build.
    run = command("report", "costs", "--workspace", workspace)
    assert run.returncode in (0, 1) and "Traceback" not in run.stderr, run.stderr
    assert run.returncode == 0 or "run cloudbill build" in run.stderr
    run = command("build", "--workspace", workspace)
    assert run.returncode == 0, run.stdout + run.stderr
    assert (workspace / "published").resolve().name == "published.2"
    assert totals(workspace) == before


def test_there_is_one_version_number(command):
    assert command("--version").stdout == f"cloudbill {__version__}\n"
    assert yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["version"] == __version__
    assert __version__ != LAST_VERSION.name.removesuffix(".tar.xz")
