"""Plain dbt is enough: what an edit of the rules makes differ is made anew, and all else stays.

Edits are made in a copy of the project and built by dbt itself. Then every table is what a full
refresh of the edited project gives, and edits taken back give the tables of before.
"""

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from demos import Command, Demo, copy_project, run_plain_dbt

from cloudbill.compare import compare
from cloudbill.schema import PROJECT
from cloudbill.warehouse.handover import open_to_change, open_warehouse, take_up
from cloudbill.workspace import Workspace

BUILD = ("build", "--exclude-resource-type", "test", "unit_test")
MART = ("models/marts/cloud_costs/cloud_costs.sql", "is_kubernetes as integer", "true as integer")
# One of each other kind: the file, what stands in it, what stands there instead.
EDITS = {
    "model": (
        "models/intermediate/charges/int_gcp__charges.sql",
        "'Google Cloud' as provider",
        "'Google' as provider",
    ),
    "macro": ("macros/money.sql", "as decimal(38, 18))", "* 2 as decimal(38, 18))"),
    "seed": ("seeds/service_categories.csv", "AWS,amazonec2,Compute", "AWS,amazonec2,Storage"),
    "variable": ("dbt_project.yml", "node_price_window_days: 30", "node_price_window_days: 3"),
    "source column": (
        "models/staging/azure/_azure__sources.yml",
        "        columns:\n",
        "        columns:\n          - {name: further, data_type: varchar, description: New.}\n",
    ),
    "its use": (
        "models/staging/azure/stg_azure__cost_lines.sql",
        "lower(nullif(meterid, ''))",
        "lower(nullif(coalesce(further, meterid), ''))",
    ),
}


def edit(project: Path, change: tuple[str, str, str], *, back: bool = False) -> None:
    name, before, after = change
    before, after = (after, before) if back else (before, after)
    text = (project / name).read_text()
    assert before in text, name
    (project / name).write_text(text.replace(before, after, 1))


def made(workspace: Path) -> dict[str, str]:
    """What each relation was made by."""
    with open_warehouse(Workspace(workspace)) as warehouse:
        query = "from working.main.made union all by name from cloudbill.main.made"
        return dict(warehouse.execute(f"select relation, fingerprint from ({query})").fetchall())


def threads(workspace: Path) -> int:
    """How many the run took that made the model of this name."""
    with open_warehouse(Workspace(workspace)) as warehouse:
        return warehouse.execute("from cloudbill.main.threads").fetchone()[0]


@contextmanager
def many_lines(index: Path) -> Iterator[None]:
    """Have the index say that bills hold a thousand times as many lines."""
    content = index.read_bytes()
    duckdb.sql(
        f"create temp table more as from '{index}'"
        " select * replace (line_count * 1000 as line_count);"
        f"copy more to '{index}'; drop table more"
    )
    yield
    index.write_bytes(content)


def differing(one: Path, other: Path) -> list[str]:
    tables = [mart.name for mart in compare(one, other).marts if not mart.is_same]
    return [name for name in tables if name != "made"]


def test_whatever_is_edited_the_tables_are_those_of_a_full_refresh(demo: Demo, tmp_path: Path):
    project, workspace = copy_project(tmp_path / "project"), tmp_path / "workspace"
    shutil.copytree(demo.workspace, workspace, symlinks=True)
    before = made(workspace)
    first, *others = EDITS.values()
    for change in (MART, first):
        edit(project, change)
    short_lived = project / "models" / "marts" / "short_lived.sql"
    short_lived.write_text("select 1 as one")
    run = run_plain_dbt(project, workspace, "run", "--select", "cloud_costs+", "short_lived")
    assert "made before its rules changed" in run.stdout
    short_lived.unlink()
    changed = {name for name, made_by in made(workspace).items() if made_by != before.get(name)}
    assert {"cloud_costs", "cloud_cost_summary", "cloud_cost_breakdown", "short_lived"} <= changed
    assert not changed & {"charges", "vm_cost_report", "focus_charges", "commitment_coverage"}
    assert "cloud_costs" in differing(demo.workspace, workspace)

    for change in others:
        edit(project, change)
    run_plain_dbt(project, workspace, *BUILD)
    fresh = demo.copy_of_lake(tmp_path / "fresh")
    run_plain_dbt(project, fresh, *BUILD)
    assert differing(workspace, fresh) == []
    assert {"int_charges", "cloud_costs", "node_prices"} < set(differing(demo.workspace, workspace))
    with open_warehouse(Workspace(workspace)) as warehouse:
        tables = warehouse.execute("select table_name from duckdb_tables()").fetchall()
        assert ("short_lived",) not in tables, "what left the project is dropped"


