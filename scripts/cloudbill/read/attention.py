"""What someone should look at: refusals, bills that nobody lists, gaps, invoices, old publications.

Each notice is a sentence for people and facts for alerts (docs/deploy.md lists them).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.lake.files import LakeFile, lake_files, lines_of
from cloudbill.lake.listed import last_load, unlisted, unlisted_clusters
from cloudbill.read import gaps, held, made_of
from cloudbill.read.notice import Notice, columns, plain
from cloudbill.sql import parquet
from cloudbill.warehouse import sources
from cloudbill.warehouse.published import TOLD_BY_NOTICES, last_published, notes
from cloudbill.workspace import Workspace

LISTS = {
    "azure_price_sheets": "price sheets",
    "azure_reservations": "reservation lists",
    "azure_subscriptions": "subscription lists",
    "invoices": "invoices",
    "kubernetes_nodes": "node lists",
}
"""What people call tables of the lake that hold no bills."""


def notices(
    connection: duckdb.DuckDBPyConnection, space: Workspace, files: list[LakeFile]
) -> list[Notice]:
    """All that someone should look at, the most urgent first."""
    damaged = [Notice("damaged", file.damage) for file in files if not file.is_whole]
    files = [file for file in files if file.is_whole]
    return [
        *damaged,
        *refusals(space),
        *not_published(connection, space, files),
        *held.notices(connection, space),
        *not_listed(space, files),
        *clusters_not_listed(space),
        *invoices(connection, space),
        *gaps.notices(connection, space),
        *made_of.notices(connection, space, files),
        *found_by_tests(space),
    ]


def of(space: Workspace) -> list[Notice]:
    """All that someone should look at in a workspace."""
    with duckdb.connect() as connection:
        return notices(connection, space, lake_files(connection, space, also_damaged=True))


def refusals(space: Workspace) -> Iterator[Notice]:
    """What the last load refused."""
    last = last_load(space)
    for refused in last.refused if last else []:
        told = f"{refused['export']}: {refused['reason']}"
        yield Notice("refused", f"Refused by the last load: {told}", {**refused})


def not_published(
    connection: duckdb.DuckDBPyConnection, space: Workspace, files: list[LakeFile]
) -> Iterator[Notice]:
    """Bills that the publication does not show: loaded after the last build, or it failed."""
    if not files and not space.published.exists():
        return
    if not space.published.exists():
        yield Notice("not published", "Nothing is published yet: run cloudbill build.")
        return
    published = published_at(space)
    at = f"{published:%Y-%m-%d %H:%M} UTC"
    changed = ["bills"] if changed_since_build(connection, space, files) else []
    # The history of loads changes with the bills.
    newer = sources.written_since(space, published.timestamp()) - {*KINDS, space.history.stem}
    changed += sorted(LISTS.get(name, name) for name in newer)
    if changed:
        what = ", ".join(changed).capitalize()
        why = f"{what} changed in the lake after the publication of {at}: run cloudbill build."
        yield Notice("not published", why)
    elif not is_built_published(connection, space):
        why = f"The last build is not published, so that readers see that of {at}: run"
        yield Notice("not published", f"{why} cloudbill build, which says what fails.")


def changed_since_build(
    connection: duckdb.DuckDBPyConnection, space: Workspace, files: list[LakeFile]
) -> bool:
    """Whether the lake holds other versions of bills than the index that a build wrote."""
    if not space.index.exists():
        return True
    listed = connection.execute(
        f"select distinct kind, export, bill, version from {parquet(space.index)}"
    ).fetchall()
    # A file without lines may be in no billing period, and so not in the index.
    rows = lines_of(connection, files)
    return {file.id for file in files if rows[str(file.path)] or file.id in listed} != {*listed}


def is_built_published(connection: duckdb.DuckDBPyConnection, space: Workspace) -> bool:
    """Whether the publication holds the builds of the index, and no others."""
    mart = space.published / "bill_reconciliation.parquet"
    if not all("unit_id" in columns(connection, file) for file in (mart, space.index)):
        return False
    row = connection.execute(
        f"select count(*) from (select distinct unit_id from {parquet(mart)}"
        " where unit_id is not null) as published full join (select distinct unit_id"
        f" from {parquet(space.index)} where line_count > 0) as built"
        " using (unit_id) where published.unit_id is null or built.unit_id is null"
    ).fetchone()
    return row == (0,)


def published_at(space: Workspace) -> datetime:
    """When the publication was made (UTC)."""
    return datetime.fromtimestamp(space.published.resolve().stat().st_mtime, UTC)


def found_by_tests(space: Workspace) -> Iterator[Notice]:
    """What tests of the last build found that is not wrong for sure, and that no mart tells."""
    for note in notes(space):
        last = last_published(note)
        for name, told in last.findings.items() if last else ():
            if name not in TOLD_BY_NOTICES:
                yield Notice("found", f"Found by the last build: {told}.", {"test": name})


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


def clusters_not_listed(space: Workspace) -> Iterator[Notice]:
    """Clusters that bills.yml does not list any more, and whose nodes still have prices."""
    last = last_load(space)
    config = last.config if last else "bills.yml"
    for cluster in unlisted_clusters(space):
        yield Notice(
            "cluster not listed",
            f"{cluster}: {config} does not list this cluster any more, and its node lists are still"
            " in the lake: its nodes keep their prices; if it has another name now, they have two,"
            f" and cluster costs tell neither; cloudbill forget {shlex.quote(cluster)} --cluster"
            " takes them out, with the history of which machine was in it.",
            {"cluster": cluster},
        )


def invoices(connection: duckdb.DuckDBPyConnection, space: Workspace) -> Iterator[Notice]:
    """Invoices that differ from what the bills add up to."""
    mart = space.published / "bill_reconciliation.parquet"
    if not mart.exists() or "billing_account_id" not in columns(connection, mart):
        return
    found = connection.execute(
        "select billing_account_id, billing_period, billing_currency, in_bill, in_charges,"
        f" difference, status from {parquet(mart)}"
        " where measure = 'invoice' and status != 'ok' order by all"
    ).fetchall()
    names = ("account", "billing_period", "currency", "invoiced", "in_bills", "difference")
    for *values, status in found:
        account, period, currency = values[:3]
        amounts = [plain(value) for value in values[3:]]
        invoiced, in_bills, difference = amounts
        match status:
            case "not loaded":
                why = "no bill of this billing account and month is loaded"
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
