"""Deliveries are read: landed beside the lake, and asked what their rows say."""

import shutil
from contextlib import closing
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from cloudbill.delivered.files import ENDINGS, Delivery, grouped
from cloudbill.delivered.locations import ChangedError
from cloudbill.errors import CloudbillError, NoChargesError
from cloudbill.failures import refusal
from cloudbill.lake.evidence import (
    Evidence,
    columns_needed,
    files_of_the_same_days,
    files_with_a_day_alike,
    read_evidence,
)
from cloudbill.lake.parts import Known, Part
from cloudbill.lake.results import LoadResult, Status
from cloudbill.lake.rows import Rows, rows_in
from cloudbill.lake.same_deliveries import share_of_charges
from cloudbill.lake.same_files import files_alike, files_with_lines_of_others, same_lines
from cloudbill.lake.way import Landed, Way, bill_facts
from cloudbill.landing.land import Label, connect, land
from cloudbill.sql import coalesce, literal, parquet


def work_of(way: Way) -> int:
    """Bytes to download, if any, and to land."""
    return sum(work(way, delivery) for delivery in pending(way))


def work(way: Way, delivery: Delivery) -> int:
    """Bytes of one delivery, twice where it is downloaded."""
    return delivery.size * (1 if way.location.store is None else 2)


def pending(way: Way) -> list[Delivery]:
    """The deliveries that are not known yet, month by month, the newest of each first."""
    unread = [d for d in way.found.deliveries if way.versions[d.id] not in way.records.deliveries]
    unread.sort(key=lambda d: d.time or d.id, reverse=True)
    return sorted(unread, key=month_of)


def month_of(delivery: Delivery) -> str:
    """The month that it says it is of; nothing where only rows tell."""
    return delivery.bill or (delivery.days[0][:7] if delivery.days else "")


def learn(way: Way, delivery: Delivery) -> int:
    """Read a delivery that is not known; the number of its rows."""
    version = way.versions[delivery.id]
    has_newer = any(
        other.series == delivery.series and other.days == delivery.days
        for known, (other, _) in way.records.deliveries.items()
        if delivery.series and other.time > delivery.time and known in way.versions.values()
    )
    try:
        # What a newer run may stand for is looked at first.
        landed = read(way, delivery, is_whole=not has_newer)
        evidence = read_evidence(way.con, way.table, landed.path)
        if delivery.rows is not None and evidence.rows != delivery.rows:
            raise CloudbillError(
                f"{delivery.name} and its parts have {evidence.rows:,} lines, and the manifest"
                f" says {delivery.rows:,}: deliver or copy it again, whole."
            )
        check_period(way, delivery, evidence, landed.path)
        if landed.is_whole:
            check_parts(way, delivery, evidence, landed.path)
    except NoChargesError as error:
        way.beside.append(LoadResult(way.export.name, delivery.bill, "skipped", reason=str(error)))
        return 0
    except Exception as error:
        status: Status = "skipped" if isinstance(error, ChangedError) else "refused"
        why = str(refusal(delivery.name, error))
        result = LoadResult(way.export.name, delivery.bill, status, reason=why)
        way.refused[version] = result
        return 0
    way.records.deliveries[version] = delivery, evidence
    return evidence.rows


def check_period(way: Way, delivery: Delivery, evidence: Evidence, path: Path) -> None:
    """Refuse lines that only their folder puts into a month of which they have no day."""
    days = evidence.days.get(delivery.bill or "")
    if not days or delivery.adds or delivery.days or any(d[:7] == delivery.bill for d in days):
        return
    relation = parquet(path)
    present = set(way.con.sql(f"select * from {relation}").columns)
    periods = [name for name in way.table.billing_periods if name in present]
    stated = f"count({coalesce(periods)})" if periods else "0"
    if way.con.execute(f"select {stated} from {relation}").fetchone() == (0,):
        raise CloudbillError(
            f"{delivery.name} lies in a folder of {delivery.bill}, and all its lines are of"
            f" {min(days)} to {max(days)}: move it into the folder of its month."
        )


