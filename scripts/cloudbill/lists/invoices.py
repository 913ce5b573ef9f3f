"""What was invoiced: entries of bills.yml, or lists of them, to be compared with the bills."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb

from cloudbill.config import Invoice, account_key, month_of
from cloudbill.errors import CloudbillError
from cloudbill.lists.records import Record, Row, number, records, refused, style_of, text_in
from cloudbill.lists.tables import (
    Outcome,
    Status,
    begin,
    columns_of,
    end,
    fingerprint,
    insert,
    land_listed,
    write_empty_table,
)
from cloudbill.workspace import Workspace

TABLE = "invoices"
INLINE = "bills.yml"
"""Whence entries without a location are."""

# Names of columns in lower case; the first is what the documentation says.
COLUMNS = {
    "account": ("account", "billing_account_id", "billingaccountid", "account_id", "accountid"),
    "billing_period": ("billing_period", "billingperiod", "period", "month", "invoice_month"),
    "amount": ("amount", "total", "total_amount", "totalamount", "invoice_amount"),
    "currency": ("currency", "billing_currency", "billingcurrency", "currency_code"),
    "invoice": ("invoice", "invoice_id", "invoiceid", "invoice_number", "invoicenumber"),
}
HEADERS = tuple(
    frozenset({account, period, amount, currency})
    for account in COLUMNS["account"]
    for period in COLUMNS["billing_period"]
    for amount in COLUMNS["amount"]
    for currency in COLUMNS["currency"]
)


def land_invoices(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, listed: list[Invoice]
) -> Iterator[Outcome]:
    """Land what bills.yml says of invoices now: what it does not say any more goes."""
    write_empty_table(con, workspace, TABLE)
    table = begin(con, workspace, TABLE)
    inline = [entry for entry in listed if not entry.location]
    if inline:
        rows = [inline_row(entry) for entry in inline]
        version = fingerprint([[str(value) for value in row.values()] for row in rows])
        table.kept.add(INLINE)
        if table.known.get(INLINE) != version:
            of_file = {"source_file": INLINE, "version": version}
            insert(con, workspace, columns_of(TABLE), INLINE, [{**row, **of_file} for row in rows])
            table.changed.add(INLINE)
        status: Status = "changed" if INLINE in table.known else "new"
        status = status if INLINE in table.changed else "unchanged"
        yield Outcome("invoices", len(rows), status, part=INLINE)
    located = [entry for entry in listed if entry.location]
    for outcome in land_listed(con, workspace, table, located, invoices):
        yield replace(outcome, part=outcome.part or "invoices")
    for source, why in given_twice(con, table.kept):
        table.kept.discard(source)
        table.changed.add(source)
        yield Outcome(source, 0, "refused", why)
    end(con, workspace, table)


def inline_row(entry: Invoice) -> Row:
    """An entry of bills.yml as a row."""
    return {
        "account": entry.account,
        "account_key": account_key(entry.account),
        "billing_period": entry.billing_period,
        "amount": Decimal(entry.amount or "0"),
        "currency": entry.currency,
        "invoice": entry.invoice or None,
    }


def invoices(path: Path) -> Iterator[Row]:
    """The rows of a list of invoices."""
    found = list(records(path, *HEADERS))
    if not found:
        raise CloudbillError(
            f"{path} is no list of invoices: its header has the columns account, billing_period,"
            " amount and currency (and invoice, its number)."
        )
    names = {
        meaning: next((name for name in spellings if name in found[0].values), spellings[0])
        for meaning, spellings in COLUMNS.items()
    }
    style = style_of(found, [names["amount"]])
    seen: dict[tuple[object, ...], str] = {}
    for record in found:
        account = text_in(record, names["account"]) or ""
        if not account or re.fullmatch(r"[0-9.,]+E\+?[0-9]+", account, re.IGNORECASE):
            raise refused(record, "account", account, "is not the id of a billing account")
        row = {
            "account": account,
            "account_key": account_key(account),
            "billing_period": period_of(record, names["billing_period"]),
            "amount": number(record, names["amount"], style),
            "currency": currency_of(record, names["currency"]),
            "invoice": text_in(record, names["invoice"]),
        }
        told = tuple(value for name, value in row.items() if name != "account")
        if told in seen:
            raise CloudbillError(
                f"{path}, {record.place}: the invoice of {account} for {row['billing_period']} is"
                f" in {seen[told]} already; if there are two of one amount, give each its number"
                " in a column 'invoice'."
            )
        seen[told] = record.place
        yield row


def period_of(record: Record, name: str) -> str:
    """The month of an invoice."""
    told = text_in(record, name) or ""
    if not (month := month_of(told)):
        raise refused(record, "billing_period", told, "is not a month such as 2026-09")
    return month


def currency_of(record: Record, name: str) -> str:
    """The currency of an invoice."""
    told = (text_in(record, name) or "").upper()
    if not re.fullmatch(r"[A-Z]{3}", told):
        raise refused(record, "currency", told, "is not a currency code such as EUR")
    return told


def given_twice(con: duckdb.DuckDBPyConnection, kept: Iterable[str]) -> list[tuple[str, str]]:
    """Lists that repeat an invoice of bills.yml or of another list, and what to tell of each."""
    names = set(kept)
    found = con.execute(
        "select list(distinct source_file order by source_file), any_value(account), billing_period"
        " from landed group by account_key, billing_period, amount, currency, invoice"
        " having count(distinct source_file) > 1 order by all"
    ).fetchall()
    twice = {}
    for sources, account, period in found:
        first, *others = sorted(names & set(sources), key=lambda name: (name != INLINE, name))
        for source in others:
            twice[source] = (
                f"{source} has the invoice of {account} for {period}, as {first} does: keep one; if"
                " there are two of one amount, give each its number (invoice)."
            )
    return list(twice.items())
