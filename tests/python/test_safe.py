"""Values are text wherever they are shown or written, and secrets are nowhere."""

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from cloudbill.config import Config, Export, Located
from cloudbill.errors import CloudbillError
from cloudbill.failures import refusal
from cloudbill.lake.load import LoadResult, load
from cloudbill.logs import logged
from cloudbill.read import show, terminal, written
from cloudbill.runs import opened
from cloudbill.safe import csv_cell, every_digit, json_text, markdown, redacted, shown
from cloudbill.schema import PROJECT
from cloudbill.warehouse.build import sentence
from cloudbill.warehouse.node_exports import export_node_prices
from cloudbill.workspace import Workspace

# Markup that closes nothing, an emoji's code, a colour, a title of the window, a cursor that moves
# up, text from right to left, two lines.
HOSTILE = [
    "[/x]",
    "[bold red]",
    ":pile_of_poo:",
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b2A",
    "\u202eevil\u2069",
    "two\r\nlines",
    "\ud800",
]


def test_tables_and_sentences_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    console = terminal.console()
    table = terminal.Table(*HOSTILE)
    table.add_row(*HOSTILE)
    table.add_row(*(terminal.text(value, "red") for value in HOSTILE))
    console.print(table)
    console.print(terminal.text("\n".join(HOSTILE)), soft_wrap=True)
    printed = capsys.readouterr().out
    assert printed.count("[/x]") == printed.count(":pile_of_poo:") == 4
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
    assert "\\x1b[31mred" in printed and "\\u202eevil" in printed


@pytest.mark.parametrize("output", list(written.Output))
def test_reports_of_hostile_values(
    output: written.Output, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "console", terminal.console())
    rows = [("USD", "2026-10", name, Decimal("1.5"), 0.5) for name in HOSTILE[:-1]]
    written.write(
        output,
        ("currency", "period", "[/x]", "cost", "share"),
        rows,
        {"cost": written.money, "share": written.share},
        bar_of="cost",
    )
    printed = capsys.readouterr().out
    assert "[/x]" in printed
    if output is written.Output.table:
        assert len(printed.splitlines()) == len(rows) + 1


def test_results_of_hostile_names(capsys: pytest.CaptureFixture[str]) -> None:
    results = [LoadResult(name, name, "refused", 1, {name: Decimal(1)}, name) for name in HOSTILE]
    show.print_results(results)
    assert "[/x]" in capsys.readouterr().out


def test_nothing_prints_past_the_terminal() -> None:
    for path in (PROJECT / "scripts" / "cloudbill").rglob("*.py"):
        if path.name != "terminal.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"from rich\.(table|console|markup)|import rich", text), path


# OWASP, "CSV Injection".
@pytest.mark.parametrize(
    "value",
    ["=1+1", "@SUM(A1)", "+1-2", "-1+cmd", "\t=1", "\r=1", "＝1", "-", "+a", " =1", "\n=1"],
)
def test_formulas_are_text_in_csv(value: str) -> None:
    assert csv_cell(value) == f"'{value}"
    out = io.StringIO()
    csv.writer(out).writerow([csv_cell(value)])
    assert next(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [f"'{value}"]


@pytest.mark.parametrize(
    "value", ["-5", "+1.50", "-.5", "-1.2E-05", "", "a=b", "a", -1, Decimal("-1.5"), None, "-5%"]
)
def test_numbers_and_other_text_stay_what_they_are_in_csv(value: object) -> None:
    assert csv_cell(value) == value


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("24691357802468.246913578024691358", "24691357802468.246913578024691358"),
        ("1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"),
        ("100.00", "100"), ("-0.500", "-0.5"), ("0.000", "0"), ("1E+3", "1000"), ("0", "0"),
    ],
)  # fmt: skip
def test_a_decimal_has_every_digit(number: str, shown: str) -> None:
    assert every_digit(Decimal(number)) == shown


def test_exports_are_csv_for_people(tmp_path: Path) -> None:
    columns = ("cluster, node_name, provider, provider_id, sub_account_id, region_id,"
               " instance_type, pricing_model, price_source, billing_currency, hourly_price,"
               " list_hourly_price, window_end")  # fmt: skip
    values = ", ".join(["'=1'"] * 10 + ["0.5", "0.6", "date '2026-10-31'"])
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as con:
        con.execute(f"create table t as select * from (values ({values})) t({columns})")
        export_node_prices(con, "t", tmp_path)
    (row,) = csv.DictReader((tmp_path / "opencost_prices.csv").open())
    assert (row["InstanceID"], row["MarketPriceHourly"]) == ("'=1", "0.5000000000")


