"""Small lists as people and tools write them: read right, or refused alone and in a sentence."""

import gzip
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cloudbill.config import Config, Located, Nodes
from cloudbill.errors import CloudbillError
from cloudbill.lake.load import load
from cloudbill.lists import nodes as node_lists
from cloudbill.lists.azure_prices import price_sheet
from cloudbill.lists.azure_reservations import reservations
from cloudbill.lists.azure_subscriptions import subscriptions
from cloudbill.lists.records import BY_MARK
from cloudbill.lists.tables import SOURCES, columns_of
from cloudbill.workspace import Workspace

SHEET = "MeterId;UnitOfMeasure;UnitPrice;CurrencyCode\n"
NODE = {"kind": "Node", "metadata": {"name": "n1"}, "spec": {"providerID": "aws:///z/i-1"}}


def sheet(path: Path, *prices: str, separator: str = ";") -> Path:
    lines = [f'm-{n};1 Hour;"{price}";EUR\n' for n, price in enumerate(prices)]
    path.write_text((SHEET + "".join(lines)).replace(";", separator), encoding="utf-8")
    return path


# Excel in German and French, a download with thousands, a program.
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["10,35", "0,1460"], ["10.35", "0.146"]),
        (["1.234,5", "1.234", "2,125"], ["1234.5", "1234", "2.125"]),
        (["1,234.56", "1,234", "0.125"], ["1234.56", "1234", "0.125"]),
        (["1.2E-05", "3"], ["0.000012", "3"]),
        ([".5", "+7"], ["0.5", "7"]),
    ],
)
def test_numbers_are_read_as_the_file_writes_them(
    tmp_path: Path, written: list[str], meant: list[str]
) -> None:
    for separator in ";,\t":
        found = list(price_sheet(sheet(tmp_path / "sheet", *written, separator=separator)))
        assert [row["unit_price"] for row in found] == [Decimal(price) for price in meant]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (["1", "2,125"], "line 3, column 'UnitPrice': '2,125' may be 2.125 or 2125"),
        (["1.5", "2,5"], "line 3, column 'UnitPrice': '2,5': decimals come after a point in some"),
        (["1_000"], "'1_000' is not a number"),
        (["Infinity"], "'Infinity' is not a number"),
        (["١٢"], "is not a number"),
        (["12,34,567.8"], "is not a number"),
        (["1e40"], "'1e40' is not a number"),
    ],
)
def test_what_no_number_can_be_told_from_is_refused(
    tmp_path: Path, written: list[str], sentence: str
) -> None:
    with pytest.raises(CloudbillError, match=sentence):
        list(price_sheet(sheet(tmp_path / "sheet", *written)))


@pytest.mark.parametrize("word", ["", "NULL", "null", "None", "NaN"])
def test_absent_words_are_absent(tmp_path: Path, word: str) -> None:
    found = list(price_sheet(sheet(tmp_path / "sheet", "1.5", word)))
    assert [row["meter_id"] for row in found] == ["m-0"]
    path = tmp_path / "subscriptions.json"
    path.write_text(json.dumps([{"subscriptionId": "s", "displayName": word}]))
    assert [row["subscription_name"] for row in subscriptions(path)] == [None]


def test_a_number_is_written_with_one_mark() -> None:
    assert not BY_MARK["."].fullmatch("0,125")
    assert not BY_MARK[","].fullmatch("0.125")


# As in bills: what was cut off while it was downloaded is not half a sheet.
@pytest.mark.parametrize(
    ("tail", "sentence"),
    [
        ("m-2;1 Ho", "line 4: 2 values where the header has 4 columns"),
        ('m-2;1 Hour;"3', "line 4: a quote is misplaced or not closed"),
        ('m-2;1 Hour;"3"4;EUR\n', "line 4: a quote is misplaced or not closed"),
    ],
)
def test_a_sheet_that_is_cut_off_is_refused(tmp_path: Path, tail: str, sentence: str) -> None:
    path = sheet(tmp_path / "sheet.csv", "1", "2")
    path.write_text(path.read_text() + tail)
    with pytest.raises(CloudbillError, match=sentence):
        list(price_sheet(path))


