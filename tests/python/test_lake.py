import json
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cloudbill.config import load_config
from cloudbill.errors import CloudbillError
from cloudbill.lake.load import LoadResult, Progress, Workspace, forget, load, write_index
from cloudbill.lake.rename import rename
from cloudbill.schema import load_schema
from cloudbill.workspace import locked

Write = Callable[[str, str], Path]
Loaded = Callable[..., list[LoadResult]]
Lake = Callable[..., list[dict[str, Any]]]

AWS = "name: a, kind: aws_cur, location: a"
AZURE = "name: a, kind: azure_cost, location: a"
GCP = "name: a, kind: gcp_billing, location: a"
HEADER = "Date,CostInBillingCurrency,ChargeType,PricingModel\n"


def outcome(results: list[LoadResult]) -> list[tuple[str, str | None, str]]:
    return [(result.export, result.bill, result.status) for result in results]


def google(*lines: tuple[str, int]) -> str:
    """Lines by ingestion day and cost."""
    return "".join(
        json.dumps({"usage_start_time": f"{day} 00:00:00 UTC", "cost": cost}) + "\n"
        for day, cost in lines
    )


def index(workspace: Workspace, project: Path) -> list[dict[str, Any]]:
    write_index(workspace, project)
    relation = duckdb.sql(f"select * from '{workspace.index}' order by all")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_a_bill_is_new_then_unchanged_then_changed(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    path = write("a/20261001-20261031/a.csv", HEADER + "10/01/2026,1,Usage,OnDemand\n")
    assert outcome(loaded(AZURE)) == [("a", "2026-10", "new")]
    assert outcome(loaded(AZURE)) == [("a", "2026-10", "unchanged")]
    path.write_text(HEADER + "10/01/2026,2,Usage,OnDemand\n")
    assert outcome(loaded(AZURE)) == [("a", "2026-10", "changed")]
    assert [row["costinbillingcurrency"] for row in lake("azure_cost")] == [2]
    assert outcome(loaded(AZURE + ", currency: EUR")) == [("a", "2026-10", "changed")]


def test_a_refused_bill_leaves_the_old_one_and_the_others_load(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    bad = write("a/20261001-20261031/a.csv", HEADER + "10/01/2026,1,Usage,OnDemand\n")
    loaded(AZURE)
    bad.write_text(HEADER + "10/01/2026,many,Usage,OnDemand\n")
    write("a/20261101-20261130/a.csv", HEADER + "11/01/2026,2,Usage,OnDemand\n")
    missing = "name: b, kind: aws_cur, location: nowhere"
    assert outcome(loaded(AZURE, missing)) == [
        ("a", "2026-10", "refused"),
        ("a", "2026-11", "new"),
        ("b", None, "refused"),
    ]
    assert [row["costinbillingcurrency"] for row in lake("azure_cost")] == [1, 2]


def test_a_folder_of_google_extracts_is_split_by_ingestion_day(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    path = write("a/x.json", google(("2026-10-01", 1), ("2026-10-02", 2), ("2026-11-01", 4)))
    days = ["2026-10-01", "2026-10-02", "2026-11-01"]
    assert outcome(loaded(GCP)) == [("a", day, "new") for day in days]
    assert outcome(loaded(GCP)) == [("a", day, "unchanged") for day in days]
    assert [row["bill"] for row in lake("gcp_billing")] == days
    # Extracted again, without a day: that one goes, since its lines came from this file.
    path.write_text(google(("2026-10-01", 1), ("2026-11-01", 5)))
    assert outcome(loaded(GCP)) == [("a", day, "changed") for day in days]
    assert [(row["bill"], row["cost"]) for row in lake("gcp_billing")] == [
        ("2026-10-01", 1),
        ("2026-11-01", 5),
    ]


def test_a_bill_whose_source_is_gone_stays_until_it_is_forgotten(
    write: Write, loaded: Loaded, lake: Lake, workspace: Workspace
) -> None:
    for day in ("20261001", "20261102"):
        write(f"a/{day}.json", google((f"{day[:4]}-{day[4:6]}-{day[6:]}", 1))).touch()
    loaded(GCP)
    (workspace.root.parent / "a" / "20261001.json").unlink()
    assert outcome(loaded(GCP)) == [("a", "2026-11-02", "unchanged")]
    assert len(lake("gcp_billing")) == 2
    assert forget(workspace, "a", "2026-10") == 1
    assert [row["bill"] for row in lake("gcp_billing")] == ["2026-11-02"]
    assert forget(workspace, "a", "2026-11-02") == 1
    assert lake("gcp_billing") == []
    with pytest.raises(CloudbillError, match="holds no bill of 'a'"):
        forget(workspace, "a")
    assert outcome(loaded(GCP)) == [("a", "2026-11-02", "new")]


def test_what_does_not_count_is_kept_aside_and_comes_back(
    write: Write, loaded: Loaded, lake: Lake, workspace: Workspace
) -> None:
    """Also what no file holds any more: bills.yml may say it of an export that others replace."""
    gone = write("a/20261001.json", google(("2026-10-01", 1)))
    write("a/20261102.json", google(("2026-11-02", 2)))
    loaded(GCP)
    gone.unlink()
    left = [("a", None, "skipped"), ("a", "2026-10-01", "changed"), ("a", "2026-11-02", "changed")]
    assert outcome(loaded(GCP + ", counts: false")) == left
    assert outcome(loaded(GCP + ", counts: false")) == left[:1]
    assert lake("gcp_billing") == []
    loaded(GCP)
    assert [row["bill"] for row in lake("gcp_billing")] == ["2026-10-01", "2026-11-02"]
    loaded(GCP + ", counts: false")
    with pytest.raises(CloudbillError, match="are kept aside"):
        rename(workspace, "a", "b")
    assert forget(workspace, "a") == 2
    assert outcome(loaded(GCP)) == [("a", "2026-11-02", "new")]


def test_what_is_aside_takes_nothings_place(
    write: Write, loaded: Loaded, lake: Lake, workspace: Workspace
) -> None:
    """A bill that came into the lake under its name meanwhile, or a file that is damaged."""
    path = write("a/20261001.json", google(("2026-10-01", 1)))
    loaded(GCP)
    loaded(GCP + ", counts: false")
    (bill,) = (workspace.lake / "aside").rglob("bill.parquet")
    kept = bill.read_bytes()
    bill.write_bytes(kept[:-10])
    (aside, new) = loaded(GCP)
    assert (aside.status, new.status) == ("refused", "new")
    assert "is damaged" in str(aside.reason)
    bill.write_bytes(kept)
    path.write_text(google(("2026-10-01", 2)))
    assert [result.status for result in loaded(GCP)] == ["refused", "changed"]
    assert [row["cost"] for row in lake("gcp_billing")] == [2]
    assert forget(workspace, "a", "2026-10") == 2
    assert outcome(loaded(GCP)) == [("a", "2026-10-01", "new")]


def test_linked_folders_are_read_and_what_is_not_there_is_named(
    write: Write, loaded: Loaded, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month on another disk; further names of it, `latest` and a loop are no second one."""
    write("archive/20260901-20260930/a.csv", HEADER + "09/01/2026,1,Usage,OnDemand\n")
    write("a/20261001-20261031/a.csv", HEADER + "10/01/2026,2,Usage,OnDemand\n")
    (tmp_path / "a" / "20260901-20260930").symlink_to(tmp_path / "archive" / "20260901-20260930")
    (tmp_path / "archive" / "again").symlink_to(tmp_path / "archive" / "20260901-20260930")
    (tmp_path / "a" / "all").symlink_to(tmp_path / "archive")
    (tmp_path / "a" / "latest").symlink_to("20261001-20261031")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert outcome(loaded(AZURE)) == [("a", "2026-09", "new"), ("a", "2026-10", "new")]
    assert sorted(row["costinbillingcurrency"] for row in lake("azure_cost")) == [1, 2]
    dead = tmp_path / "a" / "20261001-20261031" / "b.csv"
    dead.symlink_to("/not/mounted.csv")
    (result,) = loaded(AZURE)
    assert result.status == "refused"
    assert f"{dead} is a link to /not/mounted.csv, which is not there" in str(result.reason)
    dead.unlink()
    scandir = os.scandir

    def forbidding(folder: str) -> Any:
        if str(folder).endswith("20261001-20261031"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", forbidding)
    (result,) = loaded(AZURE)
    assert "20261001-20261031 may not be read: give this user permission" in str(result.reason)
    assert len(lake("azure_cost")) == 2


def test_a_bill_stays_when_one_of_the_files_it_came_from_is_gone(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    old = write("a/x.json", google(("2026-10-01", 1)))
    write("a/y.json", google(("2026-11-01", 2)))
    loaded(GCP)
    old.unlink()
    days = ["2026-10-01", "2026-11-01"]
    assert outcome(loaded(GCP)) == [("a", day, "changed") for day in days]
    assert outcome(loaded(GCP)) == [("a", "2026-11-01", "unchanged")]
    assert [row["bill"] for row in lake("gcp_billing")] == days


@pytest.mark.parametrize(("before", "after"), [("EUR", "GBP"), (None, "EUR"), ("EUR", None)])
def test_a_corrected_currency_reaches_months_whose_files_are_gone(
    before: str | None, after: str | None, write: Write, loaded: Loaded, lake: Lake
) -> None:
    def entry(currency: str | None) -> str:
        return f"{AZURE}, currency: {currency}" if currency else AZURE

    old = write("a/20261001-20261031/a.csv", "Date,CostInBillingCurrency\n2026-10-01,1\n")
    loaded(entry(before))
    old.unlink()
    write("a/20261101-20261130/a.csv", "Date,CostInBillingCurrency\n2026-11-01,2\n")
    (changed, _) = loaded(entry(after))
    assert (changed.bill, changed.status, changed.cost) == ("2026-10", "changed", {after: 1})
    assert [(row["bill"], row["stated_currency"]) for row in lake("azure_cost")] == [
        ("2026-10", after),
        ("2026-11", after),
    ]
    assert outcome(loaded(entry(after))) == [("a", "2026-11", "unchanged")]


def test_a_header_alone_is_a_bill_only_where_the_path_states_the_period(
    write: Write, loaded: Loaded, workspace: Workspace, project: Path
) -> None:
    write("a/20261001-20261031/a.csv", HEADER)
    write("a/b.csv", HEADER)
    write("a/README.md", "About these files.")
    results = loaded(AZURE)
    assert outcome(results) == [
        ("a", None, "skipped"),
        ("a", None, "skipped"),
        ("a", "2026-10", "new"),
    ]
    (row,) = index(workspace, project)
    assert (row["billing_period"], row["line_count"]) == ("2026-10", 0)


def test_the_newest_run_of_a_month_counts_and_other_doubles_are_refused(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    runs = ["0a7dbf3c-2f0a-4a26-9e0a-5d9f3b1d0000", "1b7dbf3c-2f0a-4a26-9e0a-5d9f3b1d0000"]
    for number, run in enumerate(runs):
        path = write(
            f"a/20261001-20261031/cost_{run}.csv", HEADER + f"10/01/2026,{number},Usage,\n"
        )
        os.utime(path, ((10 - number) * 7200,) * 2)
    assert outcome(loaded(AZURE)) == [("a", None, "skipped"), ("a", "2026-10", "new")]
    assert [row["costinbillingcurrency"] for row in lake("azure_cost")] == [0]
    write("b/20261001-20261031/x.csv", HEADER + "10/01/2026,1,Usage,\n")
    write("b/20261001-20261031/y.csv", HEADER + "10/01/2026,2,Usage,\n")
    results = loaded("name: b, kind: azure_cost, location: b")
    assert sorted(outcome(results)) == [("b", "2026-10", "new"), ("b", "2026-10", "refused")]
    (reason,) = [result.reason for result in results if result.reason]
    assert "nothing tells which is the current version" in reason


def test_of_two_folders_of_one_aws_period_a_copy_is_left_out_and_another_version_refused(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    text = "lineItem/UsageStartDate,lineItem/UnblendedCost\n2026-10-01T00:00:00Z,1\n"
    write("a/BILLING_PERIOD=2026-10/run1/a.csv", text)
    write("a/BILLING_PERIOD=2026-10/run2/a.csv", text.replace(",1", ",2"))
    results = loaded(AWS)
    assert sorted(outcome(results)) == [("a", "2026-10", "new"), ("a", "2026-10", "refused")]
    (reason,) = [result.reason for result in results if result.reason]
    assert "run1/a.csv both hold charges of 2026-10" in reason
    assert "counted twice" in reason
    assert [row["line_item_unblended_cost"] for row in lake("aws_cur")] == [1]
    write("b/x/a.csv", text.replace("10-01", "09-01"))
    write("b/y/a.csv", text.replace("10-01", "09-01"))
    results = loaded("name: b, kind: aws_cur, location: b")
    assert [(result.bill, result.status) for result in results] == [
        ("2026-09", "new"), ("2026-09", "skipped")
    ]  # fmt: skip
    assert "b/y/a.csv is not counted: all its lines are those of" in (results[1].reason or "")


def test_the_index_knows_scope_dataset_and_build(
    write: Write, loaded: Loaded, workspace: Workspace, project: Path
) -> None:
    reserved = HEADER + "10/01/2026,{cost},Usage,Reservation\n11/01/2026,1,Usage,OnDemand\n"
    write("actual/a.csv", reserved.format(cost=0))
    amortized = write("amortized/a.csv", reserved.format(cost=5))
    exports = [
        f"name: {name}, kind: azure_cost, location: {name}, scope: ea"
        for name in ("actual", "amortized")
    ]
    loaded(*exports)
    before = index(workspace, project)
    assert [(row["export"], row["billing_period"], row["dataset"]) for row in before] == [
        (name, period, name)
        for name in ("actual", "amortized")
        for period in ("2026-10", "2026-11")
    ]
    builds = {(row["scope"], row["billing_period"]): row["unit_id"] for row in before}
    assert len(builds) == len(set(builds.values())) == 2
    assert index(workspace, project) == before
    # One file changes: so does every build that it holds lines of.
    amortized.write_text(reserved.format(cost=6))
    loaded(*exports)
    after = {row["unit_id"] for row in index(workspace, project)}
    assert not after & set(builds.values())


def test_two_exports_of_one_scope_with_one_dataset_are_refused(
    write: Write, loaded: Loaded
) -> None:
    for name in ("a", "b"):
        write(f"{name}/a.csv", HEADER + "10/01/2026,0,Usage,Reservation\n")
    results = loaded(AZURE + ", scope: ea", "name: b, kind: azure_cost, location: b, scope: ea")
    assert outcome(results) == [("a", "2026-10", "new"), ("b", None, "refused")]
    assert "both hold actual cost" in (results[1].reason or "")


def test_a_new_schema_converts_also_what_has_no_source_any_more(
    write: Write, loaded: Loaded, lake: Lake, project: Path
) -> None:
    path = write("a/a.csv", 'Date,PreTaxCost,Quantity,Info\n2026-10-01,1,0.5,"{""a"": 1}"\n')
    loaded(AZURE)
    assert lake("azure_cost")[0]["quantity"] == "0.5"
    path.unlink()
    write("a/20261101-20261130/b.csv", HEADER)
    sources = project / "models" / "staging" / "azure" / "_azure__sources.yml"
    text = sources.read_text(encoding="utf-8")
    try:
        sources.write_text(
            text
            + '          - {name: quantity, data_type: "decimal(38, 18)"}\n'
            + '          - {name: info, data_type: "map(varchar, varchar)"}\n',
            encoding="utf-8",
        )
        load_schema.cache_clear()
        assert ("a", "2026-10", "changed") in outcome(loaded(AZURE))
        (row,) = lake("azure_cost")
        assert (row["quantity"], row["info"]) == (Decimal("0.5"), {"a": "1"})
        assert outcome(loaded(AZURE)) == [("a", "2026-11", "unchanged")]
    finally:
        sources.write_text(text, encoding="utf-8")
        load_schema.cache_clear()


def test_paths_with_any_character_are_read(write: Write, loaded: Loaded) -> None:
    write("it's [1] * ?/a, b.csv", HEADER + "10/01/2026,1,Usage,\n")
    results = loaded("""name: a, kind: azure_cost, location: "it's [1] * ?" """)
    assert outcome(results) == [("a", "2026-10", "new")]


def test_every_known_column_is_there_before_any_bill(loaded: Loaded, lake: Lake) -> None:
    loaded("name: a, kind: aws_cur, location: nowhere")
    for table in ("aws_cur", "azure_cost", "gcp_billing"):
        assert lake(table) == []


def test_a_load_that_is_killed_leaves_the_lake_whole(
    write: Write, loaded: Loaded, lake: Lake, project: Path, workspace: Workspace
) -> None:
    path = write("a/a.csv", HEADER + "10/01/2026,1,Usage,\n")
    loaded(AZURE)
    path.write_text(HEADER + "10/01/2026,2,Usage,\n" * 1000)
    script = (
        "import os, sys; from pathlib import Path; import cloudbill.lake.load as lake;"
        "import cloudbill.lake.deliver as deliver; from cloudbill.config import load_config;"
        "deliver.check_counted_once = lambda *given: os._exit(9);"
        "lake.load(load_config(Path(sys.argv[1])), lake.Workspace(Path(sys.argv[2])),"
        " project=Path(sys.argv[3]))"
    )
    config = workspace.root.parent / "bills.yml"
    done = subprocess.run(
        [sys.executable, "-c", script, str(config), str(workspace.root), str(project)],
        check=False,
    )
    assert done.returncode == 9
    assert [row["costinbillingcurrency"] for row in lake("azure_cost")] == [1]
    assert outcome(loaded(AZURE)) == [("a", "2026-10", "changed")]


def test_a_second_process_is_told_who_holds_the_workspace(workspace: Workspace) -> None:
    script = (
        "import sys; from pathlib import Path; from cloudbill.lake.load import *\n"
        "from cloudbill.errors import CloudbillError\n"
        "try: forget(Workspace(Path(sys.argv[1])), 'a')\n"
        "except CloudbillError as error: print(error)"
    )
    with locked(workspace), locked(workspace):
        said = subprocess.run(
            [sys.executable, "-c", script, str(workspace.root)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    assert f"in use by process {os.getpid()} since 20" in said


def test_progress_ends_at_the_size_of_what_is_read(
    write: Write, workspace: Workspace, project: Path, tmp_path: Path
) -> None:
    path = write("a/a.csv", HEADER + "10/01/2026,1,Usage,\n" * 10)
    config = tmp_path / "bills.yml"
    config.write_text(f"bills:\n  - {{{AZURE}}}\n")
    seen: list[Progress] = []
    load(load_config(config), workspace, seen.append, project)
    size = path.stat().st_size
    assert (seen[-1].bytes_done, seen[-1].bytes_total, seen[-1].rows) == (size, size, 10)
