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


def joins_by_comparing(plan: dict[str, Any]) -> Iterator[str]:
    """Conditions of the joins that compare each row of one side with each of the other."""
    if plan["name"].strip() == "BLOCKWISE_NL_JOIN":
        yield plan["extra_info"]["Condition"]
    for child in plan["children"]:
        yield from joins_by_comparing(child)


def test_what_can_be_joined_by_hash_is(demo, warehouse):
    """A condition on one side alone keeps DuckDB from it, and time grows with the square."""
    found = {}
    compiled = Path(demo.workspace / "target" / "compiled" / "cloudbill" / "models")
    for path in compiled.glob("**/*.sql"):
        if path.parent.suffix != ".yml":
            query = f"explain (format json) {path.read_text()}"
            ((_, plan),) = warehouse.execute(query).fetchall()
            found[path.stem] = list(joins_by_comparing(json.loads(plan)[0]))
    assert any(found.values()), "patterns are compared"
    slow = [
        (name, condition)
        for name, conditions in found.items()
        for condition in conditions
        if " AND " in condition and " OR " not in condition
    ]
    assert not slow


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
