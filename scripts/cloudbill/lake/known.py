"""What is known of an export's deliveries, those that only the lake has included; their rows."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from cloudbill.delivered.files import Delivery
from cloudbill.delivered.locations import Item
from cloudbill.lake.duplicates import (
    Rows,
    are_datasets_of_one,
    cost_told_anew,
    restates,
    rows_in,
    share_of_charges,
    share_of_lines,
    share_told_anew,
)
from cloudbill.lake.evidence import Evidence, read_evidence
from cloudbill.lake.files import LakeFile
from cloudbill.lake.parts import Compare, Cover, Known
from cloudbill.lake.reading import read
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


def questions(way: Way) -> Compare:
    """How `compose` gets to know what only rows tell."""

    def asked(what: str, one: Known, other: Known, ask: Any) -> float:
        pair = f"{what} {one.version} {other.version}"
        if pair not in way.records.compared:
            way.records.compared[pair] = ask()
        return way.records.compared[pair]

    def share(one: Known, other: Known) -> float:
        def ask() -> float:
            if not (is_at_hand(way, one) and is_at_hand(way, other)):
                # It was read once, and is not in the lake: another version stands for it.
                return 1.0
            return share_of_charges(way.con, *(rows_known(way, k) for k in (one, other)))

        return asked("charges", one, other, ask)

    def of_gone(what: str, one: Known, other: Known, told: Callable[..., float]) -> float:
        def ask() -> float:
            if any(known.is_gone and not is_at_hand(way, known) for known in (one, other)):
                return 1.0
            return told(way.con, *(rows_known(way, k) for k in (one, other)))

        return asked(what, one, other, ask)

    def restated(one: Known, other: Known) -> bool:
        return of_gone("costs", one, other, restates) == 1

    def told_anew(one: Known, other: Known) -> float:
        return of_gone("anew", one, other, share_told_anew)

    def differ(one: Known, other: Known) -> bool:
        return of_gone("differ", one, other, lambda *rows: cost_told_anew(*rows)[0]) == 1

    def cost_alike(one: Known, other: Known) -> bool:
        return of_gone("alike", one, other, lambda *rows: cost_told_anew(*rows)[1]) == 1

    def are_datasets(told: Known, other: Known) -> bool:
        def ask() -> float:
            return are_datasets_of_one(way.con, *(rows_known(way, k) for k in (told, other)))

        return asked("datasets", told, other, ask) == 1

    def shared_lines(one: Known, other: Known) -> float:
        def ask() -> float:
            rows = (rows_known(way, known, is_whole=True) for known in (one, other))
            return share_of_lines(way.con, *rows)

        return asked("lines", one, other, ask)

    def may_share_lines(one: Known, other: Known) -> bool:
        if lines_elsewhere(way, one) or lines_elsewhere(way, other):
            return True
        return shared_lines(one, other) > 0

    def same_file(one: Known, its_file: str, other: Known, file: str) -> bool:
        def ask() -> float:
            first = rows_known(way, one, its_file, is_whole=True)
            second = rows_known(way, other, file, is_whole=True)
            return share_of_lines(way.con, first, second)

        pair = f"files:{fingerprint([its_file, file])}"
        return asked(pair, one, other, ask) == 1

    return Compare(
        share,
        restated,
        told_anew,
        differ,
        cost_alike,
        are_datasets,
        same_file,
        shared_lines,
        may_share_lines,
    )


def rows_known(way: Way, known: Known, file: str | None = None, *, is_whole: bool = False) -> Rows:
    """The rows of a delivery, or of one of its files; read again where they are nowhere."""
    landed = way.landed.get(known.version)
    if landed is None or (is_whole and not landed.is_whole):
        in_lake = rows_in_lake(way, known)
        # What counts as another one's line the lake does not have of it; who asks for additions
        # whole knows.
        is_partial = not (is_whole and known.delivery.adds) and bool(lines_elsewhere(way, known))
        if (in_lake is None or is_partial) and not known.is_gone:
            landed = read(way, known.delivery, is_whole=is_whole)
        elif in_lake is not None:
            relation = in_lake
    if landed is not None and (landed.is_whole or not is_whole):
        relation = parquet(landed.path)
    if file is not None:
        relation = f"(select * from {relation} where source_file = {literal(file)})"
    return rows_in(way.con, way.table, relation)


def is_at_hand(way: Way, known: Known) -> bool:
    """Whether the rows of a delivery need not be read again."""
    return known.version in way.landed or rows_in_lake(way, known) is not None


def lines_elsewhere(way: Way, known: Known) -> set[str]:
    """Versions as whose lines the lake, which alone is at hand, counts some of a delivery."""
    landed = way.landed.get(known.version)
    if landed and landed.is_whole:
        return set()
    told = [part for file in way.files().values() for part in file.parts]
    minus = [
        cover
        for part in told
        if part["version"] in known.versions_in_lake
        for cover in part["minus"]
    ]
    return {version for version in map(Cover.of_lines, minus) if version}


def rows_in_lake(way: Way, known: Known) -> str | None:
    """The rows that the lake has of a delivery."""
    names = {item.path for item in known.delivery.files}
    paths = []
    for file in way.files().values():
        for told in file.parts:
            if told["version"] in known.versions_in_lake:
                paths.append(file.path)
    if not paths:
        return None
    listed = ", ".join(map(literal, sorted(names)))
    rows = parquet(paths, "union_by_name = true")
    return f"(select * from {rows} where source_file in ({listed}))"
