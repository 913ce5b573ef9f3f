"""What is known of an export's deliveries, those that only the lake has included."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from cloudbill.delivered.files import Delivery
from cloudbill.delivered.locations import Item
from cloudbill.lake.evidence import Evidence, read_evidence
from cloudbill.lake.files import LakeFile
from cloudbill.lake.parts import Known
from cloudbill.lake.way import Way, fingerprint, period_of, period_sql
from cloudbill.landing.land import write
from cloudbill.sql import literal, parquet


def known_deliveries(way: Way) -> list[Known]:
    """What is delivered now and known, and what the lake has of what is gone or being replaced."""
    in_lake = {told["id"] for file in way.files().values() for told in file.parts}
    knowns = []
    for delivery in way.found.deliveries:
        version = way.versions[delivery.id]
        if version in way.records.deliveries:
            _, evidence = way.records.deliveries[version]
            knowns.append(Known(delivery, evidence, version, is_in_lake=delivery.id in in_lake))
    return knowns + old_versions(way)


def old_versions(way: Way, ids: Collection[str] = ()) -> list[Known]:
    """Deliveries of which only the lake has the rows; those with the `ids` whatever is known."""
    current = {delivery.id: delivery for delivery in way.found.deliveries}
    # The same files may be a delivery of another name since a manifest tells of them.
    versions = set(way.versions.values())
    bills: dict[str, tuple[dict[str, Any], list[LakeFile]]] = {}
    for file in way.files().values():
        for told in file.parts if not way.lake.has_moved(file) else ():
            now = current.get(told["id"])
            if told["version"] in versions or (ids and told["id"] not in ids):
                continue
            if ids or now is None or not is_read(way, now) or not is_anew(way, now, file, told):
                bills.setdefault(told["version"], (told, []))[1].append(file)
    versions_of = defaultdict(list)
    for told, _ in bills.values():
        versions_of[told["id"]].append(told["version"])
    found = []
    for told, files in bills.values():
        now = current.get(told["id"])
        is_gone = now is None or (not ids and is_read(way, now))
        if ids and now and len(versions_of[now.id]) > 1:
            # Files that it had before are gone, whatever is refused: what the lake has of each
            # counted beside the others.
            is_gone = not set(told["files"]) & {item.path for item in now.files}
        if now and not ids and is_gone and set(told["files"]) & {item.path for item in now.files}:
            found.append(of_gone_files(way, now, told, files))
            continue
        claims, evidence = facts_of(way, files, told)
        evidence = evidence.only(map(period_of, files))
        is_noted = told["version"] in way.records.deliveries
        known = Known(claims, evidence, told["version"], is_gone, is_in_lake=True)
        found.append(replace(known, is_recovered=not is_noted))
    return found


def is_read(way: Way, delivery: Delivery) -> bool:
    """Whether what is delivered now is known."""
    return way.versions[delivery.id] in way.records.deliveries


def is_anew(way: Way, delivery: Delivery, file: LakeFile, told: dict[str, Any]) -> bool:
    """Whether a delivery that was written again leaves nothing of what a bill has of it.

    Lines of a file that is gone may be in another one now, which comparing them tells.
    """
    _, evidence = way.records.deliveries[way.versions[delivery.id]]
    if delivery.adds and not evidence.rows:
        # What only ever adds lines takes none away: an empty extract is no later version.
        return False
    is_stated = period_of(file) == delivery.bill
    return is_stated or set(told["files"]) <= {item.path for item in delivery.files}


def of_gone_files(
    way: Way, delivery: Delivery, told: dict[str, Any], files: list[LakeFile]
) -> Known:
    """What bills have of the files that a delivery, written again, has no more."""
    names = sorted(set(told["files"]) - {item.path for item in delivery.files})
    version = fingerprint([told["version"], names])
    if version not in way.records.deliveries:
        claims, _ = facts_of(way, files, told)
        left = tuple(item for item in claims.files if item.path in names)
        evidence = evidence_in_lake(way, files, names)
        way.records.deliveries[version] = replace(claims, files=left), evidence
    claims, evidence = way.records.deliveries[version]
    return Known(claims, evidence, version, is_gone=True, is_in_lake=True, lies_as=told["version"])


def facts_of(way: Way, files: list[LakeFile], told: dict[str, Any]) -> tuple[Delivery, Evidence]:
    """The claims of a delivery that bills have lines of, and what its rows say."""
    return way.records.deliveries.get(told["version"]) or recovered(way, files, told)


def recovered(way: Way, files: list[LakeFile], told: dict[str, Any]) -> tuple[Delivery, Evidence]:
    """What the rows of bills in the lake tell of a delivery that is known no more."""
    # Sources are addresses, which end with the paths.
    sources = sorted({source for file in files for source in file.sources})
    addresses = {name: next(filter(of_path(name), sources), name) for name in told["files"]}
    claims = Delivery(
        told["id"],
        tuple(Item(address, name, 0, 0) for name, address in addresses.items()),
        days=told["days"] and tuple(told["days"]),
        time=told["time"],
        adds=told.get("adds", False),
    )
    return claims, evidence_in_lake(way, files, told["files"])


def of_path(path: str) -> Callable[[str], bool]:
    """Whether an address is that of a path."""
    return lambda address: address.endswith(path)


def evidence_in_lake(way: Way, files: Iterable[LakeFile], names: Iterable[str]) -> Evidence:
    """What the rows say that bills of the lake have of some delivered files."""
    target = way.workspace.temporary / "recovered.parquet"
    rows = parquet([file.path for file in files], "union_by_name = true")
    write(
        way.con,
        f"select * replace ({period_sql(way.kind)} as bill) from {rows}"
        f" where source_file in ({', '.join(map(literal, names))})",
        {},
        target,
    )
    return read_evidence(way.con, way.table, target)
