"""One export on its way into the lake: its deliveries are landed, put together, and moved in."""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.config import Export
from cloudbill.delivered.files import Delivery, Found
from cloudbill.delivered.kinds import KINDS, Kind
from cloudbill.delivered.locations import ChangedError, Location
from cloudbill.errors import CloudbillError
from cloudbill.failures import refusal
from cloudbill.lake.compose import Compare, Composition, Known, Part, compose
from cloudbill.lake.duplicates import Rows, rows_in, share_of_charges, share_of_lines
from cloudbill.lake.evidence import (
    Evidence,
    account_sql,
    columns_needed,
    day_sql,
    read_evidence,
)
from cloudbill.lake.exports import Lake, check_counted_once
from cloudbill.lake.files import LakeFile
from cloudbill.lake.records import read_records, write_records
from cloudbill.lake.results import LoadResult, Meter, Status
from cloudbill.lake.store import bill_path, count, rows_of
from cloudbill.lake.store import replace as move_in
from cloudbill.landing.land import Label, connect, convert, land, write
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce, identifier, literal, literals
from cloudbill.workspace import Workspace

SUFFIX = {"actual": "", "amortized": "-amortized"}
"""Of bills, where one export delivers both datasets: actual cost has the period's own name."""


@dataclass
class Landed:
    """A delivery that was read in this load."""

    path: Path
    is_whole: bool
    """All its columns, not only those that tell what it is."""
    facts: dict[str, str] = field(default_factory=dict)
    """What the file carries: right if the delivery is all that its bill is made of."""


@dataclass
class Way:
    """An export on its way: where from, where to, and what is known so far."""

    con: duckdb.DuckDBPyConnection
    workspace: Workspace
    export: Export
    table: Table
    location: Location
    found: Found
    lake: Lake
    meter: Meter
    loaded_at: str
    results: dict[str, LoadResult] = field(default_factory=dict)
    """By bill."""
    told: list[LoadResult] = field(default_factory=list)
    """What does not count, and what is refused."""
    read: set[str] = field(default_factory=set)
    """Addresses of the files that the lake's bills stand for."""

    bills: set[str] = field(default_factory=set)
    """All bills that what is known makes up."""

    def __post_init__(self) -> None:
        """Look up what is known."""
        self.records = read_records(self.workspace, self.export.kind, self.export.name)
        self.known_before = frozenset(self.records.deliveries)
        self.versions = {
            delivery.id: self.version_of(delivery) for delivery in self.found.deliveries
        }
        self.landed: dict[str, Landed] = {}
        self.untold: set[str] = set()
        """Versions with notes that no result has told yet."""
        self.refused: dict[str, LoadResult] = {}
        """By version: what could not be read."""

    @property
    def kind(self) -> Kind:
        """What is peculiar to its kind."""
        return KINDS[self.export.kind]

    def version_of(self, delivery: Delivery) -> str:
        """What a landed delivery depends on."""
        states = [item.state for item in delivery.files]
        claims = [delivery.bill, delivery.days, delivery.rows]
        return fingerprint([states, claims, self.export.currency, self.table.fingerprint])

    def files(self) -> dict[str, LakeFile]:
        """The export's bills in the lake."""
        return {
            file.bill: file
            for file in self.lake.files()
            if (file.kind, file.export) == (self.export.kind, self.export.name)
        }


def fingerprint(facts: Iterable[Any]) -> str:
    """A short text that differs when the facts do."""
    return hashlib.md5(json.dumps(list(facts)).encode()).hexdigest()


def version_of(source: str, stated: dict[str, str], table: Table) -> str:
    """What a landed bill depends on: its parts, what is stated about them, and the schema."""
    return fingerprint([source, stated, table.fingerprint])


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
    return sorted(unread, key=_month)


def _month(delivery: Delivery) -> str:
    return delivery.bill or (delivery.days[0][:7] if delivery.days else "")


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
    for _, batch in groupby(pending(way), key=_month):
        for delivery in batch:
            way.meter.begin(work(way, delivery))
            rows = learn(way, delivery)
            way.meter.count(way.export.name, delivery.bill, rows)
        settle(way)
    composition = settle(way)
    conclude(way, composition)


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
    relation = rows_of(path)
    present = set(way.con.sql(f"select * from {relation}").columns)
    periods = [name for name in way.table.billing_periods if name in present]
    stated = f"count({coalesce(periods)})" if periods else "0"
    if way.con.execute(f"select {stated} from {relation}").fetchone() == (0,):
        raise CloudbillError(
            f"{delivery.name} lies in a folder of {delivery.bill}, and all its lines are of"
            f" {min(days)} to {max(days)}: move it into the folder of its month."
        )


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


