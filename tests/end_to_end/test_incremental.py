"""Building what changed gives what building everything gives."""

import random
import shutil
from pathlib import Path

import duckdb
import pytest
import yaml
from demos import parquet_of_marts

from cloudbill.config import load_config
from cloudbill.lake.load import forget, load
from cloudbill.samples import write_samples
from cloudbill.warehouse.build import build
from cloudbill.workspace import Workspace

LONG = [(seed, 4) for seed in (14, 11, 12)]


@pytest.fixture(scope="module")
def editions(tmp_path_factory):
    """The same exports twice, with other lines: a restatement is one replacing the other.

    In the second some have a column more, which no model knows, and amortized cost has usage of a
    subscription of which there is no actual cost.
    """
    folders = [tmp_path_factory.mktemp(f"edition{seed}") for seed in (1, 2)]
    for seed, folder in enumerate(folders, start=1):
        write_samples(folder, seed=seed)
    for path in folders[1].glob("azure-*/**/*.csv"):
        header, *lines = path.read_bytes().splitlines()
        longer = [header + b",FurtherColumn", *(line + b",1" for line in lines)]
        if "amortized" in path.name:
            longer[1::3] = [line.replace(b"f533c9", b"f533c8") for line in longer[1::3]]
        path.write_bytes(b"\n".join(longer) + b"\n")
    return folders


def exports_of(folder: Path) -> list[dict[str, str]]:
    return yaml.safe_load((folder / "bills.yml").read_text())["bills"]


@pytest.mark.parametrize(
    ("seed", "steps"), [(14, 3), *(pytest.param(*each, marks=pytest.mark.slow) for each in LONG)]
)
def test_random_history_equals_full_refresh(tmp_path, editions, seed, steps, monkeypatch):
    """Built in small batches, too, which the full refresh is not."""
    choose = random.Random(seed)
    monkeypatch.setenv("CLOUDBILL_BATCH_LINES", "1000")
    delivered, workspace = tmp_path / "delivered", Workspace(tmp_path / "workspace")
    delivered.mkdir()
    exports = exports_of(editions[0])
    for _ in range(steps):
        if choose.random() < 0.3 and (landed := sorted(delivered.iterdir())):
            name = choose.choice(landed).name
            if name in {path.name.removeprefix("export=") for path in workspace.lake.glob("*/*")}:
                forget(workspace, name)
            shutil.rmtree(delivered / name)
        else:
            for export in choose.sample(exports, 3):
                target = delivered / export["location"]
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(choose.choice(editions) / export["location"], target)
        config = tmp_path / "bills.yml"
        present = [export for export in exports if (delivered / export["location"]).exists()]
        listed = [{**export, "location": f"delivered/{export['location']}"} for export in present]
        config.write_text(yaml.safe_dump({"bills": listed}))
        results = load(load_config(config), workspace)
        assert not [result for result in results if result.status == "refused"]
        report = build(workspace)
        assert not report.failures
    incremental = workspace.published.resolve()
    monkeypatch.delenv("CLOUDBILL_BATCH_LINES")
    assert not build(workspace, full_refresh=True).failures
    complete = workspace.published.resolve()
    assert complete != incremental
    assert differences(incremental, complete) == {}


def differences(one: Path, other: Path) -> dict[str, int]:
    """Rows that only one publication has, by table."""
    tables = sorted(parquet_of_marts(one))
    assert "charges" in tables
    found = {}
    for table in tables:
        first, second = (f"from '{parquet_of_marts(folder)[table]}'" for folder in (one, other))
        rows = duckdb.sql(
            f"({first} except all {second}) union all ({second} except all {first})"
        ).fetchall()
        found[table] = len(rows)
    return {table: count for table, count in found.items() if count}
