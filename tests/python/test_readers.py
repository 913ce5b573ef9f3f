"""What is read besides plain files of lines, and what is said of files that are no bills."""

import itertools
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudbill.lake.load import LoadResult
from cloudbill.landing import archives, readers
from cloudbill.landing.recognition import looks_like

Write = Callable[[str, str], Path]
Loaded = Callable[..., list[LoadResult]]
Lake = Callable[..., list[dict[str, Any]]]

AZURE = "name: a, kind: azure_cost, location: a"
AWS = "name: a, kind: aws_cur, location: a"
GCP = "name: a, kind: gcp_billing, location: a"
CUR = "lineItem/UsageStartDate,lineItem/UnblendedCost\n"
PORTAL = "Date,Meter ID,Pre Tax Cost,Meter Name,Meter Region,Instance ID\n"


def zipped(path: Path, **members: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_the_csv_files_of_an_archive_are_parts_of_a_bill(
    tmp_path: Path, loaded: Loaded, lake: Lake
) -> None:
    parts = {f"{i}/cur.csv": f"{CUR}2026-10-0{i}T00:00:00Z,1.{i}\n" for i in (1, 2)}
    zipped(tmp_path / "a" / "cur.zip", **parts, **{"__MACOSX/cur.csv": "x", "README.txt": "x"})
    (result,) = loaded(AWS)
    assert (result.status, result.rows) == ("new", 2)
    assert [str(row["line_item_unblended_cost"])[:3] for row in lake("aws_cur")] == ["1.1", "1.2"]
    assert loaded(AWS)[0].status == "unchanged"


def test_sentences_name_the_archive_and_the_file_in_it(tmp_path: Path, loaded: Loaded) -> None:
    path = zipped(tmp_path / "a" / "cur.zip", **{"cur.csv": f"{CUR}2026-10-01T00:00:00Z,1;5\n"})
    (result,) = loaded(AWS)
    assert result.status == "refused"
    assert f"{path} (cur.csv), line 2, column 'lineItem/UnblendedCost'" in (result.reason or "")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"README.txt": "x"}, "is a zip archive without a CSV file in it"),
        ({"[Content_Types].xml": "x", "xl/a.xml": "x"}, "of an office suite without a CSV file"),
    ],
)
def test_an_archive_without_bills_is_refused(
    tmp_path: Path, loaded: Loaded, members: dict[str, str], said: str
) -> None:
    zipped(tmp_path / "a" / "cur.zip", **members)
    (result,) = loaded(AWS)
    assert result.status == "refused"
    assert said in (result.reason or "")


def test_an_archive_that_is_cut_off_or_inflates_without_bounds_is_refused(
    tmp_path: Path, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "a" / "cur.zip", **{"cur.csv": CUR + "x" * 100_000})
    monkeypatch.setattr(archives, "SMALL", 1000)
    (result,) = loaded(AWS)
    assert "would inflate to 100,047 bytes" in (result.reason or "")
    path.write_bytes(path.read_bytes()[:-30])
    (result,) = loaded(AWS)
    assert "cut off or damaged" in (result.reason or "")


@pytest.mark.parametrize("title", ["Usage Data Extract\n\n", "Usage,for 2026-10,,,,\n,,,,,\n"])
def test_titles_above_the_header_are_skipped_and_counted(
    write: Write, loaded: Loaded, lake: Lake, title: str
) -> None:
    write("a/portal.csv", f'{title}{PORTAL}10/01/2026,m,1.5,"D2\nv3",EU,i\n')
    (result,) = loaded(AZURE)
    assert (result.status, result.rows) == ("new", 1)
    assert lake("azure_cost")[0]["metername"] == "D2\nv3"
    lines = '10/01/2026,m,1,"D\nv",E,i\n10/02/2026,m,?,n,E,i\n'
    path = write("a/portal.csv", title + PORTAL + lines)
    (result,) = loaded(AZURE)
    assert result.reason == (
        f"{path}, line 6, column 'Pre Tax Cost': '?' is not a number such as -1234.5 or 1.2E-05:"
        " fetch the export again, as the provider writes it."
    )


