"""Which version of a bill counts, in every layout that the providers write."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudbill.lake.load import forget
from cloudbill.workspace import Workspace

Write = Callable[[str, str], Path]
Loaded = Callable[..., Any]
Lake = Callable[..., Any]

AWS = "name: a, kind: aws_cur, location: a"
AZURE = "name: a, kind: azure_cost, location: a"
RUNS = [f"{n}a7dbf3c-2f0a-4a26-9e0a-5d9f3b1d0000" for n in range(4)]
MONTH = "a/dir/daily/20261001-20261031"


def aws(cost: int) -> str:
    head = "lineItem/UsageStartDate,lineItem/UnblendedCost\n"
    return f"{head}2026-10-01T00:00:00Z,{cost}\n"


def azure(cost: int) -> str:
    head = "Date,CostInBillingCurrency,ChargeType,PricingModel\n"
    return f"{head}10/01/2026,{cost},Usage,OnDemand\n"


def age(*paths: Path, hours: float) -> None:
    for path in paths:
        os.utime(path, (time.time() - hours * 3600,) * 2)


def told(results: Any) -> list[tuple[str | None, str]]:
    return [(result.bill, result.status) for result in results]


def costs(lake: Lake, kind: str) -> list[int]:
    name = {"aws_cur": "line_item_unblended_cost", "azure_cost": "costinbillingcurrency"}[kind]
    return sorted(int(row[name]) for row in lake(kind))


def cur_manifest(*keys: str, name: str = "reportKeys") -> str:
    return json.dumps({"assemblyId": "x", name: list(keys), "charset": "UTF-8"})


def run_manifest(run: str, *blobs: tuple[str, str], **facts: Any) -> str:
    """As Microsoft writes it; blobs by name and text."""
    return json.dumps(
        {
            "manifestVersion": "2024-04-01",
            "blobCount": len(blobs),
            "dataRowCount": facts.get("rows", sum(text.count("\n") - 1 for _, text in blobs)),
            "exportConfig": {
                "exportName": "daily",
                "resourceId": facts.get("scope", "/subscriptions/1"),
                "type": facts.get("type", "ActualCost"),
            },
            "runInfo": {
                "runId": run,
                "submittedTime": facts.get("submitted", "2026-10-03T06:00:00.1234567Z"),
                "startDate": "2026-10-01T00:00:00",
            },
            "blobs": [
                {"blobName": name, "byteCount": facts.get("bytes", len(text.encode()))}
                for name, text in blobs
            ],
        }
    )


@pytest.fixture
def run(write: Write) -> Callable[..., list[Path]]:
    """Writes a run of an Azure export: a part and, unless told otherwise, its manifest."""

    def run(folder: str, cost: int, *, manifest: bool = True, **facts: Any) -> list[Path]:
        text = azure(cost)
        paths = [write(f"{folder}/part_0_0001.csv", text)]
        if manifest:
            # The container's own path, of which a local copy has only the end.
            blob = f"root/{folder.removeprefix('a/')}/part_0_0001.csv"
            said = run_manifest(folder[-36:], (facts.pop("names", blob), text), **facts)
            paths.append(write(f"{folder}/manifest.json", said))
        return paths

    return run


def test_aws_assemblies_only_what_the_current_manifest_names_counts(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    period = "a/payer/20261001-20261101"
    for assembly, cost in (("old", 1), ("new", 2)):
        write(f"{period}/{assembly}/payer-1.csv.gz", aws(cost))
        key = f"cur/payer/20261001-20261101/{assembly}/payer-1.csv.gz"
        write(f"{period}/{assembly}/payer-Manifest.json", cur_manifest(key))
        write(f"{period}/payer-Manifest.json", cur_manifest(key))
        # The pointer counts, whatever is newer.
        age(Path(str(write(f"{period}/{assembly}/x.csv", aws(0)).parent)), hours=5)
    assert told(loaded(AWS)) == [(None, "skipped"), (None, "skipped"), ("2026-10", "new")]
    assert costs(lake, "aws_cur") == [2]


@pytest.mark.parametrize(
    ("named", "beside", "statuses", "right"),
    [
        ((1, 2), (3,), ["new"], [1, 1, 1]),
        ((1, 2), (1, 2), ["new", "skipped"], [1, 1]),
        ((1, 2), (2, 3), ["new", "refused"], [1, 1]),
    ],
)
def test_aws_files_that_a_manifest_forgets_count_unless_their_charges_are_there(
    write: Write,
    loaded: Loaded,
    lake: Lake,
    named: tuple[int, ...],
    beside: tuple[int, ...],
    statuses: list[str],
    right: list[int],
) -> None:
    head = "lineItem/UsageAccountId," + aws(0).splitlines()[0] + "\n"
    for number, days in ((1, named), (2, beside)):
        lines = "".join(f"{'1' * 12},2026-10-0{day}T00:00:00Z,1\n" for day in days)
        write(f"a/p/20261001-20261101/run/p-{number}.csv", head + lines)
    key = "cur/p/20261001-20261101/run/p-1.csv"
    write("a/p/20261001-20261101/p-Manifest.json", cur_manifest(key))
    assert sorted(status for _, status in told(loaded(AWS))) == statuses
    assert costs(lake, "aws_cur") == right


def test_aws_overwritten_reports_and_athena_folders_have_manifests_too(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    write("a/payer/20261001-20261101/payer-1.csv.gz", aws(1))
    write("a/payer/20261001-20261101/payer-2.csv.gz", aws(99))
    key = "cur/payer/20261001-20261101/payer-1.csv.gz"
    write("a/payer/20261001-20261101/payer-Manifest.json", cur_manifest(key))
    write("a/payer/payer/year=2026/month=9/payer-00001.csv", aws(2).replace("10-01", "09-01"))
    write("a/payer/payer/cost_and_usage_data_status/x.csv", "status\nREADY\n")
    write(
        "a/payer/20260901-20261001/payer-Manifest.json",
        cur_manifest("cur/payer/payer/year=2026/month=9/payer-00001.csv"),
    )
    results = loaded(AWS)
    assert told(results) == [(None, "skipped"), ("2026-09", "new"), ("2026-10", "new")]
    assert costs(lake, "aws_cur") == [1, 2]


def test_aws_assemblies_whose_order_only_times_of_files_tell(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    def assembly(number: int, hours: float, *days: int) -> None:
        folder = f"20261001-20261101/{RUNS[number]}"
        head, account = "lineItem/UsageAccountId,", "1" * 12
        lines = "".join(f"{account},2026-10-0{day}T00:00:00Z,{number}\n" for day in days)
        text = head + aws(0).splitlines()[0] + "\n" + lines
        said = cur_manifest(f"cur/payer/{folder}/payer-1.csv.gz")
        paths = (
            (f"a/payer/{folder}/payer-1.csv.gz", text),
            (f"a/payer/{folder}/p-Manifest.json", said),
        )
        age(*(write(*path) for path in paths), hours=hours)

    assembly(1, 10, 1)
    assembly(2, 20, 1, 2)
    results = loaded(AWS)
    assert told(results) == [("2026-10", "new"), ("2026-10", "refused")]
    assert "has no lines of 2026-10-02" in results[1].reason
    assert costs(lake, "aws_cur") == [2, 2]
    assembly(1, 30, 1)
    assembly(3, 5, 1, 2)
    assert sorted(status for _, status in told(loaded(AWS))) == ["changed", "skipped", "skipped"]
    assert costs(lake, "aws_cur") == [3, 3]


def test_aws_a_folder_of_a_month_of_which_no_line_is_is_not_believed(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    path = write("a/cur/year=2026/month=1/x.csv", aws(1))
    (result,) = loaded(AWS)
    assert result.reason == (
        f"{path} lies in a folder of 2026-01, and all its lines are of 2026-10-01 to 2026-10-01:"
        " move it into the folder of its month."
    )
    # What a line says of its billing period itself is right, whatever its day.
    head, line = aws(2).splitlines()
    text = f"bill/BillingPeriodStartDate,{head}\n2026-01-01T00:00:00Z,{line}\n"
    write("a/cur/year=2026/month=1/x.csv", text)
    assert told(loaded(AWS)) == [("2026-01", "new")]
    assert costs(lake, "aws_cur") == [2]


def test_data_exports_the_newest_execution_counts(write: Write, loaded: Loaded, lake: Lake) -> None:
    for hour, cost in ((6, 1), (18, 2)):
        execution = f"20261103T{hour:02}0000Z-{RUNS[0]}"
        data = f"x/cur2/data/BILLING_PERIOD=2026-10/{execution}/cur2-00001.csv.gz"
        write(f"a/{data}", aws(cost))
        age(
            write(
                f"a/x/cur2/metadata/BILLING_PERIOD=2026-10/{execution}/cur2-Manifest.json",
                cur_manifest(f"s3://acme/{data}", name="dataFiles"),
            ),
            hours=hour,
        )
    assert told(loaded(AWS)) == [(None, "skipped"), ("2026-10", "new")]
    assert costs(lake, "aws_cur") == [2]
    # Without metadata, the folders' names tell.
    write("b/BILLING_PERIOD=2026-10/20261103T060000Z-x/c.csv", aws(3))
    write("b/BILLING_PERIOD=2026-10/20261104T060000Z-x/c.csv", aws(4))
    assert told(loaded("name: b, kind: aws_cur, location: b"))[-1] == ("2026-10", "new")
    assert costs(lake, "aws_cur") == [2, 4]


def test_two_aws_reports_of_one_account_and_period_are_not_added_up(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    head = "bill/PayerAccountId,lineItem/UsageAccountId,"

    def report(name: str, account: str, cost: int) -> None:
        line, text = aws(cost).splitlines()[::-1]
        lines = f"{head}{text}\n{account},{account},{line}\n"
        write(f"a/{name}/20261001-20261101/r-1.csv", lines)
        key = f"{name}/20261001-20261101/r-1.csv"
        write(f"a/{name}/20261001-20261101/r-Manifest.json", cur_manifest(key))

    report("one", "111111111111", 1)
    report("two", "111111111111", 2)
    results = loaded(AWS)
    assert sorted(told(results)) == [("2026-10", "new"), ("2026-10", "refused")]
    (reason,) = [result.reason for result in results if result.reason]
    assert "nothing tells which is the current version" in reason
    assert costs(lake, "aws_cur") == [1]
    # Of another account it is no version of the first; of the same lines it is a copy.
    report("two", "222222222222", 2)
    report("three", "222222222222", 2)
    results = loaded(AWS)
    assert told(results) == [(None, "skipped"), ("2026-10", "changed")]
    assert costs(lake, "aws_cur") == [1, 2]


def test_a_missing_part_waits_while_it_may_be_written_and_is_refused_later(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    part = write("a/p/20261001-20261101/p-1.csv", aws(1))
    keys = [f"p/20261001-20261101/p-{n}.csv" for n in (1, 2)]
    manifest = write("a/p/20261001-20261101/p-Manifest.json", cur_manifest(*keys))
    (result,) = loaded(AWS)
    assert (result.bill, result.status) == ("2026-10", "skipped")
    assert "p-2.csv, which is not there: it is being written; left for the next run" in (
        result.reason
    )
    age(part, manifest, hours=2)
    (result,) = loaded(AWS)
    assert result.status == "refused"
    assert "deliver or copy it again" in result.reason
    write("a/p/20261001-20261101/p-2.csv", aws(5))
    assert told(loaded(AWS)) == [("2026-10", "new")]
    assert costs(lake, "aws_cur") == [1, 5]


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/20261001-20261101/passwd",
        "p/20261001-20261101/../../../secret.csv",
        "file:///etc/20261001-20261101/passwd",
        "p\\..\\20261001-20261101\\p-1.csv",
    ],
)
def test_path_tricks_in_manifests_are_refused(write: Write, loaded: Loaded, key: str) -> None:
    write("a/p/20261001-20261101/p-1.csv", aws(1))
    write("secret.csv", aws(1))
    write("a/p/20261001-20261101/p-Manifest.json", cur_manifest(key))
    (result,) = loaded(AWS)
    assert result.status == "refused"
    assert "which is not part of this export" in result.reason


def test_an_absolute_path_in_a_manifest_reads_nothing(
    write: Write, loaded: Loaded, tmp_path: Path
) -> None:
    write("a/p/20261001-20261101/p-1.csv", aws(1))
    secret = write("secret/20261001-20261101/secret.csv", aws(1))
    write("a/p/20261001-20261101/p-Manifest.json", cur_manifest(str(secret)))
    (result,) = loaded(AWS)
    assert result.status == "skipped"
    assert "which is not there" in result.reason


def test_a_manifest_that_is_cut_off_waits(write: Write, loaded: Loaded) -> None:
    write("a/p/20261001-20261101/p-1.csv", aws(1))
    write("a/p/20261001-20261101/p-Manifest.json", '{"reportKeys": ["p/2026')
    results = loaded(AWS)
    assert ("is a manifest that is not whole: it is being written") in results[0].reason


def test_azure_the_newest_run_counts_and_late_runs_restate(
    run: Callable[..., Any], loaded: Loaded, lake: Lake
) -> None:
    for day, cost in ((3, 1), (5, 3), (4, 2)):
        folder = f"{MONTH}/2026100{day}0600/{RUNS[cost]}"
        run(folder, cost, submitted=f"2026-10-0{day}T06:00:00Z")
    assert told(loaded(AZURE)) == [(None, "skipped"), ("2026-10", "new")]
    assert costs(lake, "azure_cost") == [3]
    # In the first days of November a second run restates October.
    run(f"{MONTH}/202611020600/{RUNS[0]}", 7, submitted="2026-11-02T06:00:00Z")
    assert told(loaded(AZURE))[-1] == ("2026-10", "changed")
    assert costs(lake, "azure_cost") == [7]


@pytest.mark.parametrize("manifest", [False, True])
@pytest.mark.parametrize("copy", [" (1)", "(1)", " - Copy", " - Copy (2)"])
def test_azure_a_copy_of_a_part_is_left_out_and_named(
    write: Write, loaded: Loaded, lake: Lake, copy: str, manifest: bool
) -> None:
    folder = f"{MONTH}/{RUNS[0]}"
    texts = {f"part_{number}_0001.csv": azure(number) for number in (1, 2)}
    for name, text in texts.items():
        write(f"{folder}/{name}", text)
    write(f"{folder}/part_2_0001{copy}.csv", azure(2))
    if manifest:
        blobs = [(f"root/{folder.removeprefix('a/')}/{name}", text) for name, text in texts.items()]
        for its_copy in ("", copy):
            write(f"{folder}/manifest{its_copy}.json", run_manifest(RUNS[0], *blobs))
    *skipped, bill = loaded(AZURE)
    assert (bill.status, bill.rows) == ("new", 2)
    reasons = [result.reason for result in skipped]
    assert len(reasons) == 1 + manifest
    assert any("part_2_0001" in reason for reason in reasons)
    assert costs(lake, "azure_cost") == [1, 2]


def test_azure_what_is_named_as_a_copy_and_says_something_else_is_not_passed_over(
    write: Write, loaded: Loaded
) -> None:
    folder = f"{MONTH}/{RUNS[0]}"
    write(f"{folder}/part_1_0001.csv", azure(1))
    blob = f"root/{folder.removeprefix('a/')}/part_1_0001.csv"
    write(f"{folder}/manifest.json", run_manifest(RUNS[0], (blob, azure(1))))
    other = write(f"{folder}/part_1_0001 (1).csv", azure(5))
    age(other, *other.parent.iterdir(), hours=5)
    (result,) = loaded(AZURE)
    assert result.status == "refused"
    assert "names 1 files, and there are 2" in (result.reason or "")


def test_azure_overwritten_runs_and_folders_without_a_time(
    run: Callable[..., Any], loaded: Loaded, lake: Lake
) -> None:
    run(f"{MONTH}/{RUNS[0]}", 1)
    assert told(loaded(AZURE)) == [("2026-10", "new")]
    run(f"{MONTH}/{RUNS[0]}", 2)
    assert told(loaded(AZURE)) == [("2026-10", "changed")]
    assert costs(lake, "azure_cost") == [2]
    # Caught between parts and manifest: the sizes differ.
    run(f"{MONTH}/{RUNS[0]}", 33, bytes=1)
    (result,) = loaded(AZURE)
    assert (result.bill, result.status) == ("2026-10", "skipped")
    assert "being written" in result.reason
    assert costs(lake, "azure_cost") == [2]


def test_azure_a_run_without_its_manifest_is_left(
    run: Callable[..., Any], loaded: Loaded, lake: Lake
) -> None:
    run(f"{MONTH}/202610030600/{RUNS[0]}", 1)
    run(f"{MONTH}/202610040600/{RUNS[1]}", 2, manifest=False)
    results = loaded(AZURE)
    assert told(results) == [(None, "skipped"), ("2026-10", "new")]
    assert "has no manifest beside it: the run before it counts" in results[0].reason
    assert costs(lake, "azure_cost") == [1]


def test_azure_row_counts_are_checked(run: Callable[..., Any], loaded: Loaded) -> None:
    run(f"{MONTH}/{RUNS[0]}", 1, rows=2)
    (result,) = loaded(AZURE)
    assert result.status == "refused"
    assert "have 1 lines, and the manifest says 2" in result.reason


def test_azure_an_empty_run_replaces_what_was_there(
    write: Write, run: Callable[..., Any], loaded: Loaded, lake: Lake
) -> None:
    paths = run(f"{MONTH}/{RUNS[0]}", 1)
    loaded(AZURE)
    paths[0].unlink()
    write(f"{MONTH}/{RUNS[0]}/manifest.json", run_manifest(RUNS[0], rows=0))
    assert told(loaded(AZURE)) == [("2026-10", "changed")]
    assert lake("azure_cost") == []
    assert told(loaded(AZURE)) == [("2026-10", "unchanged")]


def test_azure_datasets_and_scopes_in_one_folder_are_told_apart(
    run: Callable[..., Any], loaded: Loaded, lake: Lake, workspace: Workspace
) -> None:
    run(f"a/actual/20261001-20261031/{RUNS[0]}", 1)
    run(f"a/amortized/20261001-20261031/{RUNS[1]}", 2, type="AmortizedCost")
    run(f"a/prices/20261001-20261031/{RUNS[2]}", 3, type="PriceSheet")
    results = loaded(AZURE)
    assert told(results) == [
        (None, "skipped"), ("2026-10", "new"), ("2026-10-amortized", "new")
    ]  # fmt: skip
    assert costs(lake, "azure_cost") == [1, 2]
    forget(workspace, "a")
    both = [f"name: {d}, kind: azure_cost, location: a, dataset: {d}, scope: s"
            for d in ("actual", "amortized")]  # fmt: skip
    assert [r.status for r in loaded(*both) if r.status != "skipped"] == ["new", "new"]
    assert costs(lake, "azure_cost") == [1, 2]
    run(f"a/other/20261001-20261031/{RUNS[3]}", 4, scope="/subscriptions/2")
    assert ("2026-10", "changed") in told(loaded(*both))
    assert costs(lake, "azure_cost") == [1, 2, 4]


def test_azure_legacy_manifests_count_too(write: Write, loaded: Loaded, lake: Lake) -> None:
    text = azure(1)
    for number, run in enumerate(RUNS[:2]):
        name = f"daily/20261001-20261031/{run}/part_0_0001.csv"
        write(f"a/{name}", azure(number))
        blobs = [{"blobName": name, "byteCount": len(text), "dataRowCount": 1}]
        facts = {"manifestVersion": "1", "dataRowCount": 1, "blobs": blobs}
        path = write(f"a/daily/20261001-20261031/{run}/_manifest.json", json.dumps(facts))
        age(path, path.with_name("part_0_0001.csv"), hours=10 - number)
    assert told(loaded(AZURE)) == [(None, "skipped"), ("2026-10", "new")]
    assert costs(lake, "azure_cost") == [1]


def test_the_same_charges_under_two_names_are_refused(write: Write, loaded: Loaded) -> None:
    head = "identity/LineItemId,lineItem/UsageStartDate,lineItem/UnblendedCost\n"
    for name, first in (("a", 1), ("b", 5)):
        lines = [f"{first + n},2026-10-01T00:00:00Z,{n}\n" for n in range(3)]
        write(f"{name}/20261001-20261101/x.csv", head + "".join(reversed(lines)))
    results = loaded(AWS, "name: b, kind: aws_cur, location: b")
    assert told(results) == [("2026-10", "new"), ("2026-10", "refused")]
    assert "holds the same charges as 2026-10 of 'a'" in results[1].reason


def test_new_line_ids_change_nothing_but_the_ids(write: Write, loaded: Loaded, lake: Lake) -> None:
    head = "identity/LineItemId,lineItem/UsageStartDate,lineItem/UnblendedCost\n"
    for first in ("x", "y"):
        line = "2026-10-01T00:00:00Z,1\n"
        write("a/20261001-20261101/x.csv", f"{head}{first}1,{line}{first}2,{line}")
        loaded(AWS)
    assert costs(lake, "aws_cur") == [1, 1]


def test_a_google_day_whose_files_changed_is_replaced(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    def lines(*costs: int) -> str:
        return "".join(
            json.dumps({"usage_start_time": f"2026-10-0{n + 1} 00:00:00 UTC", "cost": cost}) + "\n"
            for n, cost in enumerate(costs)
        )

    google = "name: a, kind: gcp_billing, location: a"
    write("a/2026-10-03/part-1.json", lines(1))
    write("a/2026-10-04/part-1.json", lines(10))
    loaded(google)
    # Late rows of older usage days come with the day on which they are ingested.
    write("a/2026-10-04/part-2.json", lines(5, 6))
    assert told(loaded(google)) == [("2026-10-03", "unchanged"), ("2026-10-04", "changed")]
    assert sorted(int(row["cost"]) for row in lake("gcp_billing")) == [1, 5, 6, 10]


def google_part(number: int) -> str:
    return (
        json.dumps({"usage_start_time": "2026-10-03 00:00:00 UTC", "cost": number, "credits": []})
        + "\n"
    )


@pytest.mark.parametrize(
    ("entry", "name", "text", "numbers", "missing"),
    [
        (AWS, "a/20261001-20261101/cur-0000{}.csv", aws, (1, 2, 3), None),
        (AWS, "a/20261001-20261101/cur-0000{}.csv", aws, (1, 3), "cur-00003.csv: … part 00002 of"),
        (AWS, "a/year=2026/month=10/cur-0000{}.csv", aws, (1, 4), "4.csv: … part 00002 and 1 more"),
        (AWS, "a/20261001-20261101/cur-{}.csv.gz", aws, (1, 3), "cur-3.csv.gz: … part 2 of"),
        (AZURE, f"{MONTH}/{RUNS[0]}/part_{{}}_0001.csv", azure, (0, 1), None),
        (AZURE, f"{MONTH}/{RUNS[0]}/part_{{}}_0001.csv", azure, (0, 2), "/part_2_0001.csv: … part"),
        (
            "name: a, kind: gcp_billing, location: a",
            "a/2026-10-03/p-00000000000{}.json",
            google_part,
            (0, 2),
            "/p-000000000002.json: … part 000000000001 of",
        ),
        # Whether there was one before the first or after the last, no number tells.
        (AZURE, f"{MONTH}/{RUNS[0]}/part_{{}}_0001.csv", azure, (1,), None),
        (AWS, "a/year=2026/month=10/cur-0000{}.csv", aws, (4,), None),
        # What Spark writes leaves out empty parts; dates, ids and totals are no numbers of parts.
        (AWS, "a/20261001-20261101/part-0000{}-5d9f3b1d.csv", aws, (1, 3), None),
        (AWS, "a/20261001-20261101/2026-1000{}.csv", aws, (1, 3), None),
        (AWS, "a/20261001-20261101/x-0000{}-of-00003.csv", aws, (0, 2), None),
        (AWS, "a/20261001-20261101/team-41{}.csv.gz", aws, (2,), None),
        (AWS, "a/20261001-20261101/cur-0000{} (1).csv", aws, (1, 2, 3), None),
        (AWS, "a/20261001-20261101/000{0}-0000{0}.csv.gz", aws, (1, 3), None),
    ],
)
def test_a_number_that_parts_without_a_manifest_leave_out_is_told(
    write: Write,
    loaded: Loaded,
    entry: str,
    name: str,
    text: Any,
    numbers: Any,
    missing: str | None,
) -> None:
    for number in numbers:
        write(name.format(number), text(number))
    *told, bill = loaded(entry)
    assert (bill.status, bill.rows, bill.reason) == ("new", len(numbers), None)
    assert len(told) == bool(missing)
    for part in (missing or "").split(" … "):
        assert all(part in (result.reason or "") for result in told)


def test_empty_parts_are_not_missing(write: Write, loaded: Loaded) -> None:
    google = "name: a, kind: gcp_billing, location: a"
    for number, text in ((0, google_part(0)), (1, ""), (2, google_part(2))):
        write(f"a/2026-10-03/p-00000000000{number}.json", text)
    assert [result.status for result in loaded(google)] == ["skipped", "new"]


def test_what_a_manifest_names_since_is_not_missing(write: Write, loaded: Loaded) -> None:
    for number in (1, 3):
        write(f"a/20261001-20261101/cur-0000{number}.csv", aws(number))
    assert "part 00002" in loaded(AWS)[0].reason
    names = [f"s3/20261001-20261101/cur-0000{number}.csv" for number in (1, 3)]
    write("a/20261001-20261101/cur-Manifest.json", cur_manifest(*names))
    results = loaded(AWS)
    assert [result.rows for result in results if result.bill] == [2]
    assert not any("part 00002" in (result.reason or "") for result in results)


GUIDS = [f"{number}f0c6f5e-1111-4222-8333-444444444444" for number in range(9)]


def azure_days(cost: int, *days: int) -> str:
    head = "Date,CostInBillingCurrency,ChargeType,PricingModel\n"
    return head + "".join(f"10/{day:02d}/2026,{cost},Usage,OnDemand\n" for day in days)


def test_azure_bare_files_the_newest_of_a_month_counts(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    first = write(f"a/daily_{GUIDS[1]}.csv", azure_days(1, 1))
    age(first, hours=72)
    assert told(loaded(AZURE)) == [("2026-10", "new")]
    second = write(f"a/daily_{GUIDS[0]}.csv", azure_days(2, 1, 2))
    age(second, hours=48)
    september = write(f"a/daily_{GUIDS[2]}.csv", azure(9).replace("10/01", "09/30"))
    age(september, hours=60)
    results = loaded(AZURE)
    assert sorted(told(results)) == [
        ("2026-09", "new"), ("2026-10", "changed"), ("2026-10", "skipped")
    ]  # fmt: skip
    (reason,) = [result.reason for result in results if result.reason]
    assert f"{first} is not read: {second} is a newer version of 2026-10" in reason
    assert costs(lake, "azure_cost") == [2, 2, 9]

    # What is known of the older one is not read again.
    third = write(f"a/daily_{GUIDS[3]}.csv", azure_days(3, 1, 2))
    age(third, hours=24)
    inode = first.stat()
    first.write_bytes(b"x" * inode.st_size)
    os.utime(first, ns=(inode.st_atime_ns, inode.st_mtime_ns))
    assert sorted(told(loaded(AZURE))) == [
        ("2026-09", "unchanged"), ("2026-10", "changed"), *[("2026-10", "skipped")] * 2
    ]  # fmt: skip
    assert costs(lake, "azure_cost") == [3, 3, 9]
    assert sorted(told(loaded(AZURE))) == [
        ("2026-09", "unchanged"), *[("2026-10", "skipped")] * 2, ("2026-10", "unchanged")
    ]  # fmt: skip

    # A newer one that is refused leaves what counted; without the newest, the one before counts.
    fourth = write(f"a/daily_{GUIDS[4]}.csv", azure_days(4, 1, 2).replace(",4,", ",?,"))
    age(fourth, hours=12)
    assert ("2026-10", "unchanged") in told(loaded(AZURE))
    assert costs(lake, "azure_cost") == [3, 3, 9]
    fourth.unlink()
    third.unlink()
    (again,) = [result for result in loaded(AZURE) if result.status == "changed"]
    assert again.reason == (
        f"a/daily_{GUIDS[3]}.csv is not there any more: {second}, which it had replaced, counts"
        " again."
    )
    assert costs(lake, "azure_cost") == [2, 2, 9]


def test_azure_bare_files_that_may_be_slices_are_refused(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    older = write(f"a/daily_{GUIDS[1]}.csv", azure_days(1, 1, 2))
    age(older, hours=72)
    loaded(AZURE)
    # Written later, and without a day that the other has: a slice, or a copy that lost its time.
    newer = write(f"a/daily_{GUIDS[0]}.csv", azure_days(2, 2, 3))
    age(newer, hours=48)
    results = loaded(AZURE)
    assert set(told(results)) == {("2026-10", "unchanged"), (None, "refused")}
    assert any("no lines of 2026-10-01" in (result.reason or "") for result in results)
    assert costs(lake, "azure_cost") == [1, 1]
    # Of files of one hour nothing tells which is newer; files of other names are other exports.
    newer.unlink()
    close = write(f"a/daily_{GUIDS[2]}.csv", azure_days(3, 1, 2))
    age(close, hours=71.5)
    assert (None, "refused") in told(loaded(AZURE))
    age(close.rename(close.with_name(f"weekly_{GUIDS[2]}.csv")), hours=1)
    assert (None, "refused") in told(loaded(AZURE))
    assert costs(lake, "azure_cost") == [1, 1]


@pytest.mark.parametrize("layout", ["file", "folder", "manifest"])
def test_azure_times_of_files_that_the_rows_contradict_are_not_believed(
    write: Write, loaded: Loaded, lake: Lake, layout: str
) -> None:
    def written(number: int, hours: float, *days: int) -> list[Path]:
        folder, text = f"{MONTH}/{GUIDS[number]}", azure_days(number, *days)
        if layout == "file":
            paths = [write(f"{MONTH}/daily_{GUIDS[number]}.csv", text)]
        else:
            paths = [write(f"{folder}/part_0_0001.csv", text)]
        if layout == "manifest":
            blobs = [{"blobName": f"root/{folder[2:]}/part_0_0001.csv", "byteCount": len(text)}]
            paths.append(write(f"{folder}/_manifest.json", json.dumps({"blobs": blobs})))
        age(*paths, hours=hours)
        return paths

    # Copied in some order, hours apart: what has fewer days would be the newer one.
    first = written(2, 20, 1, 2)
    written(1, 10, 1)
    results = loaded(AZURE)
    assert sorted(status for _, status in told(results)) == ["new", "refused"]
    assert any("has no lines of 2026-10-02" in (result.reason or "") for result in results)
    assert costs(lake, "azure_cost") == [2, 2]
    # Copied at once, so that times tell nothing: days that were added tell.
    written(1, 20.1, 1)
    assert sorted(status for _, status in told(loaded(AZURE))) == ["skipped", "unchanged"]
    written(3, 20.2, 1, 2, 3)
    assert ("2026-10", "changed") in told(loaded(AZURE))
    assert costs(lake, "azure_cost") == [3, 3, 3]
    # The same days twice: nothing tells, until something newer than both comes.
    written(4, 20.3, 1, 2, 3)
    assert sorted(status for _, status in told(loaded(AZURE))) == [
        "refused", "skipped", "skipped", "unchanged"
    ]  # fmt: skip
    age(*first, hours=20.4)
    written(5, 20.5, 1, 2, 3, 4)
    assert {status for _, status in told(loaded(AZURE))} == {"skipped", "changed"}
    assert costs(lake, "azure_cost") == [5, 5, 5, 5]
