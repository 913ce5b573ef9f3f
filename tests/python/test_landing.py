import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbill.lake.load import LoadResult, Workspace
from cloudbill.landing import casts, shapes
from cloudbill.landing.readers import Delivered
from cloudbill.landing.shapes import Care
from cloudbill.sql import literal

Write = Callable[[str, str], Path]
Loaded = Callable[..., list[LoadResult]]
Lake = Callable[..., list[dict[str, Any]]]

AWS = "name: a, kind: aws_cur, location: a"
AZURE = "name: a, kind: azure_cost, location: a"
GCP = "name: a, kind: gcp_billing, location: a"

con = duckdb.connect()
con.execute("set TimeZone = 'UTC'")
casts.create_macros(con)
shapes.create_functions(con, are_listed=False, spell=None)


def typed(text: str, target: str) -> Any:
    sql = casts.from_text("x", target)
    row = con.execute(f"select {sql} from (select {literal(text)} as x)").fetchone()
    return row[0] if row else None


def held(text: str) -> Decimal:
    """What decimal(38, 18) holds of a number."""
    return Decimal(text).quantize(Decimal("1e-18"), ROUND_HALF_UP, Context(prec=60))


@st.composite
def number_texts(draw: st.DrawFn) -> str:
    digits = draw(st.text("0123456789", min_size=1, max_size=19))
    decimals = draw(st.text("0123456789", max_size=25))
    exponent = draw(st.sampled_from(["", "", "E-05", "e-7", "E-01", "e+2", "E-12"]))
    sign = draw(st.sampled_from(["", "-"]))
    return f"{sign}{digits}{'.' if decimals else ''}{decimals}{exponent}"


@given(number_texts())
def test_numbers_keep_every_digit_that_the_type_holds(text: str) -> None:
    exact = held(text)
    if abs(exact) < Decimal(10) ** 20:
        # DuckDB rounds what has an exponent and more than 18 decimals in its own way.
        tolerance = Decimal("1e-18") if "e" in text.lower() else 0
        assert abs(typed(text, casts.DECIMAL) - exact) <= tolerance


@given(st.floats(min_value=-1e15, max_value=1e15).map(repr))
def test_numbers_as_programs_write_them_are_exact(text: str) -> None:
    if Decimal(text) == held(text):
        assert typed(text, casts.DECIMAL) == held(text)
        # A double in Parquet is the number that the same bill has in CSV.
        double = casts.from_number(f"cast('{text}' as double)", "double", casts.DECIMAL)
        assert con.execute(f"select {double}").fetchone() == (held(text),)


@given(st.integers(-(10**17), 10**17), st.integers(0, 18))
def test_a_double_is_the_number_of_its_shortest_text(digits: int, decimals: int) -> None:
    # Around fifteen digits, where doubles cease to tell decimals apart.
    double = float(f"{digits}e-{decimals}")
    sql = casts.from_number("x", "double", casts.DECIMAL)
    row = con.execute(f"select {sql} from (select cast('{double!r}' as double) as x)").fetchone()
    exact = Decimal(repr(double))
    assert row and abs(row[0] - exact) <= (0 if exact == held(str(exact)) else Decimal("1e-18"))


@pytest.mark.parametrize("text", ["1,5", "1.5 EUR", "ten", "1_000", "1.2.3", "1e", "--1"])
def test_what_is_no_number_is_an_error(text: str) -> None:
    with pytest.raises(duckdb.Error):
        typed(text, casts.DECIMAL)


@pytest.mark.parametrize(
    "word", ["", "null", "None", "NaN", "nan", "N/A", " null ", "\\N", "NA", "<NA>", "NaT"]
)
@pytest.mark.parametrize(
    "target", [casts.DECIMAL, "double", "bigint", "boolean", "date", "timestamp"]
)
def test_words_for_what_is_absent_are_absent_wherever_no_text_is_expected(
    word: str, target: str
) -> None:
    assert typed(word, target) is None


