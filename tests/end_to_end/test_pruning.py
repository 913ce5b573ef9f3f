"""A unit is built from its own files: what a run reads grows with what changed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

MARKER = "unit_id is not null"
KINDS = {"aws_cur", "azure_cost", "gcp_billing"}


@pytest.fixture(scope="module")
def warehouse(demo, tmp_path_factory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo's warehouse, in a copy: dbt's views name both of its files."""
    folder = tmp_path_factory.mktemp("warehouse")
    for name in ("cloudbill", "working"):
        shutil.copy(demo.workspace / f"{name}.duckdb", folder)
    with duckdb.connect(str(folder / "working.duckdb")) as connection:
        connection.execute(f"attach '{folder / 'cloudbill.duckdb'}' as cloudbill")
        yield connection


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every scan of Parquet files in a plan."""
    if "Total Files Read" in plan.get("extra_info", {}):
        yield plan
    for child in plan.get("children", []):
        yield from scans(child)


@pytest.mark.parametrize("model", ["tag_sets", "skus", "commitment_discounts", "int_vm_meters"])
def test_a_unit_reads_its_own_files(model, demo, warehouse):
    compiled = Path(demo.workspace / "target" / "compiled").glob(f"**/{model}.sql")
    (path,) = (path for path in compiled if path.parent.suffix != ".yml")  # but for fixtures
    query = path.read_text()
    assert MARKER in query
    units = warehouse.execute(
        "select unit_id, any_value(kind), count(distinct (export_name, bill)) from int_bills"
        " group by unit_id"
    ).fetchall()
    assert {kind for _, kind, _ in units} == KINDS
    for unit, kind, files in units:
        of_unit = query.replace(MARKER, f"unit_id in ('{unit}')")
        ((_, plan),) = warehouse.execute(f"explain (analyze, format json) {of_unit}").fetchall()
        found = list(scans(json.loads(plan)))
        assert found, "no scan tells how many files it read"
        read = [int(scan["extra_info"]["Total Files Read"]) for scan in found]
        assert all(count <= files for count in read), (model, kind, files, read)
        # Google Cloud has no factors of sizes to be told.
        assert sum(read) >= 1 or (model, kind) == ("int_vm_meters", "gcp_billing"), (kind, read)
