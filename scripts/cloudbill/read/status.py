"""`cloudbill status`: what needs attention, the bills in the lake, and whether they tie out."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import duckdb
from rich.text import Text

from cloudbill.lake.files import LakeFile, lake_files, lines_of
from cloudbill.read import attention, show
from cloudbill.read.commitments import print_commitments
from cloudbill.read.notice import columns
from cloudbill.read.status_nodes import node_sentences
from cloudbill.read.status_unknown import unknown_sentences
from cloudbill.read.terminal import Table
from cloudbill.sql import parquet
from cloudbill.workspace import Workspace


def print_status(space: Workspace, *, all_bills: bool = False) -> None:
    """Print what needs attention first; then the bills, the publication and what ties out."""
    with duckdb.connect() as connection:
        files = lake_files(connection, space, also_damaged=True)
        if not files:
            show.tell(
                f"No bill is in {space.root}: run cloudbill refresh --config <your bills.yml>, or"
                " cloudbill demo for sample bills in a workspace of their own."
            )
        for notice in attention.notices(connection, space, files):
            show.warn(notice.sentence)
        files = [file for file in files if file.is_whole]
        if files:
            print_bills(connection, files, all_bills=all_bills)
        if any(file.kind == "azure_cost" for file in files):
            print_quota_types(connection, space)
        if not space.published.exists():
            return
        at = f"{attention.published_at(space):%Y-%m-%d %H:%M} UTC"
        show.tell(f"Published: {space.published.resolve()} ({at})")
        print_reconciliation(connection, space, all_bills=all_bills)
        for sentence in node_sentences(connection, space) + unknown_sentences(connection, space):
            show.tell(sentence)
        print_commitments(connection, space, each=all_bills)


def print_bills(
    connection: duckdb.DuckDBPyConnection, files: list[LakeFile], *, all_bills: bool
) -> None:
    """Print a row for each export, or for each bill."""
    rows = lines_of(connection, files)
    folded: dict[tuple[str, ...], list[LakeFile]] = defaultdict(list)
    for file in files:
        stated = (file.export, file.kind, file.facts["scope"], file.facts["dataset"])
        folded[(*stated, file.bill) if all_bills else stated].append(file)
    table = Table(
        "export", "bills", "kind", "scope", "dataset", "rows", "loaded at (UTC)",
        box=None, header_style="bold",
    )  # fmt: skip
    table.columns[5].justify = "right"
    for (export, kind, scope, dataset, *_), bills in folded.items():
        loaded_at = max(datetime.fromisoformat(file.facts["loaded_at"]) for file in bills)
        table.add_row(
            Text(export),
            show.span(sorted(file.bill for file in bills)),
            kind,
            Text(scope),
            dataset,
            f"{sum(rows[str(file.path)] for file in bills):,}",
            str(loaded_at.replace(microsecond=0)),
        )
    show.put(table)


def print_quota_types(connection: duckdb.DuckDBPyConnection, space: Workspace) -> None:
    """Say where quota types of Azure subscriptions come from when no list states them."""
    path = space.lake / "azure_subscriptions.parquet"
    listed = (
        path.exists()
        and connection.execute(f"select count(quota_id) from {parquet(path)}").fetchone()
    )
    if not listed or listed == (0,):
        show.tell(
            "No list of Azure subscriptions states their quota types (azure_subscriptions in"
            " bills.yml), so they follow from the offer of each line; a line without an offer"
            " counts as EnterpriseAgreement."
        )


def print_reconciliation(
    connection: duckdb.DuckDBPyConnection, space: Workspace, *, all_bills: bool
) -> None:
    """Print the totals of bills against the published charges: those that differ, or all."""
    # Parameters would make DuckDB import pandas.
    published = space.published / "bill_reconciliation.parquet"
    has_account = "billing_account_id" in columns(connection, published)
    name = "coalesce(export_name, billing_account_id)" if has_account else "export_name"
    rows = connection.execute(
        f"select {name}, billing_period, billing_currency, measure, in_bill, in_charges,"
        f" difference, explained, status from {parquet(published)} order by all"
    ).fetchall()
    differing = [row for row in rows if row[-1] != "ok"]
    fine = len(rows) - len(differing)
    shown = rows if all_bills else differing
    table = Table(
        "export", "period", "currency", "measure", "in bill", "in charges", "difference",
        "explained", "status", box=None, header_style="bold",
    )  # fmt: skip
    for column in table.columns[4:8]:
        column.justify = "right"
    for export, period, currency, measure, *amounts, state in shown:
        style = "green" if state == "ok" else "yellow"
        table.add_row(
            Text(export or ""),
            period,
            currency or "",
            measure,
            *map(show.money, amounts),
            Text(state, style=style),
        )
    if shown:
        show.put(table)
    show.tell(f"{fine} of {len(rows)} totals of bills tie out (bill_reconciliation).")
