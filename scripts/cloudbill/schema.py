"""What the loader knows of raw columns, read from models/staging/*/_*__sources.yml."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from cloudbill.errors import CloudbillError

CLONE = Path(__file__).resolve().parents[2]
PROJECT = CLONE if (CLONE / "dbt_project.yml").exists() else Path(__file__).with_name("project")
"""The dbt project: the clone, or what a wheel carries of it."""
LANDING = 5
"""Raise this when landing itself changes, or what deliveries are told to have in common, so that
bills landed before are landed and compared again."""

DERIVED = {
    "export": "varchar",
    "bill": "varchar",
    "billing_period": "varchar",
    "stated_currency": "varchar",
    "tag_set_id": "varchar",
    "source_file": "varchar",
}
"""Columns that landing adds to what was delivered."""


@dataclass(frozen=True)
class Table:
    """A table of the lake: one kind of export."""

    kind: str
    columns: dict[str, str]
    """Types by name, the derived columns first."""
    headers: dict[str, str]
    """Column by a delivered spelling, lower-cased, that the clean-up rule does not reach."""
    dates: tuple[str, ...]
    billing_periods: tuple[str, ...]
    costs: tuple[str, ...]
    credits: tuple[str, ...]
    """Amounts beside the cost that a bill is reduced by."""
    currencies: tuple[str, ...]
    services: tuple[str, ...]
    tags: str | None
    more_tags: str | None
    """Another map, whose keys count where the tags have none."""
    quantity: tuple[str, ...]
    """What a line measures, and in which unit."""
    units: tuple[str, ...]
    details: frozenset[str]
    """Maps that tell machines."""
    lists: frozenset[str]
    """Lists of amounts that a line holds as text."""
    quantities: frozenset[str]
    """Amounts that are no money: one too large for its type is none."""

    def amount(self, present: set[str]) -> str:
        """SQL of what a line adds to its bill: its cost and the credits beside it."""
        costs = ", ".join(name for name in self.costs if name in present)
        credits_ = [f" + coalesce({name}, 0)" for name in self.credits if name in present]
        return f"coalesce({costs}, 0){''.join(credits_)}"

    @cached_property
    def fingerprint(self) -> str:
        """Changes with anything that bills would land differently for."""
        facts = [LANDING, self.kind, self.columns, self.headers, self.dates]
        facts += [self.billing_periods, self.costs, self.currencies, self.tags]
        facts += [sorted(self.lists), sorted(self.quantities), self.more_tags]
        return hashlib.md5(json.dumps(facts).encode()).hexdigest()


Schema = dict[str, Table]


@cache
def load_schema(project: Path = PROJECT) -> Schema:
    """All tables of the lake by kind."""
    return {table.kind: table for table in _tables(project / "models" / "staging")}


def _tables(staging: Path) -> Iterator[Table]:
    import yaml  # What reads the lake's index alone needs no tables.

    for path in sorted(staging.glob("*/_*__sources.yml")):
        sources = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["sources"]
        for table in (table for source in sources for table in source["tables"]):
            meta = table.get("config", {}).get("meta", {})
            if "cost" in meta:
                yield _table(path, table, meta)


def _table(path: Path, table: dict, meta: dict) -> Table:  # type: ignore[type-arg]
    columns = dict(DERIVED)
    headers: dict[str, str] = {}
    lists: set[str] = set()
    quantities: set[str] = set()
    details: set[str] = set()
    for column in table["columns"]:
        name, facts = column["name"], column.get("config", {}).get("meta", {})
        columns[name] = column["data_type"].lower()
        headers |= {header.strip().lower(): name for header in facts.get("headers", [])}
        if facts.get("list"):
            lists.add(name)
        if facts.get("quantity"):
            quantities.add(name)
        if facts.get("details"):
            details.add(name)
    names = [*meta["date"], *meta.get("billing_period", []), *meta["cost"]]
    names += [*meta.get("currency", []), *([meta["tags"]] if meta.get("tags") else [])]
    if unknown := [name for name in names if name not in columns]:
        raise CloudbillError(f"{path}: {table['name']} has no column {unknown[0]}.")
    return Table(
        kind=table["name"],
        columns=columns,
        headers=headers,
        dates=tuple(meta["date"]),
        billing_periods=tuple(meta.get("billing_period", [])),
        costs=tuple(meta["cost"]),
        credits=tuple(meta.get("credits", [])),
        currencies=tuple(meta.get("currency", [])),
        services=tuple(meta.get("service", [])),
        tags=meta.get("tags"),
        more_tags=meta.get("more_tags"),
        quantity=tuple(meta.get("quantity", [])),
        units=tuple(meta.get("unit", [])),
        details=frozenset(details),
        lists=frozenset(lists),
        quantities=frozenset(quantities),
    )


@cache
def hour_words() -> frozenset[str]:
    """The hour in the languages of exports, in lower case."""
    with (PROJECT / "seeds" / "hour_units.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["unit"] for row in csv.DictReader(file))
