"""One export on its way into the lake: its deliveries are landed, put together, and moved in."""

import shutil
from dataclasses import replace
from itertools import groupby

from cloudbill.errors import RepeatedError
from cloudbill.failures import refusal
from cloudbill.lake.assembly import totals, write_bill
from cloudbill.lake.compose import compose
from cloudbill.lake.exports import check_counted_once
from cloudbill.lake.files import LakeFile
from cloudbill.lake.known import known_deliveries, old_versions
from cloudbill.lake.parts import Composition, Known, Part
from cloudbill.lake.questions import Questions
from cloudbill.lake.reading import learn, month_of, pending, work
from cloudbill.lake.records import write_records
from cloudbill.lake.results import LoadResult, Status
from cloudbill.lake.store import bill_path, count, remove
from cloudbill.lake.store import replace as move_in
from cloudbill.lake.way import Way, bill_facts
from cloudbill.sql import parquet


def deliver(way: Way) -> list[LoadResult]:
    """Bring the lake's bills of an export to what is delivered now."""
    try:
        bring_in(way)
    except Exception as error:
        # Whatever is wrong with one export, the others load.
        why = str(refusal(f"'{way.export.name}'", error))
        way.told.append(LoadResult(way.export.name, None, "refused", reason=why))
    shutil.rmtree(way.workspace.temporary / "landed", ignore_errors=True)
    told = [*way.refused.values(), *way.told]
    return sorted([*way.results.values(), *told], key=lambda result: result.bill or "")


def bring_in(way: Way) -> None:
    """Read what is not known yet, month by month, and move in what changes."""
    for _, batch in groupby(pending(way), key=month_of):
        for delivery in batch:
            way.meter.begin(work(way, delivery))
            rows = learn(way, delivery)
            way.meter.count(way.export.name, delivery.bill, rows)
        settle(way)
    composition = settle(way)
    conclude(way, composition)


def settle(way: Way) -> Composition:
    """Compose what is known, and move in the bills that differ from those in the lake."""
    knowns = known_deliveries(way)
    composition = compose(knowns, way.export.dataset, Questions(way))
    again: dict[str, Known] = {}
    for known, _ in composition.refused:
        # What was loaded before of a refused delivery stays.
        again |= {
            old.version: old
            for old in old_versions(way, {known.delivery.id})
            if old.version != known.version
        }
    if again:
        refused = {known.version for known, _ in composition.refused} | again.keys()
        ids = {known.delivery.id for known, _ in composition.refused}
        # Whole, and not beside what is left of it.
        kept = [
            known
            for known in knowns
            if known.version not in refused and not (known.is_gone and known.delivery.id in ids)
        ]
        further = compose([*kept, *again.values()], way.export.dataset, Questions(way))
        further.refused += composition.refused
        composition = further
    way.bills.clear()
    has_both = {dataset for _, dataset in composition.parts} == {"actual", "amortized"}
    for (period, dataset), parts in sorted(composition.parts.items()):
        assemble(way, period, dataset, parts, has_both=has_both)
    return composition


def assemble(way: Way, period: str, dataset: str, parts: list[Part], *, has_both: bool) -> None:
    """Write the bill that the parts make up, unless the lake has it."""
    export = way.export
    parts = sorted(parts, key=lambda part: (part.is_stray, part.known.delivery.id))
    stated = export.dataset or "actual"
    told = None
    if way.kind.dataset and (has_both or dataset not in (stated, "actual") or export.dataset):
        told = dataset
    key = period if dataset == stated else f"{period}-{dataset}"
    way.bills.add(key)
    file = way.files().get(key)
    facts = bill_facts(way, parts, told)
    if file and file.facts.get("version") == facts["version"]:
        current = set(way.versions.values())
        if any(part.known.version in current for part in parts) and key not in way.results:
            rows = count(way.con, file.path)
            way.results[key] = LoadResult(export.name, key, "unchanged", rows)
        return
    try:
        written, told_of_strays = write_bill(way, key, period, parts, facts)
        single = parts[0].known.delivery if len(parts) == 1 else None
        name = single.name if single else f"{key} of '{export.name}'"
        in_rows = {part.known.evidence.dataset for part in parts} - {None}
        elsewhere = check_counted_once(
            way.lake,
            export,
            LakeFile(written, export.kind, export.name, key, facts),
            name,
            told or (dataset if in_rows else None),
        )
    except Exception as error:
        first = parts[0].known.delivery
        bill = first.bill if len(parts) == 1 else key
        why = str(refusal(first.name, error))
        if file and file.facts.get("may_repeat") and not export.may_repeat:
            why = f"{why} {permission_taken_back(way, file, parts, error)}"
        way.results[key] = LoadResult(export.name, bill, "refused", reason=why)
        return
    status: Status = "changed" if file else "new"
    if (before := way.results.get(key)) and before.status == "new":
        status = "new"
    rows, cost = totals(way.con, way.table, parquet(written))
    move_in(written, bill_path(way.workspace, export.kind, export.name, key))
    way.lake.changed()
    notes = [contradiction(way, dataset, parts), returned(way, file, parts)]
    notes += [*told_of_strays, *elsewhere]
    # Said once, of the first bill that a delivery is part of.
    versions = [part.known.version for part in parts if part.known.version in way.untold]
    notes += [way.records.notes[version] for version in versions]
    way.untold.difference_update(versions)
    said = " ".join(note for note in notes if note) or None
    way.results[key] = LoadResult(export.name, key, status, rows, cost, said)


