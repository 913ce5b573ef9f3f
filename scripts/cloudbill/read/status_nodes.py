"""What `cloudbill status` says of node prices: bills they miss, and why some lack discounts."""

from __future__ import annotations

import duckdb

from cloudbill.sql import parquet
from cloudbill.workspace import Workspace

ACCOUNT_NAMES = {"AWS": "account", "Microsoft": "subscription", "Google Cloud": "project"}


def node_sentences(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> list[str]:
    """One sentence per reason for which published prices of nodes are not what the nodes cost."""
    published = workspace.published / "node_prices.parquet"
    if not published.exists():
        return []
    rows = connection.execute(
        "select cluster, provider, sub_account_id, price_note, price_source, count(*)"
        f" from {parquet(published)}"
        " where price_note is not null and is_machine group by all order by all"
    ).fetchall()
    return [sentence(*row) for row in rows]


def sentence(
    cluster: str, provider: str, account: str | None, note: str, source: str, nodes: int
) -> str:
    """What keeps nodes of a cluster from their own discounted price, and what they have instead."""
    what = ACCOUNT_NAMES.get(provider, "account")
    where = f" in {what} {account}" if account else ""
    has = {
        "billed": "billed without discounts",
        "inferred": "inferred from similar machines",
        "list": "the list price",
        "none": "none",
    }[source]
    count = "1 node" if nodes == 1 else f"{nodes:,} nodes"
    return f"{cluster}: {count}{where}: {note}; price: {has}."
