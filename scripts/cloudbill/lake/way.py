"""An export on its way into the lake: where from, where to, and what its bills depend on."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.config import Export
from cloudbill.delivered.files import Delivery, Found
from cloudbill.delivered.kinds import KINDS, Kind
from cloudbill.delivered.locations import Location
from cloudbill.lake.exports import Lake
from cloudbill.lake.files import LakeFile
from cloudbill.lake.parts import Part
from cloudbill.lake.records import read_records
from cloudbill.lake.results import LoadResult, Meter
from cloudbill.schema import Table
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
        self.beside: list[LoadResult] = []
        """What holds no charges."""

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


def stated_in(facts: dict[str, str]) -> dict[str, str]:
    """What was stated of a bill when it was loaded, of what its file says of itself."""
    names = ("scope", "dataset", "currency", "may_repeat")
    return {name: facts[name] for name in names if name in facts}


def version_of(source: str, stated: dict[str, str], table: Table) -> str:
    """What a landed bill depends on: its parts, what is stated about them, and the schema."""
    return fingerprint([source, stated, table.fingerprint])


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


def bill_facts(way: Way, parts: list[Part], dataset: str | None) -> dict[str, str]:
    """What the file of a bill says of itself."""
    export = way.export
    claimed = {part.known.delivery.dataset or "" for part in parts}
    told = dataset or export.dataset or (claimed.pop() if len(claimed) == 1 else "")
    stated = {"scope": export.scope, "dataset": told, "currency": export.currency or ""}
    if export.may_repeat:
        # Its charges were compared with nobody's: without the permission they have to be.
        stated["may_repeat"] = "true"
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
