"""What was invoiced, as people write it down: in bills.yml or in a spreadsheet."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cloudbill.config import load_config
from cloudbill.errors import CloudbillError
from cloudbill.lake.load import LoadResult, load
from cloudbill.workspace import Workspace

Rows = list[tuple[object, ...]]
SEPTEMBER = "{account: 111122223333, billing_period: 2026-09, amount: 100.00, currency: USD}"


@pytest.fixture
def landed(tmp_path: Path, workspace: Workspace) -> Callable[..., tuple[list[LoadResult], Rows]]:
    """Loads what the entries of `invoices` say."""

    def landed(*entries: str) -> tuple[list[LoadResult], Rows]:
        config = tmp_path / "bills.yml"
        config.write_text("invoices:\n" + "".join(f"  - {entry}\n" for entry in entries))
        results = load(load_config(config), workspace)
        rows = duckdb.sql(
            "select account_key, billing_period, amount, currency"
            f" from read_parquet('{workspace.lake}/invoices.parquet') order by all"
        ).fetchall()
        return results, rows

    return landed


def test_entries_count_as_bills_yml_says_them_now(landed) -> None:
    other = SEPTEMBER.replace("111122223333", "'012345678901'")
    assert landed(SEPTEMBER, other)[1] == [
        ("111122223333", "2026-09", Decimal(100), "USD"),
        ("12345678901", "2026-09", Decimal(100), "USD"),
    ]
    assert landed(SEPTEMBER)[1] == [("111122223333", "2026-09", Decimal(100), "USD")]
    assert landed("{location: none.csv}")[0][0].status == "refused"


@pytest.mark.parametrize("month", ["202609", "2026-09-01", "'2026-09-01'"])
def test_entries_may_write_months_and_currencies_as_lists_do(landed, month) -> None:
    entry = SEPTEMBER.replace("2026-09", month).replace("USD", "usd")
    assert landed(entry)[1] == [("111122223333", "2026-09", Decimal(100), "USD")]


@pytest.mark.parametrize(
    "text",
    [
        'account,billing_period,amount,currency\n1111-2222-3333,2026-09,"1,234.56",USD\n',
        "Account;Billing_Period;Amount;Currency\r\n111122223333;202609;1.234,56;usd\r\n",
        "Of ACME\n\naccount\tmonth\ttotal\tcurrency\n111122223333\t2026-09-01\t1234.56\tUSD\n",
        '[{"account": "111122223333", "billing_period": "2026-09", "amount": 1234.56,'
        ' "currency": "USD"}]',
    ],
    ids=["thousands", "a spreadsheet in German", "tabs below a title", "JSON"],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_lists_are_read_as_spreadsheets_write_them(landed, tmp_path, text, encoding) -> None:
    (tmp_path / "invoices.csv").write_bytes(text.encode(encoding))
    _, rows = landed("{location: invoices.csv}")
    assert rows == [("111122223333", "2026-09", Decimal("1234.56"), "USD")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('111122223333,2026-09,"1,234",USD', "may be 1.234 or 1234"),
        ("111122223333,Sep 26,1,USD", "not a month such as 2026-09"),
        ("111122223333,2026-09,n/a,USD", "not a number"),
        ("111122223333,2026-09,1,$", "not a currency code"),
        ("1.11E+11,2026-09,1,USD", "not the id of a billing account"),
        ("111122223333,2026-09,7,USD\n111122223333,2026-09,7,USD", "is in line 2 already"),
    ],
)
def test_what_a_list_does_not_say_is_refused_with_its_line(landed, tmp_path, line, said) -> None:
    text = f"account,billing_period,amount,currency\n{line}\n"
    (tmp_path / "invoices.csv").write_text(text)
    (result,), rows = landed("{location: invoices.csv}")
    assert result.status == "refused" and rows == []
    assert said in str(result.reason)
    assert "invoices.csv, line" in str(result.reason)


def test_several_invoices_add_up_and_one_told_twice_does_not(landed, tmp_path) -> None:
    (tmp_path / "invoices.csv").write_text(
        "account,billing_period,amount,currency,invoice\n"
        "111122223333,2026-09,7,USD,1\n111122223333,2026-09,7,USD,2\n111122223333,2026-09,-3,USD,\n"
    )
    assert sum(row[2] for row in landed("{location: invoices.csv}")[1]) == 11
    (tmp_path / "again.csv").write_text(
        "account,billing_period,amount,currency\n111122223333,2026-09,100,USD\n"
    )
    results, rows = landed(SEPTEMBER, "{location: again.csv}")
    assert [row[2] for row in rows] == [100]
    assert "as bills.yml does: keep one" in str(results[-1].reason)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (SEPTEMBER.replace("100.00", "'1.234,56'"), "line 2: amount '1.234,56': write it with"),
        (SEPTEMBER.replace("2026-09", "09/2026"), "line 2: billing_period '09/2026': write"),
        (SEPTEMBER.replace("USD", "$"), "currency"),
        (SEPTEMBER.replace("USD", "[usd]"), "line 2: 'currency': input should be a valid string"),
        ("{account: 1, amount: 1}", "line 2: an invoice has an account, a billing_period"),
        ("{location: a.csv, amount: 1}", "a list of invoices has a location alone"),
        (
            f"{SEPTEMBER}\n  - {SEPTEMBER}",
            "line 3: 111122223333 2026-09 100.00 USD is listed twice",
        ),
    ],
)
def test_entries_that_say_no_invoice_name_their_line(landed, entry, said) -> None:
    with pytest.raises(CloudbillError, match=r"bills\.yml") as error:
        landed(entry)
    assert said in str(error.value)
