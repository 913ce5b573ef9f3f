"""What seems to be missing of the bills (mart bill_gaps), in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.read.notice import Notice, columns, plain
from cloudbill.sql import parquet
from cloudbill.workspace import Workspace

RECENT = 62
"""Days for which a closed account is told: the month after it, and the next."""
MANY = 20
"""Gaps of accounts that are told one by one."""
WHOLE = ("export", "scope")
LISTED = 6
"""Months that a sentence lists one by one."""
NAMES = {
    ("AWS", "billing account"): "payer account",
    ("AWS", "account"): "account",
    ("Microsoft", "billing account"): "billing account",
    ("Microsoft", "account"): "subscription",
    ("Google Cloud", "billing account"): "billing account",
    ("Google Cloud", "account"): "project",
}
KEY = (
    "gap", "covered", "export_name", "dataset", "provider", "scope", "billing_account_id",
    "sub_account_id", "gap_start",
)  # fmt: skip
COLUMNS = (*KEY, "gap_end", "cost_before", "billing_currency")


def notices(connection: duckdb.DuckDBPyConnection, space: Workspace) -> Iterator[Notice]:
    """Gaps that the publication has, those of whole exports first.

    A gap is new when the publication before does not have it. What stopped long ago is told when it
    is found, and counted after that: accounts are closed on purpose.
    """
    found = gaps_in(connection, space.published)
    before = {gap[: len(KEY)] for gap in gaps_in(connection, publication_before(space))}
    told, counted = 0, 0
    for gap in sorted(found, key=lambda gap: (gap[1] not in WHOLE, *map(str, gap))):
        facts = dict(zip(COLUMNS, gap, strict=True))
        is_new = gap[: len(KEY)] not in before
        is_lasting = facts["covered"] in WHOLE and facts["gap"] != "stopped"
        has_ended = facts["gap"] == "stopped" and days(facts) > RECENT
        if not is_lasting and (told == MANY or (has_ended and not is_new)):
            counted += 1
            continue
        told += not is_lasting
        yield Notice(
            facts["gap"],
            sentence(facts),
            {**as_text(facts), "is_new": is_new},
            is_told_once=not is_lasting,
            is_new=is_new,
        )
    if counted:
        yield Notice(
            "more gaps",
            f"Gaps not named here: {counted} of accounts, or of what stopped more than two months"
            " ago (cloudbill report mart bill_gaps).",
            {"count": counted},
            is_told_once=True,
        )


def gaps_in(connection: duckdb.DuckDBPyConnection, publication: Path) -> list[tuple[Any, ...]]:
    """The gaps of a publication, which an earlier version may have made without some columns."""
    mart = publication / "bill_gaps.parquet"
    if not mart.exists():
        return []
    present = columns(connection, mart)
    told = ", ".join(name if name in present else f"null as {name}" for name in COLUMNS)
    return connection.execute(f"select {told} from {parquet(mart)} order by all").fetchall()


def publication_before(space: Workspace) -> Path:
    """The publication before the present one."""
    current = space.published.resolve()
    number = current.suffix[1:]
    return current.with_suffix(f".{int(number) - 1}") if number.isdigit() else current


def days(facts: dict[str, Any]) -> int:
    """How long a gap is."""
    start: date = facts["gap_start"]
    end: date = facts["gap_end"]
    return (end - start).days + 1


def sentence(facts: dict[str, Any]) -> str:
    """What is missing, of what, and what it cost before."""
    start, end, who = facts["gap_start"], facts["gap_end"], name(facts)
    match facts["gap"]:
        case "missing period":
            months = months_of(start, end)
            told = ", ".join(months) if len(months) <= LISTED else f"{months[0]} to {months[-1]}"
            what = f"no bill of {told}, though there are bills before and after"
        case "stopped":
            what = f"nothing since {start}, while the rest goes on to {end}"
        case "missing ingestion days":
            what = f"no lines that were exported on {span(start, end)}"
        case _:
            what = f"no usage on {span(start, end)}"
    cost = facts["cost_before"]
    had = ""
    if cost:
        had = f" ({plain(round(cost, 2))} {facts['billing_currency'] or ''}".rstrip()
        had += " in the period before)"
    return f"Missing? {who}: {what}{had}."


def name(facts: dict[str, Any]) -> str:
    """What lacks something."""
    covered = facts["covered"]
    if covered == "export":
        of = f"{facts['dataset']} cost of " if facts["dataset"] else ""
        return f"{of}export {facts['export_name']}"
    if covered == "scope":
        return f"{facts['scope']}"
    what = NAMES.get((facts["provider"], covered), covered)
    account = facts["sub_account_id"] or facts["billing_account_id"]
    return f"{what} {account} of {facts['scope']}"


def months_of(start: date, end: date) -> list[str]:
    """The months of a gap."""
    months = {f"{start + timedelta(days=number):%Y-%m}" for number in range((end - start).days + 1)}
    return sorted(months)


def span(start: date, end: date) -> str:
    """A day, or the first and the last of several."""
    return str(start) if start == end else f"{start} to {end} ({(end - start).days + 1} days)"


def as_text(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as JSON can hold them."""
    return {
        key: plain(value)
        if isinstance(value, Decimal)
        else str(value)
        if isinstance(value, date)
        else value
        for key, value in facts.items()
    }