@pytest.mark.parametrize("word", ["", "null", "NULL", "None", "nan", "\\N", "<NA>", "NaT"])
def test_a_text_of_a_bill_is_no_word_for_what_is_absent(
    word: str, write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Else a fee is that of a reservation named null; NA is a word of AWS."""
    service = "lineItem/ProductCode"
    head = f"lineItem/UsageAccountId,lineItem/UsageStartDate,lineItem/UnblendedCost,{service}"
    lines = "".join(f"{'2' * 12},2026-10-01,1,{text}\n" for text in (word, "NA"))
    write("a/x.csv", f"{head}\n{lines}")
    loaded(AWS)
    assert {row["line_item_product_code"] for row in lake("aws_cur")} == {None, "NA"}


@pytest.mark.parametrize(
    ("written", "read"),
    [("12345678902", "012345678902"), ("123456789012", "123456789012"), ("payer", "payer")],
)
def test_accounts_of_aws_have_twelve_digits(
    written: str, read: str, write: Write, loaded: Loaded, lake: Lake
) -> None:
    """A program that took them for numbers left out the zeros before."""
    head = "lineItem/UsageAccountId,lineItem/UsageStartDate,lineItem/UnblendedCost"
    write("a/x.csv", f"{head}\n{written},2026-10-01,1\n")
    loaded(AWS)
    assert [row["line_item_usage_account_id"] for row in lake("aws_cur")] == [read]


@pytest.mark.parametrize("word", ["infinity", "epoch", "today", "x"])
def test_words_are_no_dates(word: str) -> None:
    with pytest.raises(duckdb.Error):
        typed(word, "date")


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 86399))
def test_all_documented_spellings_of_a_date_are_one_day(day: date, second: int) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
    for text in (
        f"{day:%Y-%m-%d}",
        f"{day:%m/%d/%Y}",
        f"{day.month}/{day.day}/{day.year}",
        f"{moment:%Y-%m-%d %H:%M:%S}",
        f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        f"{moment:%m/%d/%Y %H:%M:%S}",
        f"{moment:%m/%d/%Y %I:%M:%S %p}",
        f"{moment:%Y-%m-%d %H:%M:%S} UTC",
        f"{moment:%Y-%m-%d %H:%M:%S}.000 UTC",
    ):
        assert typed(text, "date") == day, text
    local = moment + timedelta(hours=2)
    assert typed(f"{local:%Y-%m-%dT%H:%M:%S}+02:00", "timestamp") == moment.replace(tzinfo=None)


def mapped(text: str, care: Care = Care.FAST, *, is_tags: bool = False) -> Any:
    sql = shapes.map_of(Delivered("Tags", "x"), care, are_listed=False, is_tags=is_tags)
    row = con.execute(f"select {sql} from (select {literal(text)} as x)").fetchone()
    return row[0] if row else None


@given(
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), min_size=1),
    st.sampled_from(Care),
)
def test_json_text_is_a_map_with_or_without_outer_braces(tags: dict[str, str], care: Care) -> None:
    text = json.dumps(tags)
    if "\\u0000" in text or (care is Care.SLOW and "" in tags):
        return
    assert mapped(text, care) == tags
    assert mapped(text[1:-1], care) == tags


@given(st.dictionaries(st.text(max_size=8), st.none() | st.text(max_size=8), min_size=1))
def test_wide_columns_are_a_map_of_what_is_there(tags: dict[str, str | None]) -> None:
    if any("\0" in key + (value or "") for key, value in tags.items()):
        return
    values = {key: "null" if value is None else literal(value) for key, value in tags.items()}
    row = con.execute(f"select {casts.wide_map(values)}").fetchone()
    present = {key: value for key, value in sorted(tags.items()) if value is not None}
    assert row and list(row[0].items()) == list(present.items())


def test_nested_json_stays_json_text() -> None:
    for care in Care:
        nested = mapped('{"a": {"b": [1]}, "c": true}', care)
        assert nested == {"a": '{"b":[1]}', "c": "true"}


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
            | st.sampled_from(['say "x"', "a\nb", "a\r\nb", "a,b"]),
            st.integers(-999, 999),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
def test_csv_text_lands_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, int]],
    newline: str,
    has_bom: bool,
    is_gzip: bool,
) -> None:
    from cloudbill.landing.readers import open_readers  # noqa: PLC0415

    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator=newline)
    table.writerows([("Name", "Cost"), *rows])
    data = text.getvalue().encode("utf-8-sig" if has_bom else "utf-8")
    path = tmp_path_factory.getbasetemp() / "written"
    path.write_bytes(gzip.compress(data) if is_gzip else data)
    (reader,) = open_readers(con, (path,))
    assert [column.header for column in reader.columns] == ["Name", "Cost"]
    read = con.execute(f"select * from {reader.relation}").fetchall()
    assert sorted((name or "", int(cost)) for name, cost in read) == sorted(rows)


def test_legacy_cur_and_cur2_land_in_one_shape(
    write: Write, loaded: Loaded, lake: Lake, tmp_path: Path
) -> None:
    write(
        "a/legacy.csv.gz",
        "bill/BillingPeriodStartDate,lineItem/UsageStartDate,lineItem/UnblendedCost,"
        "lineItem/CurrencyCode,resourceTags/user:Team,resourceTags/user:team,"
        "resourceTags/aws:eks:cluster-name,savingsPlan/SavingsPlanArn,discount/EdpDiscount\n"
        "2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,1.5E-07,USD,,web,prod,arn,-0.1\n",
    )
    (tmp_path / "b").mkdir()
    duckdb.execute(
        f"""copy (select timestamp '2026-10-01' as bill_billing_period_start_date,
            timestamp '2026-10-02' as line_item_usage_start_date,
            1.5e-7::double as line_item_unblended_cost, 'USD' as line_item_currency_code,
            'arn' as savings_plan_savings_plan_a_r_n,
            map{{'user:team': 'web', 'aws_eks_cluster_name': 'prod'}} as resource_tags,
            map{{'EDP': -0.1::double}} as discount)
        to '{tmp_path}/b/cur2.parquet'"""
    )
    results = loaded(AWS, "name: b, kind: aws_cur, location: b")
    assert [(r.bill, r.status, r.rows, r.cost) for r in results] == [
        ("2026-10", "new", 1, {"USD": Decimal("1.5e-7")})
    ] * 2
    legacy, cur2 = lake("aws_cur", "export")
    assert cur2["resource_tags"] == {"aws_eks_cluster_name": "prod", "user_team": "web"}
    assert cur2["discount"] == {"EDP": Decimal("-0.1")}
    assert legacy["discount_edp_discount"] == "-0.1"
    for name in (
        "billing_period",
        "line_item_usage_start_date",
        "line_item_unblended_cost",
        "resource_tags",
        "tag_set_id",
        "savings_plan_savings_plan_a_r_n",
    ):
        assert legacy[name] == cur2[name] is not None


def test_azure_lands_whatever_its_header_and_spelling(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    write(
        "a/20261001-20261031/de.csv",
        "\ufeffDatum (Date),Kosten (CostInBillingCurrency),BillingCurrencyCode,Tags,"
        "Zusätzliche Informationen (AdditionalInfo),IsAzureCreditEligible,Neu\r\n"
        '10/31/2026,1.42949E-05,EUR,"""env"": ""prod"",""none"": null",'
        '"{""VCPUs"":2,""VMName"":null}",TRUE,x\r\n',
    )
    write("b.csv", '日期 (月 日 年),PreTaxCost,Tags\n1/5/2026,-2,"{}"\n')
    loaded(AZURE, "name: b, kind: azure_cost, location: b.csv, currency: CNY")
    row, chinese = lake("azure_cost", "export")
    assert row["date"] == date(2026, 10, 31)
    assert row["costinbillingcurrency"] == Decimal("0.0000142949")
    assert row["tags"] == {"env": "prod", "none": ""}
    assert row["additionalinfo"]["VCPUs"] == "2"
    assert row["isazurecrediteligible"] is True
    assert row["neu"] == "x"
    assert (row["bill"], row["billing_period"]) == ("2026-10", "2026-10")
    assert (chinese["bill"], chinese["date"]) == ("2026-01", date(2026, 1, 5))
    assert (chinese["tags"], chinese["tag_set_id"]) == (None, None)
    assert chinese["stated_currency"] == "CNY"


