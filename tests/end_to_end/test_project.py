"""The dbt project as it is kept once it is parsed."""

import shutil

from cloudbill.schema import PROJECT
from cloudbill.warehouse import project
from cloudbill.workspace import Workspace

PARTS = (".dbtignore", "dbt_project.yml", "profiles.yml", *project.FOLDERS)


def test_a_project_that_moved_is_parsed_where_it_is(monkeypatch, tmp_path):
    """A workspace outlives its clone: dbt would look for seeds in the folder that is gone."""
    monkeypatch.delenv("CLOUDBILL_PARSED", raising=False)
    workspace = Workspace(tmp_path / "workspace")
    before, after = tmp_path / "before", tmp_path / "after"
    for part in PARTS:
        source = PROJECT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        before.mkdir(exist_ok=True)
        copy(source, before / part)
    for folder in (before, after):
        if folder == after:
            before.rename(after)
        monkeypatch.setattr(project, "PROJECT", folder)
        nodes = project.parsed(workspace).nodes.values()
        roots = {node.root_path for node in nodes if node.resource_type == "seed"}
        assert roots == {str(folder)}
