"""Azure reservation details and transactions: of how many instances each reservation is.

The columns are Microsoft's, "Reservation details file schema" and "Reservation transactions file
schema" (the same for enterprise and customer agreements as far as they are read), and those of the
Consumption API's reservationDetails and reservationTransactions.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import duckdb

from cloudbill.config import Located
from cloudbill.delivered.files import Found, Listing
from cloudbill.delivered.kinds.azure_cost import Run, column, find_runs, what_lacks
from cloudbill.delivered.locations import Item, Location, open_location
from cloudbill.errors import CloudbillError
from cloudbill.landing.archives import unpacked
from cloudbill.landing.readers import csv_shape, file_format
from cloudbill.landing.recognition import looks_like
from cloudbill.lists.azure_prices import (
    TABLES,
    Outcome,
    Row,
    insert,
    is_json,
    number,
    path_of,
    records,
    rows_of,
    text,
    write_empty_table,
    write_table,
)
from cloudbill.sql import literal, literals
from cloudbill.workspace import Workspace

LANDING = "2"
"""Raise this when what follows lands these exports differently."""

TABLE = "azure_reservations"
TYPES = ("reservationdetails", "reservationtransactions")
# What tells the two apart, and what each needs.
DETAILS = frozenset({"reservationid", "usagedate"})
TRANSACTIONS = frozenset({"reservationorderid", "eventtype"})
NEEDED = {
    DETAILS: {"totalreservedquantity": "TotalReservedQuantity"},
    TRANSACTIONS: {"eventdate": "EventDate", "quantity": "Quantity"},
}

Digests = list[tuple[str, str, str]]
"""Dataset, month and a fingerprint of what was said of it."""


def land_reservations(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, listed: list[Located]
) -> list[Outcome]:
    """Land the exports of reservations that bills.yml lists.

    The lake holds the files that are at the listed locations now; where none is listed, those that
    were listed last. What is refused leaves what was there before.
    """
    write_empty_table(con, workspace, TABLE)
    if not listed:
        return []
    source = literals([path_of(workspace, TABLE)])
    con.execute(f"create or replace temp table landed as from read_parquet({source})")
    known: dict[str, str] = dict(
        con.execute("select distinct source_file, version from landed").fetchall()
    )
    kept: set[str] = set()
    outcomes: list[Outcome] = []
    for entry in listed:
        try:
            location = open_location(entry.location, entry.endpoint)
            listing = Listing(location.items(), location.read, location.bucket)
            outcomes += land_location(con, workspace, location, listing, known, kept)
        except CloudbillError as error:
            below = entry.location.rstrip("/") + "/"
            kept |= {name for name in known if f"{name}/".startswith(below)}
            outcomes.append((entry.location, 0, "refused", str(error)))
    if set(known) - kept or any(status in ("new", "changed") for _, _, status, _ in outcomes):
        listed_files = ", ".join(map(literal, sorted(kept)))
        rows = f"from landed where source_file in ({listed_files}) order by all"
        write_table(con, workspace, TABLE, rows if kept else "from landed limit 0")
    return outcomes


def land_location(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    location: Location,
    listing: Listing,
    known: dict[str, str],
    kept: set[str],
) -> Iterator[Outcome]:
    """Land what lies at one location; files that are known as they are now are not read."""
    found = Found()
    for run in find_runs(listing, found):
        kept |= {item.address for item in run.files if item.address in known}
        if why := unread(run, listing):
            yield run.items[0].name, 0, "skipped", why
            continue
        for item in run.files:
            version = version_of(item, run)
            if known.get(item.address) == version:
                yield item.name, rows_of(con, item.address), "unchanged", None
                continue
            try:
                rows = fetched(workspace, location, item)
            except CloudbillError as error:
                yield item.name, 0, "refused", str(error)
                continue
            of_file = {"source_file": item.address, "version": version}
            of_file["exported_at"] = run.recency[0].replace("T", " ")
            con.execute("delete from landed where source_file = ?", [item.address])
            insert(con, workspace, TABLES[TABLE], [{**row, **of_file} for row in rows])
            kept.add(item.address)
            yield item.name, len(rows), "changed" if item.address in known else "new", None
    for why in found.skipped:
        yield location.address, 0, "skipped", why


def unread(run: Run, listing: Listing) -> str | None:
    """Why a run is not read: it is an export of something else, or still being written."""
    if run.dataset and run.dataset.lower() not in TYPES:
        what = f"it is an export of type {run.dataset}, not of reservation details or transactions"
        return f"{run.items[0].address} is not read: {what}."
    lacks = what_lacks(run, listing, has_manifests=False)
    return f"{lacks}: it is being written; left for the next run." if lacks else None


def version_of(item: Item, run: Run) -> str:
    """Fingerprint of a file as it is listed, and of when it was exported."""
    return hashlib.md5(json.dumps([LANDING, item.state, run.recency[0]]).encode()).hexdigest()


def fetched(workspace: Workspace, location: Location, item: Item) -> list[Row]:
    """The rows of one delivered file; what is wrong in it is told of its own address."""
    folder = workspace.temporary / "reservations"
    paths: tuple[Path, ...] = ()
    try:
        paths = location.fetch([item], folder / "fetched")
        with unpacked(paths, folder / "unpacked") as files:
            return [row for path in files for row in reservations(path)]
    except CloudbillError as error:
        sentence = str(error)
        for path in paths:
            sentence = sentence.replace(str(path), item.address)
        raise CloudbillError(sentence) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def reservations(path: Path) -> Iterator[Row]:
    """Instances per reservation and day, or what was bought and returned."""
    days: dict[tuple[str, date], Row] = {}
    is_empty = True
    for where, record, _ in records(path, DETAILS, TRANSACTIONS):
        is_empty = False
        kind = kind_of(path, record)
        if lacks := [told for name, told in NEEDED[kind].items() if name not in record]:
            raise CloudbillError(
                f"{path} has no column {lacks[0]}, which tells how much is reserved: export it"
                " anew, with all columns."
            )
        if kind is TRANSACTIONS:
            yield transaction(record, path, where)
        elif row := detail(record, path, where):
            # One line for each machine of the day, all with the reservation's quantity.
            before = days.setdefault((row["reservation_id"], row["event_date"]), row)
            before["quantity"] = max(before["quantity"], row["quantity"])
    yield from days.values()
    if is_empty and not is_json(path):
        kind_of(path, [column(name)[0] for name in csv_shape(path, file_format(path)[1]).header])


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


def detail(record: Row, path: Path, where: str) -> Row | None:
    """A day of a reservation; lines of no reservation tell nothing."""
    reservation = text(record, "reservationid")
    if reservation is None or text(record, "totalreservedquantity") is None:
        return None
    return {
        "dataset": "details",
        "order_id": (text(record, "reservationorderid") or "").lower() or None,
        "reservation_id": reservation.lower(),
        "event_date": day(record, "UsageDate", path, where),
        "quantity": number(record, "TotalReservedQuantity", path, where),
    }


def transaction(record: Row, path: Path, where: str) -> Row:
    """A purchase or a return of an order."""
    return {
        "dataset": "transactions",
        "order_id": (text(record, "reservationorderid") or "").lower() or None,
        "event_date": day(record, "EventDate", path, where),
        "event_type": (text(record, "eventtype") or "").lower(),
        "quantity": abs(number(record, "Quantity", path, where)),
        "amount": number(record, "Amount", path, where, blank="0"),
    }


def day(record: Row, name: str, path: Path, where: str) -> date:
    """The UTC day in a column, with or without a time; with slashes, the month is first."""
    told = text(record, name.lower()) or ""
    iso = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", told)
    slashes = re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", told)
    parts = iso.groups() if iso else ()
    if slashes:
        month, number_, year = slashes.groups()
        parts = (year, month, number_)
    try:
        return date(*map(int, parts))
    except (TypeError, ValueError):
        raise CloudbillError(
            f"{path}, {where}, column '{name}': '{told}' is not a date such as 2026-10-31: export"
            " it anew."
        ) from None


def digests(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> Digests:
    """What the lake holds of reservations, by the month that it is said of."""
    source = literals([path_of(workspace, TABLE)])
    return con.execute(
        "select dataset, strftime(event_date, '%Y-%m') as month, md5(string_agg(concat_ws('|',"
        " order_id, reservation_id, event_date, event_type, quantity, amount), ',' order by"
        " reservation_id, event_date, exported_at, order_id, event_type, quantity, amount))"
        f" from read_parquet({source}) group by all order by all"
    ).fetchall()


def relevant(digests: Digests, period: str) -> list[str]:
    """What quantities in a billing period depend on: details of it, transactions up to it."""
    return [
        f"{dataset} {month}: {digest}"
        for dataset, month, digest in digests
        if month == period or (dataset == "transactions" and month < period)
    ]
