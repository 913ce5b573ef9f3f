"""Azure reservation details and transactions: of how many instances each reservation is.

The columns are Microsoft's, "Reservation details file schema" and "Reservation transactions file
schema" (the same for enterprise and customer agreements as far as they are read), and those of the
Consumption API's reservationDetails and reservationTransactions.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import duckdb

from cloudbill.config import Located
from cloudbill.delivered.files import Found, Listing
from cloudbill.delivered.kinds.azure_cost import Run, find_runs, what_lacks
from cloudbill.delivered.locations import Location, open_location
from cloudbill.errors import CloudbillError
from cloudbill.failures import refusal
from cloudbill.landing.recognition import looks_like
from cloudbill.lists.records import (
    Record,
    Row,
    Style,
    day,
    first_cells,
    is_json,
    number,
    records,
    style_of,
    text_in,
)
from cloudbill.lists.tables import (
    Outcome,
    Table,
    begin,
    end,
    fingerprint,
    keep_below,
    land_file,
    path_of,
    write_empty_table,
)
from cloudbill.safe import redacted
from cloudbill.sql import parquet
from cloudbill.workspace import Workspace

TABLE = "azure_reservations"
TYPES = ("reservationdetails", "reservationtransactions")
# What tells the two apart, and what each needs.
DETAILS = frozenset({"reservationid", "usagedate"})
TRANSACTIONS = frozenset({"reservationorderid", "eventtype"})
NEEDED = {
    DETAILS: {"totalreservedquantity": "TotalReservedQuantity"},
    TRANSACTIONS: {"eventdate": "EventDate", "quantity": "Quantity"},
}
NUMBERS = ("TotalReservedQuantity", "Quantity", "Amount")
DAYS = ("UsageDate", "EventDate")

Digests = list[tuple[str, str, str]]
"""Dataset, month and a fingerprint of what was said of it."""


def land_reservations(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, listed: list[Located]
) -> Iterator[Outcome]:
    """Land the exports of reservations that bills.yml lists.

    The lake holds the files that are at the listed locations now; where none is listed, those that
    were listed last. What is refused leaves what was there before.
    """
    write_empty_table(con, workspace, TABLE)
    if not listed:
        return
    table = begin(con, workspace, TABLE)
    for entry in listed:
        try:
            location = open_location(entry.location, entry.endpoint)
            listing = Listing(location.items(), location.read, location.bucket)
            yield from land_location(con, workspace, table, location, listing)
        except Exception as error:
            keep_below(table, entry.location)
            yield Outcome(
                redacted(entry.location), 0, "refused", str(refusal(entry.location, error))
            )
    end(con, workspace, table)


def land_location(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    table: Table,
    location: Location,
    listing: Listing,
) -> Iterator[Outcome]:
    """Land what lies at one location; files that are known as they are now are not read."""
    found = Found()
    for run in find_runs(listing, found):
        if why := unread(run, listing):
            table.kept.update(i.address for i in run.files if i.address in table.known)
            yield Outcome(run.items[0].name, 0, "skipped", why)
            continue
        facts = {"exported_at": run.recency[0].replace("T", " ")}
        for item in run.files:
            # As it is listed, and when it was exported: what is known is not downloaded again.
            version = fingerprint([item.state, run.recency[0]])
            yield land_file(
                con, workspace, table, location, item, reservations, facts=facts, version=version
            )
    for why in found.skipped:
        yield Outcome(redacted(location.address), 0, "skipped", why)


def unread(run: Run, listing: Listing) -> str | None:
    """Why a run is not read: it is an export of something else, or still being written."""
    if run.dataset and run.dataset.lower() not in TYPES:
        what = f"it is an export of type {run.dataset}, not of reservation details or transactions"
        return f"{run.items[0].address} is not read: {what}."
    lacks = what_lacks(run, listing)
    return f"{lacks}: it is being written; left for the next run." if lacks else None


def reservations(path: Path) -> Iterator[Row]:
    """Instances per reservation and day, or what was bought and returned."""
    days: dict[tuple[str, date], Row] = {}
    is_empty = True
    style = style_of(records(path, *NEEDED), NUMBERS, DAYS)
    for record in records(path, *NEEDED):
        is_empty = False
        kind = kind_of(path, record.values)
        if lacks := [told for name, told in NEEDED[kind].items() if name not in record.values]:
            raise CloudbillError(
                f"{path} has no column {lacks[0]}, which tells how much is reserved: export it"
                " anew, with all columns."
            )
        if kind is TRANSACTIONS:
            yield transaction(record, style)
        elif row := detail(record, style):
            # One line for each machine of the day, all with the reservation's quantity.
            before = days.setdefault((row["reservation_id"], row["event_date"]), row)
            before["quantity"] = max(before["quantity"], row["quantity"])
    yield from days.values()
    if is_empty and not is_json(path):
        kind_of(path, first_cells(path))


def kind_of(path: Path, names: Iterable[str]) -> frozenset[str]:
    """Which of the two a file is, by the names of its columns."""
    listed = list(names)
    for kind in NEEDED:
        if kind <= set(listed):
            return kind
    other = looks_like(listed)
    raise CloudbillError(
        f"{path} is no export of reservation details or transactions"
        + (f"; it looks like {other}" if other else "")
        + ": correct the location in bills.yml (azure_reservations)."
    )


def detail(record: Record, style: Style) -> Row | None:
    """A day of a reservation; lines of no reservation tell nothing."""
    reservation = text_in(record, "reservationid")
    if reservation is None or text_in(record, "totalreservedquantity") is None:
        return None
    return {
        "dataset": "details",
        "order_id": (text_in(record, "reservationorderid") or "").lower() or None,
        "reservation_id": reservation.lower(),
        "event_date": day(record, "UsageDate", style),
        "quantity": number(record, "TotalReservedQuantity", style),
    }


def transaction(record: Record, style: Style) -> Row:
    """A purchase or a return of an order."""
    return {
        "dataset": "transactions",
        "order_id": (text_in(record, "reservationorderid") or "").lower() or None,
        "event_date": day(record, "EventDate", style),
        "event_type": (text_in(record, "eventtype") or "").lower(),
        "quantity": abs(number(record, "Quantity", style)),
        # Tells events apart; nothing is paid by it.
        "amount": number(record, "Amount", style, blank="0"),
    }


def digests(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> Digests:
    """What the lake holds of reservations, by the month that it is said of."""
    rows = parquet(path_of(workspace, TABLE))
    return con.execute(
        "select dataset, strftime(event_date, '%Y-%m') as month, md5(string_agg(concat_ws('|',"
        " order_id, reservation_id, event_date, event_type, quantity, amount), ',' order by"
        " reservation_id, event_date, exported_at, order_id, event_type, quantity, amount))"
        f" from {rows} group by all order by all"
    ).fetchall()


def relevant(digests: Digests, period: str) -> list[str]:
    """What quantities in a billing period depend on: details of it, transactions up to it."""
    return [
        f"{dataset} {month}: {digest}"
        for dataset, month, digest in digests
        if month == period or (dataset == "transactions" and month < period)
    ]