def test_a_tag_key_given_twice_does_not_refuse_the_bill(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    write("a/a.csv", 'Date,PreTaxCost,Tags\n2026-10-01,1,"{""a"":""1"",""a"":""2"",""b"":""3""}"\n')
    assert loaded(AZURE)[0].status == "new"
    assert lake("azure_cost")[0]["tags"] == {"a": "1", "b": "3"}


GOOGLE_LINE: dict[str, Any] = {
    "usage_start_time": "2026-10-01 00:00:00 UTC",
    "export_time": "2026-10-02 03:00:00.5 UTC",
    "invoice": {"month": "202610"},
    "cost": 0.1,
    "currency": "USD",
    "usage": {"amount": "3600"},
    "labels": [{"key": "goog-gke-node", "value": ""}],
    "tags": [
        {"key": "k", "value": "2", "namespace": "n"},
        {"key": "k", "value": "1", "namespace": "m"},
    ],
    "credits": [
        {"name": "c", "amount": "-0.046868", "type": "FREE_TIER"},
        {"name": "d", "amount": -0.01, "type": None},
        {"name": "e", "amount": -0.02, "type": "FREE_TIER"},
    ],
    "project": {"id": "p", "ancestors": [{"resource_name": "folders/1"}]},
}


def test_google_lines_land_from_json_and_from_nested_parquet_alike(
    write: Write, loaded: Loaded, lake: Lake, tmp_path: Path
) -> None:
    bare = {"usage_start_time": "2026-10-01 01:00:00 UTC", "cost": "1e-7", "credits": []}
    text = "\n".join(map(json.dumps, (GOOGLE_LINE, {**bare, "invoice": {"month": "202611"}})))
    write("a/20261002.json.gz", text + "\n")
    (tmp_path / "b").mkdir()
    duckdb.execute("set TimeZone = 'UTC'")
    duckdb.execute(
        f"""copy (select timestamptz '2026-10-01 00:00:00' as usage_start_time,
            timestamptz '2026-10-02 03:00:00.5' as export_time, {{'month': '202610'}} as invoice,
            0.1::double as cost, 'USD' as currency, {{'amount': 3600::double}} as usage,
            [{{'key': 'goog-gke-node', 'value': ''}}] as labels,
            {{'list': [{{'element': {{'key': 'k', 'value': '1'}}}}]}} as tags,
            {{'id': 'p', 'ancestors': [{{'resource_name': 'folders/1'}}]}} as project,
            [{{'name': 'c', 'amount': -0.066868::double, 'type': 'FREE_TIER'}},
             {{'name': 'd', 'amount': -0.01::double, 'type': null}}] as credits)
        to '{tmp_path}/b/x.parquet'"""
    )
    # The same line in both formats: said to be meant.
    results = loaded(GCP, "name: b, kind: gcp_billing, location: b, may_repeat: true")
    assert [(r.bill, r.rows) for r in results] == [("2026-10-02", 2), ("2026-10-02", 1)]
    # After credits, as the invoice says.
    assert results[1].cost == {"USD": Decimal("0.023132")}
    line, other, parquet = lake("gcp_billing", "export, usage_start_time")
    assert line["labels"] == {"goog-gke-node": ""}
    assert line["tags"] == {"k": "1"}
    assert line["credit_amounts"] == {
        "CREDIT_TYPE_UNSPECIFIED": Decimal("-0.01"),
        "FREE_TIER": Decimal("-0.066868"),
    }
    assert line["credits_cost"] == Decimal("-0.076868")
    assert json.loads(line["project_ancestors"]) == [{"resource_name": "folders/1"}]
    assert line["project_id"] == "p"
    different = {"export", "credits", "source_file"}
    assert {k: v for k, v in line.items() if k not in different} == {
        k: v for k, v in parquet.items() if k not in different
    }
    assert (other["cost"], other["billing_period"]) == (Decimal("1e-7"), "2026-11")
    assert (other["credit_amounts"], other["credits_cost"]) == (None, 0)


def test_parts_with_different_columns_are_one_bill(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    header = "lineItem/UsageStartDate,lineItem/UnblendedCost"
    write("a/1.csv", f"{header},resourceTags/user:a\n2026-10-01T00:00:00Z,1,x\n")
    write("a/2.csv.gz", f"{header},product/region\n2026-10-01T00:00:00Z,2,eu\n")
    assert [r.rows for r in loaded(AWS)] == [2]
    first, second = lake("aws_cur", "line_item_unblended_cost")
    assert (first["resource_tags"], first["product_region"]) == ({"user_a": "x"}, None)
    assert (second["resource_tags"], second["product_region"]) == (None, "eu")


HEADER = "Date,CostInBillingCurrency,Tags\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEADER + '10/01/2026,1,"{""a"": ""1"",\n""b"": ""2""}"\n10/01/2026,"1,5",\n',
            "line 4, column 'CostInBillingCurrency': '1,5' is not a number",
        ),
        (HEADER + "10/01/2026,1,\n\n31/10/2026,1,\n", "line 4, column 'Date': '31/10/2026'"),
        (HEADER + "10/01/2026,1,\n10/01/2026,1\n", "line 3: 2 values where the header has 3"),
        (HEADER + '10/01/2026,1,"x\n', "line 2: a quote is misplaced or not closed"),
        (HEADER + ",1,\n", "line 2: no date in Date"),
        ("Day,Cost\n", "has no date column"),
        ("Date,Price\n10/01/2026,1\n", "has no cost column"),
        ("", "is empty"),
        (HEADER.replace("\n", "\r\n") + "10/01/2026,1,x\n", "lines that do not all end alike"),
        (
            "[1]",
            "is a JSON list or document: bills have one JSON object per line, as `jq -c '.[]'`",
        ),
    ],
)
def test_a_bad_csv_is_refused_with_one_sentence_that_says_where(
    write: Write, loaded: Loaded, workspace: Workspace, text: str, said: str
) -> None:
    path = write("a/bad.csv", text)
    (result,) = loaded(AZURE)
    assert result.status == "refused"
    assert said in (result.reason or "")
    assert str(path) in (result.reason or "")
    assert "\n" not in (result.reason or "")
    assert not list(workspace.lake.glob("azure_cost/export=a/*"))


