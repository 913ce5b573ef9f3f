"""Names for people of what bills call by an id."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from cloudbill.explorer.data import rows
from cloudbill.explorer.formats import short

# Of each dimension, the table and its columns of ids and names.
NAMED = {
    "Commitment": ("commitments", "commitment_discount_id", "commitment_name"),
    "Reservation": (
        "commitment_discounts", "reservation_id", "coalesce(commitment_name, instance_type)",
    ),
}  # fmt: skip


def names_of(dimension: str | None) -> dict[str, str]:
    """Return the names of ids of a dimension: as bought, with the end of the id."""
    if dimension not in NAMED:
        return {}
    table, identifier, name = NAMED[dimension]
    tables = set(rows("select table_name from duckdb_tables()")["table_name"])
    if table not in tables:
        return {}
    known = rows(
        f"select {identifier} as id, max({name}) as name from {table}"
        f" where {identifier} is not null group by all order by all"
    )
    found = {
        id: named(None if pd.isna(name) else name, id)
        for id, name in zip(known["id"], known["name"], strict=True)
    }
    # Two that would look alike keep their ids.
    alike = Counter(found.values())
    return {id: name for id, name in found.items() if alike[name] == 1}


def named(name: str | None, id: str | None) -> str:
    """Name a commitment as it was bought, with the end of its id, which tells equal ones apart."""
    if not id:
        return "not named by the bill"
    end = short(id)
    return f"{name}, {end[-8:]}" if name else end