def test_lines_that_end_otherwise_below_a_title_are_refused_not_lost(
    write: Write, loaded: Loaded
) -> None:
    write("a/portal.csv", f"Usage Data Extract\r\n\r\n{PORTAL}10/01/2026,m,1.5,D2,EU,i\n")
    (result,) = loaded(AZURE)
    assert result.status == "refused"
    assert "LF and CRLF" in (result.reason or "")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            (
                [{"key": "goog-gke-node", "value": ""}, {"key": "team", "value": "web"}],
                [{"type": "PROMOTION", "amount": "-1.5"}, {"type": "PROMOTION", "amount": -1}],
            ),
            ({"goog-gke-node": "", "team": "web"}, "-2.5"),
        ),
        (({"team": "web"}, {"type": "DISCOUNT", "amount": -0.5}), ({"team": "web"}, "-0.5")),
        (([], []), (None, "0E-18")),
        (({}, {}), (None, "0E-18")),
    ],
)
def test_lists_of_flattened_google_lines_are_json_text(
    write: Write, loaded: Loaded, lake: Lake, given: Any, expected: Any
) -> None:
    texts = ",".join('"' + json.dumps(x).replace('"', '""') + '"' for x in given)
    header = "usage_start_time,cost,usage.amount,labels,credits"
    write("a/2026-11-01.csv", f"{header}\n2026-11-01 05:00:00 UTC,2,7,{texts}\n")
    (result,) = loaded(GCP)
    assert result.status == "new", result.reason
    (row,) = lake("gcp_billing")
    assert (row["labels"], str(row["credits_cost"])[: len(expected[1])]) == expected
    assert row["usage_amount"] == 7


def test_without_an_invoice_month_the_month_in_california_counts(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    times = ("2026-11-01 06:59:59 UTC", "2026-11-01 07:00:00 UTC")
    write("a/2026-11-01.csv", "usage_start_time,cost\n" + "".join(f"{t},1\n" for t in times))
    loaded(GCP)
    assert [row["billing_period"] for row in lake("gcp_billing")] == ["2026-10", "2026-11"]


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("BilledCost,EffectiveCost,ChargePeriodStart", "a FOCUS export"),
        ("identity/LineItemId,lineItem/UnblendedCost", "an AWS Cost and Usage Report"),
        ("identity_line_item_id,line_item_unblended_cost", "an AWS Cost and Usage Report"),
        ("Kosten (costInBillingCurrency),(MeterCategory)", None),
        ("Meter Category,ExtendedCost,Meter ID", "an Azure cost export"),
        ("MeterID,MeterName,UnitPrice,IncludedQuantity,OfferID", "an Azure price sheet"),
        ("Meter ID,Meter name,Unit price,Currency code,Price type", "an Azure price sheet"),
        (
            "ReservationId,SkuName,ReservedHours,UsedHours,UsageDate",
            "an Azure reservation details export",
        ),
        (
            "AccountName,Amount,EventDate,EventType,ReservationOrderName",
            "an Azure reservation transactions export",
        ),
        ("billing_account_id,usage_start_time,cost,sku.id", "a Google Cloud billing export"),
        (
            "lineItem/referenceNo,usage/billedQuantity,cost/myCost",
            "an older cost report of Oracle Cloud",
        ),
        ("lineItem/referenceNo,usage/billedQuantity", "an older usage report of Oracle Cloud"),
        ('<?xml version="1.0"?>,x', "a web page or an XML message"),
        ("a,b,c", None),
    ],
)
def test_files_are_recognised_by_their_columns(header: str, what: str | None) -> None:
    assert looks_like(header.split(",")) == what


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("sheet.csv", "MeterID,UnitPrice,PriceType\n1,2,3\n", "looks like an Azure price sheet"),
        ("cur.csv", f"{CUR}2026-10-01,1\n", "looks like an AWS Cost and Usage Report"),
        (
            "reservations.csv",
            "ReservationId,ReservedHours,UsedHours,UsageDate\nr,24,20,2026-10-01\n",
            "looks like an Azure reservation details export",
        ),
        ("error.csv", "<html><body>Access denied\n", "looks like a web page"),
        (
            "nodes.json",
            '{\n  "apiVersion": "v1",\n  "kind": "List",\n  "items": []\n}\n',
            "looks like a list of Kubernetes objects",
        ),
        (
            "subscriptions.json",
            '[{"tenantId": "t", "state": "Enabled", "isDefault": true}]',
            "looks like a list of Azure subscriptions",
        ),
        ("README.csv", "", "is empty"),
    ],
)
def test_what_is_no_bill_is_refused_with_what_it_looks_like_and_the_others_load(
    write: Write, loaded: Loaded, name: str, text: str, said: str
) -> None:
    write(f"a/{name}", text)
    write("a/20261001-20261031/cost.csv", "Date,CostInBillingCurrency\n10/01/2026,1\n")
    write("a/README.md", "What these files are.\n")
    results = {result.status: result.reason or "" for result in loaded(AZURE)}
    assert set(results) == {"new", "refused", "skipped"}
    assert said in results["refused"]
    assert "README.md is not read" in results["skipped"]


SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "x", "2026-10-01"])
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=2),
    lambda inner: (
        st.dictionaries(st.sampled_from("kv"), inner)
        | st.lists(st.dictionaries(st.sampled_from("kv"), inner), max_size=2)
    ),
    max_leaves=6,
)
LINES = st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1)


def leaves(value: Any) -> Iterator[str]:
    """Texts of what lists and objects hold."""
    match value:
        case dict():
            yield from itertools.chain.from_iterable(map(leaves, value.values()))
        case list():
            yield from itertools.chain.from_iterable(map(leaves, value))
        case str() if value.startswith(("{", "[")):
            yield from leaves(json.loads(value))
        case None:
            pass
        case _:
            yield value if isinstance(value, str) else json.dumps(value)


@given(lines=st.lists(LINES, min_size=1, max_size=4))
@example(lines=[{"a": [False, 0]}, {"a": [{"k": None}]}])
@example(lines=[{"a": [{"k": {"v": 1}}]}, {"a": [{"k": False}, {"k": 0}, {"k": {}}]}])
def test_the_columns_of_json_lines_hold_all_that_the_lines_say(
    lines: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("json") / "lines.json"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with duckdb.connect() as con:
        (reader,) = readers.open_readers(con, (file,))
        listed = ", ".join(f"to_json({column.sql})::varchar" for column in reader.columns)
        rows = con.execute(f"select {listed} from {reader.relation}").fetchall()
    headers = [column.header for column in reader.columns]
    for line, row in zip(lines, rows, strict=True):
        found: dict[str, list[str]] = {}
        for header, value in zip(headers, row, strict=True):
            found.setdefault(header.partition(".")[0], []).extend(
                leaves(json.loads(value or "null"))
            )
        assert {name: sorted(texts) for name, texts in found.items() if texts} == {
            name: sorted(texts) for name, value in line.items() if (texts := [*leaves(value)])
        }


def test_json_lines_without_anything_or_that_are_no_objects_are_told(
    write: Write, loaded: Loaded
) -> None:
    line = '{"usage_start_time": "2026-10-01T00:00:00Z", "cost": 1}\n'
    write("a/a.json", line + "{}\n")
    assert "line 2: no date in usage_start_time" in (loaded(GCP)[0].reason or "")
    write("a/a.json", line + "7\n")
    assert "a line that is no JSON object" in (loaded(GCP)[0].reason or "")
