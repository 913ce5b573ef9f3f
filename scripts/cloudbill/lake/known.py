"""What is known of an export's deliveries, those that only the lake has included; their rows."""

from collections.abc import Collection
from typing import Any

from cloudbill.delivered.files import Delivery
from cloudbill.lake.duplicates import (
    Rows,
    are_datasets_of_one,
    restates,
    rows_in,
    share_of_charges,
    share_of_lines,
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
    found: dict[str, Known] = {}
    for file in way.files().values():
        for told in file.parts if not way.lake.has_moved(file) else ():
            version, id_ = told["version"], told["id"]
            now = current.get(id_)
            if (now and way.versions[id_] == version) or (ids and id_ not in ids):
                continue
            is_read = now is not None and way.versions[id_] in way.records.deliveries and not ids
            if is_read and is_anew(way, current[id_], file, told):
                continue
            claims, evidence = facts_of(way, file, told)
            before = found[version].evidence.accounts if version in found else ()
            evidence = evidence.only({*before, period_of(file)})
            is_gone = now is None or is_read
            found[version] = Known(claims, evidence, version, is_gone, is_in_lake=True)
    return list(found.values())


def is_anew(way: Way, delivery: Delivery, file: LakeFile, told: dict[str, Any]) -> bool:
    """Whether a delivery that was written again leaves nothing of what a bill has of it.

    Where it has no lines of the bill any more, they stay if they came from a file that is gone.
    """
    _, evidence = way.records.deliveries[way.versions[delivery.id]]
    if delivery.adds and not evidence.rows:
        # What only ever adds lines takes none away: an empty extract is no later version.
        return False
    files = {item.path for item in delivery.files}
    if period_of(file) in evidence.accounts:
        if files.isdisjoint(told["files"]):
            # Late lines of a month do not stand for the file that had all of it.
            before = facts_of(way, file, told)[1]
            days = [set(has.days.get(period_of(file), ())) for has in (before, evidence)]
            return days[0] <= days[1]
        return True
    return period_of(file) == delivery.bill or set(told["files"]) <= files


def facts_of(way: Way, file: LakeFile, told: dict[str, Any]) -> tuple[Delivery, Evidence]:
    """The claims of a delivery that a bill has lines of, and what its rows say."""
    return way.records.deliveries.get(told["version"]) or recovered(way, file, told)


def recovered(way: Way, file: LakeFile, told: dict[str, Any]) -> tuple[Delivery, Evidence]:
    """What the rows of a bill in the lake tell of a delivery that is known no more."""
    target = way.workspace.temporary / "recovered.parquet"
    listed = ", ".join(map(literal, told["files"]))
    write(
        way.con,
        f"select * replace ({period_sql(way.kind)} as bill) from {parquet(file.path)}"
        f" where source_file in ({listed})",
        {},
        target,
    )
    days = told["days"] and tuple(told["days"])
    claims = Delivery(told["id"], (), days=days, time=told["time"])
    return claims, read_evidence(way.con, way.table, target)


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

    def restated(one: Known, other: Known) -> bool:
        def ask() -> float:
            if any(known.is_gone and not is_at_hand(way, known) for known in (one, other)):
                return 1.0
            return restates(way.con, *(rows_known(way, k) for k in (one, other)))

        return asked("restated", one, other, ask) == 1

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

    return Compare(share, restated, are_datasets, same_file, shared_lines, may_share_lines)


def rows_known(way: Way, known: Known, file: str | None = None, *, is_whole: bool = False) -> Rows:
    """The rows of a delivery, or of one of its files; read again where they are nowhere."""
    landed = way.landed.get(known.version)
    if landed is None or (is_whole and not landed.is_whole):
        in_lake = rows_in_lake(way, known)
        if in_lake is None and not known.is_gone:
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
    minus = [cover for part in told if part["version"] == known.version for cover in part["minus"]]
    return {version for version in map(Cover.of_lines, minus) if version}


def rows_in_lake(way: Way, known: Known) -> str | None:
    """The rows that the lake has of a delivery."""
    names = [item.path for item in known.delivery.files]
    paths = []
    for file in way.files().values():
        for told in file.parts:
            if told["version"] == known.version:
                names += told["files"]
                paths.append(file.path)
    if not paths:
        return None
    listed = ", ".join(map(literal, sorted(set(names))))
    rows = parquet(paths, "union_by_name = true")
    return f"(select * from {rows} where source_file in ({listed}))"