@pytest.mark.parametrize(
    ("export", "header", "column"),
    [
        (AWS, "line_item_usage_start_date,line_item_unblended_cost,{}", "lineItem/UsageAccountId"),
        (AWS, "line_item_usage_start_date,line_item_unblended_cost,{}", "bill_payer_account_id"),
        (AZURE, "Date,CostInBillingCurrency,{}", "BillingAccountId"),
    ],
)
@pytest.mark.parametrize("rounded", ["1.23457E+11", "1E+11"])
def test_an_account_that_a_spreadsheet_rounded_is_refused(
    write: Write, loaded: Loaded, export: str, header: str, column: str, rounded: str
) -> None:
    lines = [header.format(column), "2026-10-01,1,123456789012,AWS", f"2026-10-01,1,{rounded},AWS"]
    width = header.count(",") + 1
    path = write("a/bill.csv", "".join(",".join(x.split(",")[:width]) + "\n" for x in lines))
    (result,) = loaded(export)
    assert result.status == "refused"
    assert f"{path}, line 3, column '{column}': '{rounded}' is no account" in (result.reason or "")


@pytest.mark.parametrize("account", ["1E11", "e+11", "1.5e+3x", "111E+22"])
def test_other_accounts_are_names(write: Write, loaded: Loaded, lake: Lake, account: str) -> None:
    header = "line_item_usage_start_date,line_item_unblended_cost,line_item_usage_account_id\n"
    write("a/bill.csv", f"{header}2026-10-01,1,{account}\n")
    assert [result.status for result in loaded(AWS)] == ["new"]
    (line,) = lake("aws_cur")
    assert line["line_item_usage_account_id"] == account