def settle(way: Way) -> Composition:
    """Compose what is known, and move in the bills that differ from those in the lake."""
    knowns = known_deliveries(way)
    composition = compose(knowns, way.export.dataset, questions(way))
    again: dict[str, Known] = {}
    for known, _ in composition.refused:
        # What was loaded before of a refused delivery stays.
        again |= {
            old.version: old
            for old in old_versions(way, {known.delivery.id})
            if old.version != known.version
        }
    if again:
        refused = {known.version for known, _ in composition.refused}
        kept = [known for known in knowns if known.version not in refused]
        further = compose([*kept, *again.values()], way.export.dataset, questions(way))
        further.refused += composition.refused
        composition = further
    way.bills.clear()
    has_both = {dataset for _, dataset in composition.parts} == {"actual", "amortized"}
    for (period, dataset), parts in sorted(composition.parts.items()):
        assemble(way, period, dataset, parts, has_both=has_both)
    return composition


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
        for told in file.parts:
            version, id_ = told["version"], told["id"]
            now = current.get(id_)
            if (now and way.versions[id_] == version) or (ids and id_ not in ids):
                continue
            is_read = now is not None and way.versions[id_] in way.records.deliveries and not ids
            if is_read and is_anew(way, current[id_], file, told):
                continue
            claims, evidence = way.records.deliveries.get(version) or recovered(way, file, told)
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
    if period_of(file) in evidence.accounts or period_of(file) == delivery.bill:
        return True
    return set(told["files"]) <= {item.path for item in delivery.files}


def recovered(way: Way, file: LakeFile, told: dict[str, Any]) -> tuple[Delivery, Evidence]:
    """What the rows of a bill in the lake tell of a delivery that is known no more."""
    target = way.workspace.temporary / "recovered.parquet"
    listed = ", ".join(map(literal, told["files"]))
    write(
        way.con,
        f"select * replace ({period_sql(way.kind)} as bill) from {rows_of(file.path)}"
        f" where source_file in ({listed})",
        {},
        target,
    )
    days = told["days"] and tuple(told["days"])
    claims = Delivery(told["id"], (), days=days, time=told["time"])
    return claims, read_evidence(way.con, way.table, target)


def period_of(file: LakeFile) -> str:
    """The billing period, or ingestion day, of a bill in the lake."""
    for suffix in SUFFIX.values():
        if suffix:
            file_bill = file.bill.removesuffix(suffix)
            if file_bill != file.bill:
                return file_bill
    return file.bill


def period_sql(kind: Kind) -> str:
    """The column that says which bill a row belongs to."""
    return "bill" if kind.bill_columns else "billing_period"


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

    def shared_lines(one: Known, other: Known) -> float:
        def ask() -> float:
            rows = (rows_known(way, known, is_whole=True) for known in (one, other))
            return share_of_lines(way.con, *rows)

        return asked("lines", one, other, ask)

    def same_file(one: Known, its_file: str, other: Known, file: str) -> bool:
        def ask() -> float:
            first = rows_known(way, one, its_file, is_whole=True)
            second = rows_known(way, other, file, is_whole=True)
            return share_of_lines(way.con, first, second)

        pair = f"files:{fingerprint([its_file, file])}"
        return asked(pair, one, other, ask) == 1

    return Compare(share, same_file, shared_lines)


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
        relation = rows_of(landed.path)
    if file is not None:
        relation = f"(select * from {relation} where source_file = {literal(file)})"
    return rows_in(way.con, way.table, relation)


def is_at_hand(way: Way, known: Known) -> bool:
    """Whether the rows of a delivery need not be read again."""
    return known.version in way.landed or rows_in_lake(way, known) is not None


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
    return (
        f"(select * from read_parquet({literals(paths)}, hive_partitioning = false,"
        f" union_by_name = true) where source_file in ({listed}))"
    )


