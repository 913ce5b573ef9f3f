"""What someone should look at: refusals, bills that nobody lists, gaps, invoices, old publications.

Each notice is a sentence for people and facts for alerts (docs/deploy.md lists them).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb

from cloudbill.lake.files import LakeFile, lake_files
from cloudbill.lake.listed import last_load, unlisted
from cloudbill.read import gaps
from cloudbill.read.notice import Notice, columns, plain
from cloudbill.sql import literal
from cloudbill.workspace import Workspace


def notices(
    connection: duckdb.DuckDBPyConnection, space: Workspace, files: list[LakeFile]
) -> list[Notice]:
    """All that someone should look at, the most urgent first."""
    return [
        *refusals(space),
        *not_published(space, files),
        *not_listed(space, files),
        *invoices(connection, space),
        *gaps.notices(connection, space),
    ]


def of(space: Workspace) -> list[Notice]:
    """All that someone should look at in a workspace."""
    with duckdb.connect() as connection:
        return notices(connection, space, lake_files(connection, space))


def refusals(space: Workspace) -> Iterator[Notice]:
    """What the last load refused."""
    last = last_load(space)
    for refused in last.refused if last else []:
        told = f"{refused['export']}: {refused['reason']}"
        yield Notice("refused", f"Refused by the last load: {told}", {**refused})


def not_published(space: Workspace, files: list[LakeFile]) -> Iterator[Notice]:
    """Bills that the publication cannot show, since they were loaded after it."""
    if not files:
        return
    if not space.published.exists():
        yield Notice("not published", "Nothing is published yet: run cloudbill build.")
        return
    changed = max(file.path.stat().st_mtime for file in files)
    folders = {file.path.parent.parent for file in files}
    changed = max(changed, *(folder.stat().st_mtime for folder in folders))
    if changed > (at := published_at(space)).timestamp():
        yield Notice(
            "not published",
            f"Bills changed in the lake after the publication of {at:%Y-%m-%d %H:%M} UTC: run"
            " cloudbill build.",
        )


def published_at(space: Workspace) -> datetime:
    """When the publication was made (UTC)."""
    return datetime.fromtimestamp(space.published.resolve().stat().st_mtime, UTC)


def not_listed(space: Workspace, files: list[LakeFile]) -> Iterator[Notice]:
    """Exports that bills.yml does not list any more, and that still count."""
    last = last_load(space)
    config = last.config if last else "bills.yml"
    for export, count in sorted(unlisted(space, files).items()):
        has = "its bill is" if count == 1 else f"its {count} bills are"
        yield Notice(
            "not listed",
            f"{export}: {config} does not list it any more, and {has} still in the lake and in"
            f" every report; cloudbill forget {export} takes it out, or, if it has another name"
            f" now, cloudbill rename {export} NEW keeps its history.",
            {"export": export, "bills": count},
        )


def invoices(connection: duckdb.DuckDBPyConnection, space: Workspace) -> Iterator[Notice]:
    """Invoices that differ from what the bills add up to."""
    mart = space.published / "bill_reconciliation.parquet"
    if not mart.exists() or "billing_account_id" not in columns(connection, mart):
        return
    found = connection.execute(
        "select billing_account_id, billing_period, billing_currency, in_bill, in_charges,"
        f" difference, status from read_parquet({literal(str(mart))})"
        " where measure = 'invoice' and status != 'ok' order by all"
    ).fetchall()
    names = ("account", "billing_period", "currency", "invoiced", "in_bills", "difference")
    for *values, status in found:
        account, period, currency = values[:3]
        amounts = [plain(value) for value in values[3:]]
        invoiced, in_bills, difference = amounts
        match status:
            case "not loaded":
                why = "no bill of the account and month is loaded"
            case "another currency":
                why = f"its charges of the month are in another currency than {currency}"
            case _:
                why = f"the bills add up to {in_bills} ({difference.lstrip('-')} "
                why += "less)" if difference.startswith("-") else "more)"
                why += ", and the month was open when they were loaded" * (status == "open month")
        yield Notice(
            "invoice",
            f"Invoice of {account} for {period}: {invoiced} {currency} were invoiced, and {why}.",
            dict(zip(names, [account, period, currency, *amounts], strict=True))
            | {"status": status},
        )
