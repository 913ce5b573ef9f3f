"""Whether what plain dbt built can be published: of the present rules and bills, and tested.

dbt records what each relation was made by, and when, in tables `made` (macros/engine/made.sql), and
which tests passed in `tested` (macros/engine/tested.sql).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.sql import literal, parquet
from cloudbill.warehouse import sources
from cloudbill.warehouse.handover import ASIDE, open_warehouse
from cloudbill.warehouse.published import HELD_BACK
from cloudbill.workspace import Workspace

BILLS = "int_bills"
"""What dbt read of the lake: what reads bills is of its time."""
NAMED = 5
"""Names that a sentence tells."""


class Made(NamedTuple):
    """What a relation was made by; the run in which its rows may have changed, and the last run."""

    fingerprint: str
    made_at: str
    run_at: str


class Passed(NamedTuple):
    """What a test was when it passed, and in which run."""

    fingerprint: str
    passed_at: str


def gaps(workspace: Workspace, graph: Mapping[str, Any], present: dict[str, str]) -> list[str]:
    """Say in sentences what is missing, given dbt's nodes and what each would be made by now."""
    with open_warehouse(workspace) as connection:
        made, passed = read_made(connection), read_passed(connection)
        ours = {id_: node for id_, node in graph.items() if node.package_name == "cloudbill"}
        lists = listed_at(workspace)
        found = [*relation_gaps(ours, made, present, lists)]
        if not found:
            found = [*lake_gaps(connection, workspace, made[BILLS], lists)]
            found += test_gaps(ours, last_reads(ours, made, lists), passed, present)
    return found


def listed_at(workspace: Workspace) -> dict[str, str]:
    """When each table of the lake that holds no bills changed last, as dbt tells times of runs."""
    return {
        table: str(datetime.fromtimestamp(at, UTC))
        for table, at in sources.written(workspace).items()
        if table not in KINDS
    }


def read_made(connection: duckdb.DuckDBPyConnection) -> dict[str, Made]:
    """Read what was made; nothing where dbt built nothing."""
    tables = connection.execute(
        "select database_name || '.' || schema_name || '.' || table_name from duckdb_tables()"
        # What went aside is of what was published last.
        f" where table_name = 'made' and database_name || '.' || schema_name != {literal(ASIDE)}"
    ).fetchall()
    rows = [
        row
        for (table,) in tables
        for row in connection.execute(
            f"select relation, fingerprint, made_at, run_at from {table} where unit_id = ''"
        ).fetchall()
    ]
    return {relation: Made(*facts) for relation, *facts in rows}


def read_passed(connection: duckdb.DuckDBPyConnection) -> dict[str, Passed]:
    """Read which tests passed when they ran last."""
    try:
        rows = connection.execute("select test, fingerprint, passed_at from tested").fetchall()
    except duckdb.CatalogException:
        return {}
    return {test: Passed(*facts) for test, *facts in rows}


def relation_gaps(
    graph: Mapping[str, Any], made: dict[str, Made], present: dict[str, str], lists: dict[str, str]
) -> Iterator[str]:
    """Relations that are not built, of other rules, or older than what they read."""
    kinds = ("model", "seed")
    relations = {id_: node for id_, node in graph.items() if node.resource_type in kinds}
    names = [node.name for node in relations.values()]
    if absent := [name for name in names if name not in made]:
        yield from told("Not built", absent)
        return
    yield from told(
        "Built before their rules changed",
        (name for name in names if made[name].fingerprint != present[name]),
    )
    reads = last_reads(graph, made, lists)
    yield from told(
        "Built before what they read",
        (
            node.name
            for id_, node in relations.items()
            if node.config.materialized != "view" and made[node.name].run_at < reads[id_]
        ),
    )


def lake_gaps(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, bills: Made, lists: dict[str, str]
) -> Iterator[str]:
    """Bills and lists that came into the lake since, or left it."""
    rows = connection.execute(
        "select distinct export from (select export, bill, unit_id from"
        f" {parquet(workspace.index)}) as lake full join"
        " (select export_name as export, bill, unit_id from int_bills) as built"
        " using (export, bill, unit_id) where lake.unit_id is null or built.unit_id is null"
    ).fetchall()
    newer = [name for name, at in lists.items() if at > bills.run_at]
    yield from told("Changed in the lake since", [*(export for (export,) in rows), *newer])


def test_gaps(
    graph: Mapping[str, Any],
    reads: dict[str, str],
    passed: dict[str, Passed],
    present: dict[str, str],
) -> Iterator[str]:
    """Tests that did not pass, or ran before what they look at changed.

    That a bill is held back keeps no other from being published.
    """
    yield from told(
        "Tests that have not passed since",
        (
            node.name
            for id_, node in graph.items()
            if node.resource_type == "test"
            and node.name != HELD_BACK
            and (
                node.name not in passed
                or passed[node.name].fingerprint != present[node.name]
                or passed[node.name].passed_at < reads[id_]
            )
        ),
    )


def last_reads(
    graph: Mapping[str, Any], made: dict[str, Made], lists: dict[str, str]
) -> dict[str, str]:
    """Return the last run in which what each node reads may have changed, through views."""
    found: dict[str, str] = {}

    def last_change(id_: str) -> str:
        if id_.startswith("source."):
            return lists.get(id_.rpartition(".")[2], made[BILLS].made_at)
        node = graph[id_]
        if id_ not in found and node.config.materialized == "view":
            parents = max(map(last_change, node.depends_on_nodes), default="")
            found[id_] = max(made[node.name].made_at, parents)
        return found.setdefault(id_, made[node.name].made_at)

    return {
        id_: max(map(last_change, node.depends_on_nodes), default="") for id_, node in graph.items()
    }


def told(reason: str, names: Iterable[str]) -> Iterator[str]:
    """Say which are concerned, if any are."""
    found = sorted(set(names))
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    if found:
        yield f"{reason}: {', '.join(found[:NAMED])}{more}."
