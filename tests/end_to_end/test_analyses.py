"""The queries a person runs compile, and run on the samples."""

import pytest
from demos import Demo

from cloudbill.schema import PROJECT
from cloudbill.warehouse.handover import open_warehouse
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace


def test_analyses_run(demo: Demo, subtests: pytest.Subtests) -> None:
    run_dbt(Workspace(demo.workspace), ["compile", "--select", "resource_type:analysis"])
    compiled = demo.workspace / "target" / "compiled" / "cloudbill" / "analyses"
    names = sorted(path.name for path in PROJECT.glob("analyses/*.sql"))
    with open_warehouse(Workspace(demo.workspace)) as connection:
        for name in names:
            with subtests.test(name):
                connection.execute((compiled / name).read_text(encoding="utf-8")).fetchall()
