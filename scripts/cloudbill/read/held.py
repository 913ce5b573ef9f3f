"""Bills that are held back from the publication: which, since when, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import duckdb

from cloudbill.read.notice import Notice, plain
from cloudbill.sql import parquet
from cloudbill.workspace import Workspace


def notices(connection: duckdb.DuckDBPyConnection, space: Workspace) -> Iterator[Notice]:
    """A notice for each unit that the publication holds back."""
    mart = space.published / "held_bills.parquet"
    if not mart.exists():
        return
    found = connection.execute(
        "select unit_id, scope, billing_period, export_names, loaded_at, shown_loaded_at, rule,"
        f" row_count, cost, billing_currency from {parquet(mart)} order by all"
    ).fetchall()
    for unit, rows in groupby(found, key=lambda row: row[:6]):
        findings = [
            {
                "rule": rule,
                "rows": count,
                "amount": None if cost is None else plain(cost),
                "currency": currency,
            }
            for *_, rule, count, cost, currency in rows
        ]
        yield notice(unit, findings)


def notice(unit: tuple[Any, ...], findings: list[dict[str, Any]]) -> Notice:
    """Say what is held back and why, what is shown instead, and what to do."""
    unit_id, scope, period, exports, loaded_at, shown_loaded_at = unit
    instead = (
        f"Reports show the version of it that was loaded at {moment(shown_loaded_at)} UTC"
        if shown_loaded_at
        else "No report has any of it"
    )
    return Notice(
        "held",
        f"Held back: {exports} {period}, loaded at {moment(loaded_at)} UTC:"
        f" {'; '.join(map(told, findings))}. {instead}; all other bills are published. Unless the"
        " rule says what to do, deliver it again if the delivery is damaged; else report this"
        " sentence, since Cloudbill has no rule for such lines. cloudbill forget takes it out of"
        " the lake.",
        {
            "unit": unit_id,
            "scope": scope,
            "billing_period": period,
            "exports": exports.split(", "),
            "loaded_at": moment(loaded_at),
            "shown_loaded_at": moment(shown_loaded_at) if shown_loaded_at else None,
            "findings": findings,
        },
    )


def moment(at: datetime) -> str:
    """A time to the second."""
    return str(at.replace(microsecond=0))


def told(finding: dict[str, Any]) -> str:
    """Say what is wrong, of how much."""
    amount = f", {finding['amount']} {finding['currency'] or ''}".rstrip()
    return f"{finding['rule']} ({finding['rows']} rows{amount if finding['amount'] else ''})"