def bill_facts(way: Way, parts: list[Part], dataset: str | None) -> dict[str, str]:
    """What the file of a bill says of itself."""
    export = way.export
    claimed = {part.known.delivery.dataset or "" for part in parts}
    told = dataset or export.dataset or (claimed.pop() if len(claimed) == 1 else "")
    stated = {"scope": export.scope, "dataset": told, "currency": export.currency or ""}
    made_of = [part.facts() for part in parts]
    source = fingerprint(made_of)
    addresses = {item.address for part in parts for item in part.known.delivery.files}
    return {
        "kind": export.kind,
        "export": export.name,
        **stated,
        "source": source,
        "schema": way.table.fingerprint,
        "version": version_of(source, stated, way.table),
        "sources": json.dumps(sorted(addresses)),
        "parts": json.dumps(made_of),
        "loaded_at": way.loaded_at,
    }


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
        written = write_bill(way, key, period, parts, facts)
        single = parts[0].known.delivery if len(parts) == 1 else None
        name = single.name if single else f"{key} of '{export.name}'"
        in_rows = {part.known.evidence.dataset for part in parts} - {None}
        check_counted_once(
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
        way.results[key] = LoadResult(export.name, bill, "refused", reason=why)
        return
    status: Status = "changed" if file else "new"
    if (before := way.results.get(key)) and before.status == "new":
        status = "new"
    rows, cost = totals(way.con, way.table, written)
    move_in(written, bill_path(way.workspace, export.kind, export.name, key))
    way.lake.changed()
    notes = [contradiction(way, dataset, parts), returned(way, file, parts)]
    # Said once, of the first bill that a delivery is part of.
    versions = [part.known.version for part in parts if part.known.version in way.untold]
    notes += [way.records.notes[version] for version in versions]
    way.untold.difference_update(versions)
    said = " ".join(note for note in notes if note) or None
    way.results[key] = LoadResult(export.name, key, status, rows, cost, said)


def by_address(sentence: str, files: tuple[Path, ...], delivery: Delivery) -> str:
    """A sentence that names files as they were delivered."""
    for path, item in zip(files, delivery.files, strict=False):
        sentence = sentence.replace(str(path), item.address)
    return sentence


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
    counted = {told["version"]: told["id"] for told in file.parts} if file else {}
    gone = sorted(set(counted.values()) - {delivery.id for delivery in way.found.deliveries})
    back = [
        part.known.delivery.name
        for part in parts
        if part.known.version in way.known_before and part.known.version not in counted
    ]
    if not (gone and back):
        return None
    return f"{gone[0]} is not there any more: {back[0]}, which it had replaced, counts again."


def write_bill(way: Way, key: str, period: str, parts: list[Part], facts: dict[str, str]) -> Path:
    """The parts of a bill as one file beside the lake."""
    sources = [source_of(way, period, part) for part in parts]
    if len(parts) == 1:
        part = parts[0]
        landed = way.landed.get(part.known.version)
        is_all = set(part.known.evidence.accounts) <= {period}
        is_plain = not (part.minus or part.without or part.is_stray) and key == period
        if landed and landed.is_whole and is_all and is_plain and landed.facts == facts:
            del way.landed[part.known.version]
            return landed.path
    relations = [f"select * from {source}" for source in sources]
    present: set[str] = set()
    for number, part in enumerate(parts):
        if part.is_stray:
            columns = set(way.con.sql(f"select * from {sources[number]}").columns)
            relations[number] = strays(
                way, part, sources[number], relations[:number], sorted(columns & present)
            )
        present |= set(way.con.sql(relations[number]).columns)
    lines = "\nunion all by name\n".join(relations)
    target = way.workspace.temporary / "composed" / "bill.parquet"
    write(way.con, f"select * replace ({literal(key)} as bill) from ({lines})", facts, target)
    return target


def source_of(way: Way, period: str, part: Part) -> str:
    """The rows that a part gives a bill, from what was landed now, or from the lake."""
    known = part.known
    landed = way.landed.get(known.version)
    if landed is None or not landed.is_whole:
        relation = reusable(way, part)
        if relation is None:
            relation = rows_of(read(way, known.delivery, is_whole=True).path)
    else:
        relation = rows_of(landed.path)
    present = set(way.con.sql(f"select * from {relation}").columns)
    row = account_sql(way.kind, present), period_sql(way.kind), day_sql(way.table, present)
    conditions = [f"{period_sql(way.kind)} = {literal(period)}"]
    conditions += [f"not {cover.sql(*row)}" for cover in part.minus]
    if part.without:
        conditions.append(f"source_file not in ({', '.join(map(literal, part.without))})")
    return f"(select * from {relation} where {' and '.join(conditions)})"


def reusable(way: Way, part: Part) -> str | None:
    """The rows of a part that the lake has already, if it has them all."""
    relations = []
    minus = [cover.facts() for cover in part.minus]
    for file in way.files().values():
        for told in file.parts:
            if told["version"] != part.known.version or period_of(file) != part.period:
                continue
            has_all = all(cover in minus for cover in told["minus"])
            has_all = has_all and set(told["without"]) <= set(part.without)
            is_all = part.known.is_gone or (has_all and not told["is_stray"])
            if is_all or part.known.delivery.files == ():
                names = ", ".join(map(literal, told["files"]))
                relations.append(
                    f"select * from {rows_of(current_schema(way, file))}"
                    f" where source_file in ({names})"
                )
    if not relations:
        return None
    return f"({' union all by name '.join(relations)})"


def current_schema(way: Way, file: LakeFile) -> Path:
    """A bill of the lake in the current schema."""
    if file.facts["schema"] == way.table.fingerprint:
        return file.path
    target = way.workspace.temporary / "converted" / f"{file.bill}.parquet"
    currency = way.export.currency or ""
    convert(
        way.con,
        way.kind,
        way.table,
        source=file.path,
        currency=currency,
        facts=file.facts,
        target=target,
    )
    return target


def strays(way: Way, part: Part, source: str, before: list[str], columns: list[str]) -> str:
    """Lines that lie where they do not belong count once: if no other part has them."""
    compared = [identifier(name) for name in columns if name not in DERIVED]
    present = set(way.con.sql(f"select * from {source}").columns)
    day, period = day_sql(way.table, present), period_sql(way.kind)
    days = part.known.delivery.days
    claimed = [f"{period} in ({', '.join(map(literal, part.known.months))})"] if (
        part.known.months) else []  # fmt: skip
    if days:
        claimed.append(f"{day} between {literal(days[0])} and {literal(days[1])}")
    is_claimed = " or ".join(claimed) or "false"
    if not before:
        return f"select * from {source}"
    others = "\nunion all by name\n".join(before)
    line = f"hash({', '.join(compared)})" if compared else "0"
    return f"""
        select * exclude (line, number) from (
            select *, {line} as line, row_number() over (partition by {line}) as number
            from {source} where not ({is_claimed})
        ) anti join (
            select {line} as line, row_number() over (partition by {line}) as number
            from ({others})
        ) using (line, number)
        union all by name
        select * from {source} where {is_claimed}"""


def conclude(way: Way, composition: Composition) -> None:
    """Tell what does not count, note what is known, and take out bills that nothing makes up."""
    name = way.export.name
    for known, why in composition.left_out:
        if known.is_gone:
            continue
        way.told.append(LoadResult(name, told_of(known), "skipped", reason=why))
    for known, why in composition.refused:
        way.told.append(LoadResult(name, known.delivery.bill, "refused", reason=why))
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
    in_lake = {told["version"] for file in way.files().values() for told in file.parts}
    way.records.keep({*way.versions.values(), *in_lake})
    if way.records.deliveries or way.files():
        write_records(way.workspace, way.export.kind, name, way.records)


def told_of(known: Known) -> str | None:
    """The bill that a message is about, where the path does not say it already."""
    bills = sorted(known.evidence.accounts)
    return bills[0] if known.claims_nothing and bills else None


def totals(
    con: duckdb.DuckDBPyConnection, table: Table, path: Path
) -> tuple[int, dict[str | None, Any]]:
    """Rows, and cost by currency, of a landed bill."""
    present = set(con.sql(f"select * from {rows_of(path)}").columns)
    currencies = [f"nullif({name}, '')" for name in table.currencies if name in present]
    rows = con.execute(
        f"select {coalesce([*currencies, 'stated_currency'])} as currency,"
        f" coalesce(sum({table.amount(present)}), 0), count(*)"
        f" from {rows_of(path)} group by all order by all"
    ).fetchall()
    return sum(lines for *_, lines in rows), {currency: cost for currency, cost, _ in rows}