def permission_taken_back(way: Way, file: LakeFile, parts: list[Part], error: Exception) -> str:
    """Take out a bill that only `may_repeat: true` let in; what cannot come back stays.

    Tells which, since what stays is in every total.
    """
    delivered = set(way.versions.values())
    if isinstance(error, RepeatedError) and delivered >= {part.known.version for part in parts}:
        remove(file)
        way.lake.changed()
        return "It was in the lake by `may_repeat: true`, and is taken out."
    period = f"--billing-period {file.bill[:7]}"
    return (
        "It stays in the lake, where `may_repeat: true` let it in, and counts:"
        f" `cloudbill forget {file.export} {period}` takes it out."
    )


def contradiction(way: Way, dataset: str, parts: list[Part]) -> str | None:
    """What is told where rows are of another dataset than is said of them."""
    for part in parts:
        delivery, in_rows = part.known.delivery, part.known.evidence.dataset
        by_whom = "bills.yml" if way.export.dataset else "its manifest"
        said = way.export.dataset or delivery.dataset
        if said and in_rows and said != in_rows:
            return (
                f"{delivery.name} holds {in_rows} cost by its rows, and {by_whom} says {said}:"
                " read as what its rows say; correct `dataset:` or exchange the locations in"
                " bills.yml."
            )
    return None


def returned(way: Way, file: LakeFile | None, parts: list[Part]) -> str | None:
    """What is told where what counted is gone, and what it had replaced counts again."""
    counted = {told["version"]: told for told in file.parts} if file else {}
    there = {delivery.id for delivery in way.found.deliveries}
    gone = sorted(
        (told["id"], told["time"]) for told in counted.values() if told["id"] not in there
    )

    def was_replaced(known: Known) -> bool:
        # Of runs whose manifests tell which is newer, the older ones were never read.
        time = known.delivery.time[:19]
        return known.version in way.known_before or bool(time and gone and time < gone[0][1])

    back = [
        part.known.delivery.name
        for part in parts
        if part.known.version not in counted and was_replaced(part.known)
    ]
    if not (gone and back):
        return None
    return f"{gone[0][0]} is not there any more: {back[0]}, which it had replaced, counts again."


def conclude(way: Way, composition: Composition) -> None:
    """Tell what does not count, note what is known, and take out bills that nothing makes up."""
    name = way.export.name
    for known, why in composition.left_out:
        if known.is_gone:
            continue
        way.told.append(LoadResult(name, told_of(known), "skipped", reason=why))
    for known, why in composition.refused:
        way.told.append(LoadResult(name, known.delivery.bill, "refused", reason=why))
    if way.records.deliveries.keys() & set(way.versions.values()) or way.refused:
        way.told += way.beside
    else:
        remedy = "Nothing else is there: correct the location in bills.yml."
        way.told += [
            replace(result, status="refused", reason=f"{result.reason} {remedy}")
            for result in way.beside
        ]
    silent = {known.version for known, _ in composition.refused}
    for delivery in way.found.deliveries:
        version = way.versions[delivery.id]
        if version in way.records.deliveries and version not in silent:
            way.read |= {item.address for item in delivery.files}
            _, evidence = way.records.deliveries[version]
            if not evidence.rows and (delivery.bill is None or delivery.adds):
                why = f"{delivery.name} has no lines, and its path states no period."
                if delivery.bill:
                    why = f"{delivery.name} has no lines."
                way.told.append(LoadResult(name, None, "skipped", reason=why))
    # A bill whose files are gone goes with them once the lake has all of its lines from others.
    gone = [known for known, _ in composition.left_out if known.is_gone]
    replaced = {version for known in gone for version in known.versions_in_lake}
    is_all_in = all(result.status != "refused" for result in way.results.values())
    for file in way.files().values() if is_all_in else ():
        if file.bill not in way.bills and {told["version"] for told in file.parts} <= replaced:
            way.read |= set(file.sources)
    in_lake = {told["version"] for file in way.files().values() for told in file.parts}
    way.records.keep({*way.versions.values(), *in_lake})
    if way.records.deliveries or way.files():
        write_records(way.workspace, way.export.kind, name, way.records)


def told_of(known: Known) -> str | None:
    """The bill that a message is about, where the path does not say it already."""
    bills = sorted(known.evidence.accounts)
    return bills[0] if known.claims_nothing and bills else None
