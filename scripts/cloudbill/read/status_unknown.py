"""What `cloudbill status` says of codes, SKUs, sizes, regions and units that no seed has."""

from __future__ import annotations

import duckdb

from cloudbill.sql import parquet
from cloudbill.workspace import Workspace


def unknown_sentences(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> list[str]:
    """One sentence per currency that counts what no seed has, with the money at stake."""
    published = workspace.published / "unknown_values.parquet"
    if not published.exists():
        return []
    rows = connection.execute(
        "select billing_currency, kind, count(*), sum(abs(cost))"
        f" from {parquet(published)} group by all order by all"
    ).fetchall()
    sentences = []
    for currency in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == currency]
        counts = ", ".join(f"{count:,} {kind}{'s' * (count > 1)}" for _, kind, count, _ in own)
        # A line may have an unknown region and an unknown unit: the largest kind, not their sum.
        most = max(cost for *_, cost in own)
        sentences.append(
            f"In no seed: {counts}, in lines of up to {most:,.2f} {currency or 'unknown currency'};"
            " the table unknown_values lists them."
        )
    return sentences
