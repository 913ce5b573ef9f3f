"""Killed at any moment, on a full disk, or run twice at once: never half of anything."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pytest
import yaml

from cloudbill.config import load_config
from cloudbill.lake.load import load
from cloudbill.schema import PROJECT
from cloudbill.warehouse import build as building
from cloudbill.warehouse import publish
from cloudbill.warehouse.files import files
from cloudbill.warehouse.handover import hand_over, take_up
from cloudbill.workspace import Workspace

EXPORTS = ("aws-payer-a", "azure-mca", "gcp-shop")
CHARGES = """
select scope, billing_period, service_name, count(*), sum(line_count), sum(net_cost),
    sum(amortized_cost)
from charges group by all order by all
"""


def command(workspace, config, step, **options):
    environment = {**os.environ, "CLOUDBILL_WORKSPACE": str(workspace)}
    arguments = [step, "--config", str(config)] if step != "build" else [step]
    return subprocess.Popen(
        [sys.executable, "-m", "cloudbill.cli", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,
    )


def finished(workspace, config, step="refresh", **options):
    process = command(workspace, config, step, **options)
    said, _ = process.communicate()
    return process.returncode, said


def lake_rows(workspace):
    """Each bill in the lake: its rows, and what it is made of."""
    with duckdb.connect() as con:
        return {
            (path.parts[-4], path.parts[-3], path.parts[-2]): con.execute(
                "select count(*), md5(string_agg(line, '' order by line)) from"
                " (select l::varchar as line from read_parquet(?) as l)",
                [str(path)],
            ).fetchone()
            for path in (workspace / "lake").glob("*/export=*/bill=*/bill.parquet")
        }


def published(workspace):
    database = workspace / "published" / "cloudbill.duckdb"
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute(CHARGES).fetchall()


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    """Bills before and after a delivery that restates a month, and what each comes to."""
    root = tmp_path_factory.mktemp("crash")
    entries = yaml.safe_load((PROJECT / "samples" / "bills.yml").read_text())["bills"]
    config = root / "bills.yml"
    config.write_text(yaml.safe_dump({"bills": [e for e in entries if e["name"] in EXPORTS]}))
    for name in EXPORTS:
        shutil.copytree(PROJECT / "samples" / name, root / name)
    workspace = root / "before"
    code, said = finished(workspace, config)
    assert code == 0, said
    before = lake_rows(workspace), published(workspace)
    (month,) = (root / "azure-mca").glob("20261001-*/*.csv")
    lines = month.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    month.write_text("".join(lines + lines[1:]), encoding="utf-8-sig")
    shutil.copytree(workspace, root / "after", symlinks=True)
    started = time.monotonic()
    code, said = finished(root / "after", config)
    refreshed = time.monotonic()
    assert code == 0, said
    # Long enough for a load of the new delivery, most of which is starting up.
    assert finished(root / "after", config, "load")[0] == 0
    seconds = {"refresh": refreshed - started, "load": 1.5 * (time.monotonic() - refreshed)}
    after = lake_rows(root / "after"), published(root / "after")
    assert before != after
    return root, config, before, after, seconds


def killed(delivered, kills, seed, step="refresh", *, rules_change=False):
    """A command, killed at random moments; what it leaves is whole every time."""
    root, config, before, after, seconds = delivered
    moments = random.Random(seed)
    workspace = root / f"killed-{step}-{seed}-{rules_change}"

    def begin():
        shutil.rmtree(workspace, ignore_errors=True)
        shutil.copytree(root / "before", workspace, symlinks=True)
        if rules_change:
            take_up(Workspace(workspace))
            for file in files(Workspace(workspace)):
                with duckdb.connect(str(file)) as con:
                    con.execute("update made set fingerprint = 'others'")

    begin()
    for _ in range(kills):
        process = command(workspace, config, step)
        try:
            process.wait(timeout=moments.uniform(0.3, seconds[step]))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        rows, charges = lake_rows(workspace), published(workspace)
        for bill in before[0] | after[0] | rows:
            assert rows.get(bill) in (before[0].get(bill), after[0].get(bill)), bill
        assert charges in (before[1], after[1])
        if (rows if step == "load" else charges) == after[step == "refresh"]:
            begin()
    code, said = finished(workspace, config)
    assert code == 0, said
    assert (lake_rows(workspace), published(workspace)) == after
    assert not list((workspace / "lake").glob(".tmp/**/*.parquet"))


def test_loads_and_builds_killed_at_random_moments(delivered):
    killed(delivered, kills=3, seed=1, step="load")
    killed(delivered, kills=1, seed=1)
    killed(delivered, kills=1, seed=1, rules_change=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "kills", "rules_change"),
    [("load", 60, False), ("refresh", 25, False), ("refresh", 15, True)],
)
def test_killed_a_hundred_times(delivered, step, kills, rules_change):
    killed(delivered, kills, seed=2, step=step, rules_change=rules_change)


def test_a_full_disk_leaves_what_was_there(delivered):
    root, config, before, after, _ = delivered
    workspace = root / "full"
    shutil.copytree(root / "before", workspace, symlinks=True)

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    code, said = finished(workspace, config, preexec_fn=small_files)
    assert code == 1, said
    assert "Traceback" not in said
    assert (lake_rows(workspace), published(workspace)) == before
    code, said = finished(workspace, config)
    assert code == 0, said
    assert (lake_rows(workspace), published(workspace)) == after


def test_of_two_refreshes_at_once_one_says_who_holds_the_workspace(delivered):
    root, config, _, after, _ = delivered
    workspace = root / "twice"
    shutil.copytree(root / "before", workspace, symlinks=True)
    first = command(workspace, config, "refresh")
    while not Workspace(workspace).root.joinpath(".lock.json").exists():
        time.sleep(0.02)
    code, said = finished(workspace, config)
    assert (code, f"in use by process {first.pid}" in said) == (1, True), said
    assert first.wait() == 0
    assert (lake_rows(workspace), published(workspace)) == after


@pytest.mark.slow
def test_a_reader_that_holds_the_publication_keeps_what_it_reads(delivered):
    root, config, before, after, _ = delivered
    workspace = root / "read"
    shutil.copytree(root / "before", workspace, symlinks=True)
    database = workspace / "published" / "cloudbill.duckdb"
    with duckdb.connect(str(database.resolve()), read_only=True) as reader:
        code, said = finished(workspace, config)
        assert code == 0, said
        assert reader.execute(CHARGES).fetchall() == before[1]
    assert published(workspace) == after[1]


@pytest.mark.slow
def test_a_warehouse_that_another_program_holds_is_left_alone(delivered):
    root, config, before, after, _ = delivered
    workspace = root / "held"
    shutil.copytree(root / "before", workspace, symlinks=True)
    take_up(Workspace(workspace))
    with duckdb.connect(str(workspace / "cloudbill.duckdb")):
        code, said = finished(workspace, config)
    assert (code, published(workspace)) == (1, before[1])
    assert "cloudbill.duckdb is open in another program" in said
    assert finished(workspace, config)[0] == 0
    assert published(workspace) == after[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "left"),
    [
        (file, left)
        for file in ("cloudbill.duckdb", "working.duckdb", "published/cloudbill.duckdb")
        for left in (0, 0.25, 0.99)
    ],
)
def test_a_damaged_warehouse_is_thrown_away(delivered, file, left):
    """A file is cut off near its end, where DuckDB still opens it, in the middle, or is empty.

    So is what was published, of which the next warehouse would be made.
    """
    root, config, _, after, _ = delivered
    workspace = root / f"damaged-{file.replace('/', '-')}-{left}"
    shutil.copytree(root / "before", workspace, symlinks=True)
    if "/" not in file:
        take_up(Workspace(workspace))
    data = (workspace / file).read_bytes()
    (workspace / file).unlink()
    if left:
        (workspace / file).write_bytes(data[: int(len(data) * left)])
    code, said = finished(workspace, config)
    assert code == 0, said
    assert (lake_rows(workspace), published(workspace)) == after


@pytest.mark.parametrize(
    ("module", "step", "is_done"),
    [
        (publish, "switch_link", True),
        pytest.param(publish, "create_later_focus", False, marks=pytest.mark.slow),
    ],
)
def test_wherever_publishing_is_cut_short_the_next_build_goes_on(
    delivered, monkeypatch, module, step, is_done
):
    """One file is the warehouse before and the publication after."""
    root, config, before, after, _ = delivered
    workspace = Workspace(root / f"cut-short-{step}")
    shutil.copytree(root / "before", workspace.root, symlinks=True)
    load(load_config(config), workspace)
    assert not workspace.warehouse.exists(), "it is what is published"
    with monkeypatch.context() as patched:
        patched.setattr(publish, "hand_over", interrupting(patched, module, step, is_done))
        with pytest.raises(KeyboardInterrupt):
            building.build(workspace)
    assert published(workspace.root) == (after if is_done else before)[1]
    assert building.build(workspace).failures == []
    assert (lake_rows(workspace.root), published(workspace.root)) == after
    assert not workspace.warehouse.exists()


def interrupting(patched, module, step, is_done):
    """What hands over, and has a later step interrupted: before it did its work, or after."""
    work = getattr(module, step)

    def interrupt(*arguments):
        if is_done:
            work(*arguments)
        raise KeyboardInterrupt

    def hand_over_and_interrupt(*arguments):
        hand_over(*arguments)
        patched.setattr(module, step, interrupt)

    return hand_over_and_interrupt


@pytest.mark.slow
def test_a_working_file_of_before_is_no_half_of_what_is_published(delivered):
    """What went aside of an older publication would count what both have twice."""
    root, _, _, after, _ = delivered
    workspace = Workspace(root / "restored")
    shutil.copytree(root / "after", workspace.root, symlinks=True)
    shutil.copy(root / "before" / "working.duckdb", workspace.working)
    take_up(workspace)
    assert not workspace.warehouse.exists()
    assert building.build(workspace).failures == []
    assert published(workspace.root) == after[1]