@pytest.mark.parametrize("pipes", [9, 1])
def test_every_gzipped_part_is_read_to_its_end(
    write: Write, loaded: Loaded, monkeypatch: pytest.MonkeyPatch, pipes: int
) -> None:
    monkeypatch.setattr("cloudbill.landing.gzips.MOST_PIPES", pipes)
    header = "lineItem/UsageStartDate,lineItem/UnblendedCost\n"
    texts = [
        header + "".join(f"2026-10-01T00:00:00Z,{number}.{part}\n" for number in range(100_000))
        for part in (0, 1, 2)
    ]
    text = texts[1]
    parts = [write(f"a/20261001-20261101/{n}.csv.gz", text) for n, text in enumerate(texts)]
    (result,) = loaded(AWS)
    assert (result.status, result.rows, result.reason) == ("new", 300_000, None)

    write("a/20261001-20261101/1.csv.gz", text.replace(",7.1\n", ",7;1\n"))
    reason = loaded(AWS)[0].reason or ""
    assert f"{parts[1]}, line 9, column 'lineItem/UnblendedCost': '7;1' is not" in reason

    write("a/20261001-20261101/1.csv.gz", text)
    whole = parts[2].read_bytes()
    for broken in (whole[:-4], whole[: len(whole) // 2], whole[:-8] + b"\0" * 8):
        parts[2].write_bytes(broken)
        assert f"{parts[2]} is a gzip file that is cut off or damaged" in (
            loaded(AWS)[0].reason or ""
        )
    padding = b"\0" * 512 if pipes > len(parts) else b""  # which DuckDB does not read
    parts[2].write_bytes(whole + gzip.compress(b"2026-10-01T00:00:00Z,0.5\n") + padding)
    assert loaded(AWS)[0].rows == 300_001


def test_bad_json_names_the_line(write: Write, loaded: Loaded) -> None:
    good = json.dumps(GOOGLE_LINE)
    write("a/20261001.json", f"{good}\n\n{good[:-9]}\n")
    assert "line 3: " in (loaded(GCP)[0].reason or "")
    write("a/20261001.json", f"{good}\n\n{good.replace('0.1,', 'true,', 1)}\n")
    assert "line 3, column 'cost': 'true' is not a number" in (loaded(GCP)[0].reason or "")


def test_files_that_are_cut_off_are_refused(write: Write, loaded: Loaded, tmp_path: Path) -> None:
    whole = write("a/a.csv.gz", HEADER + "10/01/2026,1,\n" * 50_000)
    whole.write_bytes(whole.read_bytes()[:-20])
    assert "cut off or damaged" in (loaded(AZURE)[0].reason or "")
    whole.unlink()
    parquet = tmp_path / "a" / "a.parquet"
    duckdb.execute(f"copy (select 1 as cost from range(9999)) to '{parquet}'")
    parquet.write_bytes(parquet.read_bytes()[:-20])
    assert "cut off or damaged" in (loaded(AZURE)[0].reason or "")


def test_a_wrong_value_in_parquet_names_the_row(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    duckdb.execute(
        "copy (select '2026-10-01' as date, if(range = 3, 'x', '1') as pretaxcost from range(5))"
        f" to '{tmp_path}/a/a.parquet'"
    )
    assert "row 4, column 'pretaxcost': 'x'" in (loaded(AZURE)[0].reason or "")


def test_quoted_newlines_across_read_buffers_lose_no_line(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    lines = 60_000
    body = "".join(
        f'10/01/2026,1,"{{""a"": ""{number}"",\r\n""b"": ""{"x" * 600}""}}"\r\n'
        for number in range(lines)
    )
    write("a/a.csv", HEADER.replace("\n", "\r\n") + body)
    (result,) = loaded(AZURE)
    assert (result.rows, result.cost) == (lines, {None: Decimal(lines)})
