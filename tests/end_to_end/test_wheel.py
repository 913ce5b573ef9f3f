"""The wheel works by itself: in a fresh environment, outside of any clone, without the extras."""

from pathlib import Path

from demos import Demo, Run
from installed import run

from cloudbill import __version__


def said(done: Run) -> str:
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout.strip()


def test_the_wheel_runs_outside_a_clone(wheel: Path, demo: Demo, tmp_path: Path) -> None:
    assert said(run(wheel / "bin" / "cloudbill", "--version", cwd=tmp_path)) == (
        f"cloudbill {__version__}"
    )
    where = "import cloudbill; print(cloudbill.__file__)"
    installed = Path(said(run(wheel / "bin" / "python", "-c", where, cwd=tmp_path))).parent
    assert installed.is_relative_to(wheel)
    assert Path(str(demo.run.args[0])).is_relative_to(wheel)
    said(demo.run)
    # What is installed may belong to root: nothing is written there.
    (record,) = installed.parent.glob("cloudbill-*.dist-info/RECORD")
    recorded = {line.split(",")[0] for line in record.read_text().splitlines()}
    files = [path for path in (installed / "project").rglob("*") if path.is_file()]
    assert files
    assert {str(path.relative_to(installed.parent)) for path in files} <= recorded


def test_the_wheel_reads_cells_of_any_shape(wheel: Path, tmp_path: Path) -> None:
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
    load = run(wheel / "bin" / "cloudbill", "load", cwd=tmp_path)
    assert load.returncode == 1
    assert "b/bill.csv, line 2: 5 values where the header has 6 columns" in load.stderr.replace(
        "\n", " "
    )
    tags = "select tags from 'workspace/lake/azure_cost/**/*.parquet'"
    read = f'import duckdb; print(duckdb.sql("{tags}").fetchall())'
    found = said(run(wheel / "bin" / "python", "-c", read, cwd=tmp_path))
    assert found == "[({'team': 'web'},)]"


def test_the_wheel_says_what_a_page_needs(wheel: Path, demo: Demo) -> None:
    explore = run(
        wheel / "bin" / "cloudbill", "explore", "--workspace", demo.workspace, cwd=demo.workspace
    )
    assert (explore.returncode, explore.stdout) == (2, "")
    assert "The explorer needs Streamlit" in explore.stderr


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    (project,) = wheel.glob("lib/python*/site-packages/cloudbill/project")
    assert {path.name for path in project.iterdir()} == {
        "analyses", "macros", "models", "samples", "seeds", "tests",
        "bills.example.yml", "dbt_project.yml", "profiles.yml",
    }  # fmt: skip
    assert not list(project.rglob("*.py"))
    assert (project.parent / "explorer" / "icon.png").exists()