@pytest.mark.slow
def test_edits_taken_back_give_the_tables_of_before(demo: Demo, tmp_path: Path):
    project, workspace = copy_project(tmp_path / "project"), tmp_path / "workspace"
    shutil.copytree(demo.workspace, workspace, symlinks=True)
    before = made(workspace)
    for change in (MART, *EDITS.values()):
        edit(project, change)
    run_plain_dbt(project, workspace, *BUILD)
    for change in (MART, *EDITS.values()):
        edit(project, change, back=True)
    run_plain_dbt(project, workspace, *BUILD)
    assert differing(demo.workspace, workspace) == []
    assert made(workspace) == before


@pytest.mark.slow
def test_what_is_to_do_tells_how_many_threads_do_it(demo: Demo, tmp_path: Path):
    project, workspace = copy_project(tmp_path / "project"), tmp_path / "workspace"
    shutil.copytree(demo.workspace, workspace, symlinks=True)
    lasting = project / "models" / "marts" / "threads.sql"
    lasting.write_text("select current_setting('threads') as threads")
    run_plain_dbt(project, workspace, "run", "--select", "cloud_costs", "threads")
    assert threads(workspace) == 1, "little was to do"
    edit(project, MART)
    with many_lines(Workspace(workspace).index):
        run_plain_dbt(project, workspace, "run", "--select", "cloud_costs", "threads")
    assert [threads(workspace)] == list(duckdb.sql("select current_setting('threads')").fetchone())