def test_line_ends_may_be_mixed(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(
        b"Price sheet\r\n\nMeterId,UnitOfMeasure,UnitPrice\r\na,1 Hour,1\nb,1 Hour,2\r\n"
    )
    assert [row["meter_id"] for row in price_sheet(path)] == ["a", "b"]


def test_two_columns_of_one_name_must_agree(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    header = "MeterId,UnitOfMeasure,UnitPrice,Unit Price\n"
    path.write_text(header + "a,1 Hour,1,1\nb,1 Hour,,2\n")
    assert [row["unit_price"] for row in price_sheet(path)] == [1, 2]
    path.write_text(header + "a,1 Hour,1,2\n")
    with pytest.raises(CloudbillError, match="line 2: two columns unitprice say '1' and '2'"):
        list(price_sheet(path))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_lists_may_be_in_any_unicode(tmp_path: Path, workspace: Workspace, encoding: str) -> None:
    prices = sheet(tmp_path / "sheet.csv", "1.5")
    (tmp_path / "nodes.json").write_text(json.dumps(NODE), encoding=encoding)
    (tmp_path / "subscriptions.json").write_text('[{"id": "s-ü"}]', encoding=encoding)
    prices.write_text(prices.read_text(), encoding=encoding)
    config = Config(
        nodes=[Nodes(cluster="c", location=str(tmp_path / "nodes.json"))],
        azure_price_sheets=[Located(location=str(prices))],
        azure_subscriptions=[Located(location=str(tmp_path / "subscriptions.json"))],
    )
    assert [(r.status, r.rows) for r in load(config, workspace)] == [("new", 1)] * 3


def test_lists_may_be_packed(tmp_path: Path) -> None:
    path = tmp_path / "subscriptions.json.gz"
    path.write_bytes(gzip.compress(b'[{"id": "s"}]'))
    assert [row["subscription_id"] for row in subscriptions(path)] == ["s"]


def test_json_with_a_key_twice(tmp_path: Path) -> None:
    path = tmp_path / "subscriptions.json"
    path.write_text('[{"id": "s", "id": "s"}]')
    assert len(list(subscriptions(path))) == 1
    path.write_text('[{"id": "s", "id": "t"}]')
    with pytest.raises(CloudbillError, match="'id' stands twice in one object"):
        list(subscriptions(path))


def test_the_day_comes_first_where_the_file_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "details.csv"
    header = "ReservationId,UsageDate,TotalReservedQuantity\n"
    path.write_text(header + "r,03/10/2026,1\nr,31/10/2026,1\n")
    assert [str(row["event_date"]) for row in reservations(path)] == ["2026-10-03", "2026-10-31"]
    path.write_text(header + "r,10/31/2026,1\nr,31/10/2026,1\n")
    with pytest.raises(
        CloudbillError, match="line 3, column 'UsageDate': '31/10/2026': some dates"
    ):
        list(reservations(path))
    for word in ("infinity", "epoch", "10/5/26", "1970-01-01"):
        path.write_text(header + f"r,{word},1\n")
        with pytest.raises(CloudbillError, match=f"'{word}' is not a date"):
            list(reservations(path))


BAD = {
    "deep.json": b"[" * 100_000 + b"]" * 100_000,
    "text.json": b'"text"',
    "number.json": b"[" + b"9" * 5000 + b"]",
    "odd.json": b'{"properties": {"pricesheets": [1]}}',
    "cut.csv.gz": gzip.compress(b"MeterId,UnitPrice\n" * 1000)[:-9],
    "cut.parquet": b"PAR1 and no more",
    "latin.csv": "MeterId,UnitPrice,Name\nm,1,Größe\n".encode("latin-1"),
    "empty.csv": b"",
}


def test_one_bad_list_stops_nothing(tmp_path: Path, workspace: Workspace) -> None:
    for name, data in BAD.items():
        (tmp_path / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / "damaged.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(sheet(tmp_path / "one.csv", "1"), "one.csv")
        archive.write(sheet(tmp_path / "two.csv", "2"), "two.csv")
    whole = (tmp_path / "damaged.zip").read_bytes()
    (tmp_path / "damaged.zip").write_bytes(whole.replace(b"two.csv", b"two.cs_", 1))
    # Method 9 is deflate64, by which Windows packs what is large.
    (tmp_path / "deflate64.zip").write_bytes(
        whole.replace(b"\x14\0\0\0\x08\0", b"\x14\0\0\0\x09\0")
    )
    names = [*BAD, "damaged.zip", "deflate64.zip"]
    listed = [Located(location=str(tmp_path / name)) for name in (*names, "one.csv")]
    config = Config(
        azure_price_sheets=listed,
        azure_subscriptions=listed,
        azure_reservations=listed,
        nodes=[Nodes(cluster=entry.location, location=entry.location) for entry in listed],
    )
    found = load(config, workspace)
    assert len(found) == 4 * len(listed)
    assert [r.export for r in found if r.status == "new"] == ["one.csv"]
    for result in found:
        if result.status != "new":
            assert result.status == ("skipped" if result.bill == "nodes" else "refused")
            assert result.reason.endswith(".") and "\n" not in result.reason
            assert str(tmp_path) in result.reason
            for word in ("Error", "recursion", "codec", "Exceeds", "NoneType", "object has no"):
                assert word not in result.reason


@pytest.mark.parametrize("error", [RecursionError, TypeError, MemoryError, duckdb.BinderException])
def test_whatever_fails_in_one_node_list_is_told(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def failing(*_: object) -> None:
        raise error("Binder Error: of the engine")

    (tmp_path / "nodes.json").write_text(json.dumps(NODE))
    monkeypatch.setattr(node_lists, "keep", failing)
    config = Config(nodes=[Nodes(cluster="c", location=str(tmp_path / "nodes.json"))])
    (found,) = load(config, workspace)
    assert found.status == "skipped"
    assert "Binder" not in str(found.reason)


def test_nodes_of_one_name_are_told(tmp_path: Path, workspace: Workspace) -> None:
    other = NODE | {"spec": {"providerID": "aws:///z/i-2"}}
    labelled = NODE | {"metadata": {"name": "n2", "labels": {"spot": None}}}
    path = tmp_path / "nodes.json"
    path.write_text(json.dumps({"kind": "List", "items": [NODE, other, labelled, labelled]}))
    (found,) = load(Config(nodes=[Nodes(cluster="c", location=str(path))]), workspace)
    assert (found.status, found.rows) == ("new", 2)
    assert "c has a node of a name that another one has too (n1)" in str(found.reason)


def test_types_of_lists_are_those_of_sources_yml() -> None:
    assert columns_of("azure_price_sheets")["unit_price"] == "decimal(38, 18)"
    assert all("source_file" in columns_of(t) for t in SOURCES if t.startswith("azure"))


def test_what_lies_beside_lists_is_named(
    write: Callable[[str, str], Path], workspace: Workspace, tmp_path: Path
) -> None:
    write("sheets/.DS_Store", "x")
    write("sheets/manifest.json", "{}")
    write("sheets/old/a.csv", "x")
    sheet(tmp_path / "sheets" / "a.csv", "1")
    found = load(Config(azure_price_sheets=[Located(location=str(tmp_path / "sheets"))]), workspace)
    assert sorted(r.status for r in found) == ["new", "skipped", "skipped", "skipped"]