def check_parts(way: Way, delivery: Delivery, evidence: Evidence, path: Path) -> None:
    """Refuse versions of one file side by side: nothing but a manifest tells which one counts.

    A file that is all others put together is one of them, too.
    """
    if delivery.is_listed or len(delivery.files) < 2:
        return
    rows = rows_in(way.con, way.table, parquet(path))
    alike = packed_twice(way, delivery, rows)
    if whole := evidence.sum_of_others:
        alike = whole, min(evidence.files.keys() - {whole})
    elif not alike and (files := files_with_a_day_alike(way.con)):
        alike = files_alike(way.con, rows, files)
    if not alike and (files := files_with_lines_of_others(way.con, rows, evidence.rows)):
        alike = files_alike(way.con, rows, files, among_all=True)
    # Of additions one may correct another: they have what they are of in common.
    if not (alike or delivery.adds) and (files := files_of_the_same_days(way.con)):
        alike = files_alike(way.con, rows, files, is_restated=True)
    if alike:
        addresses = {item.path: item.address for item in delivery.files}
        one, other = (addresses.get(name, name) for name in alike)
        raise CloudbillError(
            f"{one} and {other} lie in one folder as the parts of a bill do, and hold the same"
            " charges: keep only the one that counts, else they would be counted twice."
        )


def packed_twice(way: Way, delivery: Delivery, landed: Rows) -> tuple[str, str] | None:
    """Two files of one name (x.csv beside x.csv.gz) with the same charges, but not the same lines.

    One was unpacked or converted once, and the other was delivered again since.
    """
    for _, items in grouped(delivery.files, lambda item: ENDINGS.sub("", item.path)):
        names = [item.path for item in items]
        for one, other in combinations(names, 2):
            first, second = (
                replace(
                    landed,
                    relation=f"(select * from {landed.relation}"
                    f" where source_file = {literal(name)})",
                )
                for name in (one, other)
            )
            if not same_lines(way.con, first, second) and share_of_charges(way.con, first, second):
                return one, other
    return None


def read(way: Way, delivery: Delivery, *, is_whole: bool) -> Landed:
    """Land the files of a delivery beside the lake."""
    version = way.versions[delivery.id]
    export = way.export
    fetched = way.workspace.temporary / "fetched"
    facts = bill_facts(way, [Part(Known(delivery, Evidence(), version), "")], None)
    target = way.workspace.temporary / "landed" / version / "bill.parquet"
    name = export.name, delivery.bill
    files: tuple[Path, ...] = ()
    try:
        files = way.location.fetch(
            delivery.files, fetched, lambda size: way.meter.fetched(*name, size)
        )
        # A connection of its own: some damage ends DuckDB, and only this one must be let go.
        with (
            closing(connect(way.workspace.temporary)) as con,
            way.meter.watch(con, *name, delivery.size),
        ):
            notes = land(
                con,
                way.kind,
                way.table,
                files=files,
                label=Label(export.name, delivery.bill, export.currency, delivery.days),
                facts=facts,
                target=target,
                names=tuple(item.path for item in delivery.files),
                columns_kept=() if is_whole else columns_needed(way.table),
            )
        way.location.check_unchanged(delivery.files)
        if notes:
            way.records.notes[version] = by_address(" ".join(notes), files, delivery)
            way.untold.add(version)
    except CloudbillError as error:
        raise type(error)(by_address(str(error), files, delivery)) from None
    finally:
        shutil.rmtree(fetched, ignore_errors=True)
    way.landed[version] = Landed(target, is_whole, facts)
    return way.landed[version]


def by_address(sentence: str, files: tuple[Path, ...], delivery: Delivery) -> str:
    """A sentence that names files as they were delivered."""
    for path, item in zip(files, delivery.files, strict=False):
        sentence = sentence.replace(str(path), item.address)
    return sentence
