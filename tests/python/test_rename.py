"""An export goes by another name, and nothing of it is lost."""

from pathlib import Path

import pytest

from cloudbill.errors import CloudbillError
from cloudbill.lake.files import LakeFile, lake_files
from cloudbill.lake.history import history
from cloudbill.lake.load import forget
from cloudbill.lake.rename import rename
from cloudbill.landing.land import connect
from cloudbill.workspace import Workspace

HEADER = (
    "bill/BillingPeriodStartDate,lineItem/UsageStartDate,lineItem/UnblendedCost,"
    "lineItem/CurrencyCode,lineItem/ProductCode\n"
)


def bill(month: str, cost: int) -> str:
    line = f"{month}-01T00:00:00Z,{month}-02T00:00:00Z,{cost},USD,AmazonS3\n"
    return HEADER + line


def files_of(workspace: Workspace) -> list[LakeFile]:
    return lake_files(connect(workspace.temporary), workspace)


@pytest.fixture
def delivered(write, loaded):
    """Two months, of which one was restated."""
    write("old/BILLING_PERIOD=2026-08/a.csv", bill("2026-08", 1))
    write("old/BILLING_PERIOD=2026-09/a.csv", bill("2026-09", 2))
    loaded("name: old, kind: aws_cur, location: old")
    write("old/BILLING_PERIOD=2026-09/a.csv", bill("2026-09", 30))
    loaded("name: old, kind: aws_cur, location: old")


def test_bills_and_their_history_go_along(delivered, loaded, lake, workspace, project) -> None:
    before = [(load.bill, load.loaded_at, load.cost) for load in history(workspace, "old")]
    assert rename(workspace, "old", "new", project) == 2
    rows = lake("aws_cur")
    assert {row["export"] for row in rows} == {"new"}
    assert sum(row["line_item_unblended_cost"] for row in rows) == 31
    results = loaded("name: new, kind: aws_cur, location: old")
    assert {result.status for result in results} == {"unchanged"}
    after = [(load.bill, load.loaded_at, load.cost) for load in history(workspace, "new")]
    assert after == before and len(after) == 3


def test_one_that_was_interrupted_is_finished_by_the_same_command(
    delivered, workspace, project
) -> None:
    folder = workspace.lake / "aws_cur"
    (folder / "export=old").rename(folder / "export=new")
    assert rename(workspace, "old", "new", project) == 2
    files = files_of(workspace)
    assert {(file.export, file.facts["export"], file.facts["scope"]) for file in files} == {
        ("new", "new", "new")
    }


def test_another_name_in_bills_yml_takes_nothing_out_of_the_lake(delivered, loaded, lake) -> None:
    results = loaded("name: new, kind: aws_cur, location: old")
    assert {(result.export, result.status) for result in results} == {("new", "refused")}
    assert {(row["export"], row["line_item_unblended_cost"]) for row in lake("aws_cur")} == {
        ("old", 1),
        ("old", 30),
    }


def test_one_name_is_of_one_kind(delivered, write, loaded, lake, workspace) -> None:
    write("azure/a.csv", "Date,CostInBillingCurrency,BillingCurrencyCode\n2026-09-02,5,USD\n")
    write("other/a.csv", bill("2026-09", 7))
    other = "name: other, kind: aws_cur, location: other"
    refused, loads = loaded("name: old, kind: azure_cost, location: azure", other)
    assert (refused.status, loads.status) == ("refused", "new")
    assert refused.reason == (
        "'old' is azure_cost in bills.yml, and the lake holds bills of this name that are aws_cur:"
        " give the new export another name in bills.yml, or the old one with `cloudbill rename old"
        " NEW`, so that the two are compared, or take the old one out with `cloudbill forget old`."
    )
    assert [row["line_item_unblended_cost"] for row in lake("aws_cur")] == [1, 30, 7]
    assert not any(file.kind == "azure_cost" for file in files_of(workspace))
    loaded("name: new, kind: azure_cost, location: azure", other)
    # An earlier version let both in under one name.
    (workspace.lake / "azure_cost/export=new").rename(workspace.lake / "azure_cost/export=old")
    refused, *_ = loaded("name: old, kind: azure_cost, location: azure", other)
    assert refused.reason.endswith("take both out with `cloudbill forget old`, and load again.")
    assert forget(workspace, "old") == 3
    results = loaded("name: old, kind: azure_cost, location: azure", other)
    assert [result.status for result in results] == ["new", "unchanged"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("absent", "new", "The lake holds no bill of 'absent'; it holds bills of old."),
        ("old", "a/b", "'a/b' cannot be the name of an export: use letters"),
        ("old", "x" * 101, "names have 100 characters at most"),
        ("old", "old", "are one name"),
    ],
)
def test_what_cannot_be_renamed_is_told(
    delivered, workspace, project, lake, old: str, new: str, said: str
) -> None:
    with pytest.raises(CloudbillError) as error:
        rename(workspace, old, new, project)
    assert said in str(error.value)
    assert len(lake("aws_cur")) == 2


def test_no_export_takes_the_place_of_another(
    delivered, write, loaded, workspace: object, project: Path, lake
) -> None:
    write("other/BILLING_PERIOD=2026-09/a.csv", bill("2026-09", 7))
    loaded("name: other, kind: aws_cur, location: other")
    with pytest.raises(CloudbillError, match="holds bills of 'other' already"):
        rename(workspace, "old", "OTHER", project)  # type: ignore[arg-type]
    assert len(lake("aws_cur")) == 3
