"""Columns are taken by their names: the order in which a model lists them moves no money."""

import duckdb
import pytest
from demos import copy_project, run_plain_dbt

from cloudbill.compare import compare
from cloudbill.sql import identifier
from cloudbill.warehouse.handover import open_warehouse
from cloudbill.workspace import Workspace

LAST_LINE = "\nselect * from final\n"


@pytest.mark.slow
def test_models_that_list_their_columns_backwards_give_the_same_tables(demo, tmp_path):
    project = copy_project(tmp_path / "project")
    reversed_ = set()
    with open_warehouse(Workspace(demo.workspace)) as warehouse:
        for path in project.glob("models/**/*.sql"):
            text = path.read_text()
            if text.endswith(LAST_LINE):
                columns = ", ".join(map(identifier, reversed(warehouse.table(path.stem).columns)))
                path.write_text(text.replace(LAST_LINE, f"\nselect {columns} from final\n"))
                reversed_.add(path.stem)
    assert {f"int_{provider}__charges" for provider in ("aws", "azure", "gcp", "focus")} < reversed_
    workspace = demo.copy_of_lake(tmp_path / "workspace")
    run_plain_dbt(project, workspace, "build", "--exclude-resource-type", "test", "unit_test")
    with duckdb.connect(str(workspace / "working.duckdb")) as built:
        columns = built.table("int_gcp__amortized_lines").columns
    assert (columns[0], columns[-1]) == ("commitment_share_cost", "unit_id")
    found = {mart.name: mart.is_same for mart in compare(demo.workspace, workspace).marts}
    assert found["int_charges"]
    # Another text makes the same rows.
    assert {name for name, is_same in found.items() if not is_same} == {"made"}