@pytest.mark.parametrize(
    ("is_there", "arguments", "code"),
    [
        (True, ["run"], 2),
        pytest.param(True, ["ls", "--select", "charges"], 0, marks=pytest.mark.slow),
        pytest.param(False, ["run"], 2, marks=pytest.mark.slow),
    ],
)
def test_without_a_lake_a_sentence_says_what_to_do(
    tmp_path: Path, is_there: bool, arguments: list[str], code: int
):
    project, workspace = copy_project(tmp_path / "project"), tmp_path / "workspace"
    if is_there:
        workspace.mkdir()
    environment = {**os.environ, "CLOUDBILL_WORKSPACE": str(workspace)}
    dbt = [str(Path(sys.executable).with_name("dbt"))]
    places = ["--project-dir", project, "--profiles-dir", project, "--log-path", tmp_path / "logs"]
    run = subprocess.run(
        [*dbt, *arguments, *map(str, places)],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    said = run.stdout + run.stderr
    assert run.returncode == code, said
    assert "Traceback" not in said
    assert ("cloudbill load" in said) is bool(code)


def test_what_plain_dbt_built_is_published_if_it_is_whole_and_tested(
    demo: Demo, command: Command, tmp_path: Path
):
    workspace = tmp_path / "workspace"

    def refusal() -> str:
        run = command("publish", "--workspace", str(workspace))
        assert run.returncode == 1, run.stdout
        return str(run.stderr)

    assert "Nothing is built" in refusal()
    demo.copy_of_lake(workspace)
    run_plain_dbt(PROJECT, workspace, "build", "--exclude-resource-type", "unit_test")
    run = command("publish", "--workspace", str(workspace))
    assert run.returncode == 0, run.stderr
    assert compare(demo.workspace / "published", workspace / "published").is_same
    with duckdb.connect(str(workspace / "working.duckdb")) as warehouse:
        # As if it had failed: that a bill is held back keeps no other from being published.
        warehouse.execute("delete from tested where test = 'assert_no_bill_is_held_back'")
    assert command("publish", "--workspace", str(workspace)).returncode == 0

    run_plain_dbt(PROJECT, workspace, "run", "--full-refresh", "--select", "cloud_costs")
    assert "Built before what they read: cloud_cost_breakdown, cloud_cost_summary" in refusal()
    run_plain_dbt(PROJECT, workspace, "run", "--select", "cloud_costs+")
    assert "Tests that have not passed since" in refusal()
    run_plain_dbt(PROJECT, workspace, "test", "--select", "cloud_costs+")
    assert command("publish", "--workspace", str(workspace)).returncode == 0


@pytest.mark.slow
def test_what_was_tested_before_it_changed_is_not_published(
    demo: Demo, command: Command, tmp_path: Path
):
    workspace = tmp_path / "workspace"
    shutil.copytree(demo.workspace, workspace, symlinks=True)

    def refusal() -> str:
        run = command("publish", "--workspace", str(workspace))
        assert run.returncode == 1, run.stdout
        return str(run.stderr)

    take_up(Workspace(workspace))
    with open_to_change(Workspace(workspace)) as warehouse:
        warehouse.execute("update cloud_costs set net_cost = net_cost + 1")
    adds_up = "assert_summary_adds_up_to_cloud_costs"
    with pytest.raises(AssertionError, match=adds_up):
        run_plain_dbt(PROJECT, workspace, "test", "--select", adds_up)
    assert f"Tests that have not passed since: {adds_up}." in refusal()

    project = copy_project(tmp_path / "project")
    edit(project, MART)
    run_plain_dbt(project, workspace, "run", "--select", "cloud_costs")
    assert "Built before their rules changed: cloud_costs." in refusal()


HOST = {
    "dbt_project.yml": """
        name: finance
        version: "1.0"
        profile: finance
        vars: {cloudbill: {node_price_window_days: 7}}
    """,
    "packages.yml": "packages: [{local: ../project}]",
    "profiles.yml": """
        finance:
          target: duckdb
          outputs: {duckdb: {type: duckdb, path: ../finance.duckdb, settings: {TimeZone: UTC}}}
    """,
    "models/spend.sql": """
        select provider, billing_currency, sum(amortized_net_cost) as cost
        from {{ ref('cloudbill', 'cloud_costs') }}
        group by all
    """,
}


def test_cloudbill_is_a_package_of_another_project(demo: Demo, tmp_path: Path):
    copy_project(tmp_path / "project")
    host = tmp_path / "finance"
    for name, text in HOST.items():
        file = host / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    lake = demo.workspace / "lake"
    run_plain_dbt(host, tmp_path, "deps", lake=lake)
    build = ("build", "--select", "+spend", "--indirect-selection", "buildable")
    build += ("--exclude-resource-type", "unit_test")
    run_plain_dbt(host, tmp_path, *build, lake=lake)
    spent = "select provider, billing_currency, {} from {} group by all order by all"
    with duckdb.connect(str(tmp_path / "finance.duckdb"), read_only=True) as warehouse:
        found = warehouse.execute(spent.format("sum(cost)", "spend")).fetchall()
        assert found == demo.rows(spent.format("sum(amortized_net_cost)", "cloud_costs"))
    run_plain_dbt(host, tmp_path, "run", "--select", "cloud_costs", lake=lake)
    with duckdb.connect(str(tmp_path / "finance.duckdb"), read_only=True) as warehouse:
        runs = warehouse.execute("select made_at < run_at from made where relation = 'cloud_costs'")
        assert (True,) in runs.fetchall(), "the second run makes nothing anew"
