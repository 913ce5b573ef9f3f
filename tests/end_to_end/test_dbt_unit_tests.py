"""dbt's unit tests, which state the money rules, run on a warehouse of the samples' columns."""

import shutil

from cloudbill.warehouse.build import summarise
from cloudbill.warehouse.files import files
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace


def test_every_dbt_unit_test_passes(demo, tmp_path):
    workspace = Workspace(tmp_path)
    shutil.copytree(demo.workspace / "lake", workspace.lake)
    for file in files(Workspace(demo.workspace)):
        shutil.copy(file, workspace.root)
    result = run_dbt(workspace, ["test", "--select", "test_type:unit"])
    report = summarise(result, workspace)
    assert report.failures == []
    assert report.passed > 0
    print(f"{report.passed} dbt unit tests passed")