SECRETS = {
    "az://c/p?sv=2024-11-04&se=2026-12-31&sig=SECRET%2Bx%3D&sp=r": "az://c/p?sv=2024-11-04",
    "https://b.s3.amazonaws.com/k?X-Amz-Credential=SECRET%2F1&X-Amz-Signature=SECRET": "/k?",
    "https://storage.googleapis.com/b?X-Goog-Signature=SECRET&GoogleAccessId=SECRET@x": "/b?",
    "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=SECRET/x+y==;X=1": "acme",
    "BlobEndpoint=https://a.blob.core.windows.net;SharedAccessSignature=sv=1&sig=SECRET": "blob",
    "s3://AKIAIOSFODNN7EXAMPLE:SECRET/with/slash@acme-billing/cur": "@acme-billing/cur",
    "https://user:SECRET@example.org/x": "@example.org/x",
    "Server=db;User=me;Password=SECRET;": "Server=db",
    '{"client_secret": "SECRET", "tenant": "t"}': "tenant",
    "AWS_SECRET_ACCESS_KEY=SECRET aws_session_token=SECRET": "=***",
    "Authorization: Bearer SECRETSECRETSECRET": "Bearer ***",
}


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_redacted(text: str) -> None:
    for told in (redacted(text), shown(text), str(CloudbillError(text))):
        assert "SECRET" not in told.replace("AWS_SECRET_ACCESS_KEY", "")
        assert "AKIAIOSFODNN7EXAMPLE" not in told
        assert SECRETS[text] in told


@pytest.mark.parametrize(
    "text",
    [
        "abfss://exports@acme.dfs.core.windows.net/ea",
        "arn:aws:secretsmanager:us-east-1:1:secret:name",
        "/data/key: 4 of 5",
        "http://127.0.0.1:9000/bucket/a@b",
        "design=1&signal=2",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_locations_with_secrets_fail_without_telling_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "acme")
    places = ["ftp://u:SECRET@host/x", "https://h/x?sig=SECRET", "/none/x?sig=SECRET"]
    config = Config(
        bills=[
            Export(name=f"b{n}", kind="aws_cur", location=place) for n, place in enumerate(places)
        ],
        azure_price_sheets=[Located(location=place) for place in places],
        azure_reservations=[Located(location=place) for place in places],
    )
    results = load(config, workspace)
    assert [r.status for r in results] == ["refused"] * 9
    assert "SECRET" not in str(results)


def test_markdown_shows_values_as_they_are() -> None:
    assert markdown("[a](http://x) <b>*c*</b> `d` :red[e] $f$ | g") == (
        r"\[a\]\(http\://x\) \<b\>\*c\*\</b\> \`d\` \:red\[e\] \$f\$ \| g"
    )


def test_a_failed_model_is_told_in_a_line() -> None:
    node = SimpleNamespace(name="charges", resource_type="model")
    failed = SimpleNamespace(node=node, failures=None, message="Runtime Error\n" + "long " * 1000)
    told = sentence(failed, Workspace(Path()))
    assert len(told) < 500 and "\n" not in told


def test_json_is_the_same_and_harmless() -> None:
    told = json_text({name: name for name in HOSTILE} | {"é": "日本"})
    assert json.loads(told) == {name: name for name in HOSTILE} | {"é": "日本"}
    assert told.replace("\n", "").isprintable() and "日本" in told


def test_logs_have_tracebacks_and_no_secrets(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    with logged(space, "load"):
        try:
            raise TypeError("https://h/x?sig=SECRET")
        except TypeError as error:
            told = refusal("s3://k:SECRET@b/x", error)
    (path,) = space.logs.iterdir()
    text = path.read_text()
    assert "Traceback" in text and "TypeError" in text
    assert "SECRET" not in text + str(told)


@pytest.mark.parametrize("folder", ["billing_period=2026-10", "team[1]", "what?", "a*"])
def test_a_workspace_is_where_its_path_says_nothing_of_its_rows(
    tmp_path: Path, folder: str
) -> None:
    """DuckDB would put the period of the folder into the place of that of each line."""
    with pytest.raises(CloudbillError, match=re.escape(f"named {folder}, which")):
        opened(tmp_path / folder / "workspace")
    assert not (tmp_path / folder).exists()
