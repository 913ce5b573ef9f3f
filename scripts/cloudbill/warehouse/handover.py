"""One file is the warehouse while dbt builds and, once it is published, the publication.

Two files would take twice the room. So publishing gives the file away, after `hand_over` put aside
what is not for readers, and whoever builds next has `take_up` make the warehouse of a copy of it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from cloudbill.landing.land import connect
from cloudbill.sql import identifier, literal
from cloudbill.warehouse import files as warehouse
from cloudbill.warehouse.published import read
from cloudbill.workspace import Workspace, locked

CHARGES, SHOWN = "int_charges", "int_shown_bills"
"""The table that `charges` is a view of, and the bills that the view shows."""
OF_ALL_BILLS = (CHARGES, "tag_sets")
"""Tables that hold other bills, too."""
ASIDE = "working.aside"
"""The schema of what a published file held of the warehouse."""
VIEWS, TOKEN = "views", "token"
"""The tables there of how the views were made, and of what tells one handing over from another."""
OWN_VIEWS = "duckdb_views() where database_name = 'cloudbill' and not internal"
"""The views of the public file."""


def open_warehouse(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    """Open both files for reading, under the names that compiled SQL uses."""
    take_up(workspace)
    connection = duckdb.connect()
    for file in warehouse.files(workspace):
        connection.execute(f"attach {literal(str(file))} as {file.stem} (read_only)")
    connection.execute(
        f"set search_path = '{','.join(file.stem for file in warehouse.files(workspace))}'"
    )
    return connection


def open_to_change(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    """Open both files of the warehouse under their names, the public one first."""
    connection = connect(workspace.temporary)
    for file in warehouse.files(workspace):
        connection.execute(f"attach {literal(str(file))} as {file.stem}")
    # As in dbt's runs (macros/engine/keep_row_groups.sql), tables are not put together anew.
    connection.execute("use cloudbill; set max_vacuum_tasks = 0")
    return connection


def hand_over(connection: duckdb.DuckDBPyConnection, marts: set[str]) -> None:
    """Leave in the warehouse what is published: the marts, charges under the name of their view.

    What goes aside is written first, so that it is there if anything after it fails.
    """
    others = tables(connection, "cloudbill.main") - {*marts, *OF_ALL_BILLS}
    hidden = f"where unit_id not in (select unit_id from working.main.{SHOWN})"
    kept = dict.fromkeys(others, "") | dict.fromkeys(OF_ALL_BILLS, hidden)
    in_one_transaction(
        connection,
        f"drop schema if exists {ASIDE} cascade",
        f"create schema {ASIDE}",
        *(
            f"create table {ASIDE}.{identifier(name)} as from {identifier(name)} {rows}"
            for name, rows in kept.items()
        ),
        f"create table {ASIDE}.{VIEWS} as select sql from {OWN_VIEWS}",
        f"create table {ASIDE}.{TOKEN} as select uuid() as token",
    )
    in_one_transaction(
        connection,
        *drop_views(connection),
        *(f"drop table {identifier(name)}" for name in others),
        *(f"delete from {name} {hidden}" for name in OF_ALL_BILLS),
        f"alter table {CHARGES} rename to charges",
    )


def take_up(workspace: Workspace) -> None:
    """Make the warehouse of the file that was published from it, where it is not there.

    Only of one that is as it was published: what another program wrote there is no warehouse.
    """
    file, working = warehouse.files(workspace)
    try:
        if CHARGES in tables_of(file) or not working.exists():
            return
        with locked(workspace):
            if "charges" in tables_of(file):
                # Publishing it was cut short: it may be the publication, too.
                warehouse.own(file)
            elif read(workspace.handed_over) == pair(workspace, workspace.published / file.name):
                warehouse.write_ahead_log(file).unlink(missing_ok=True)
                warehouse.copy_whole(workspace.published / file.name, file)
            else:
                return
            with open_to_change(workspace) as connection:
                restore(connection)
    except duckdb.Error:
        return  # whoever opens them says what it is, or makes them anew


def pair(workspace: Workspace, public: Path) -> str:
    """Tell a public file as it was handed over, and the working one that has what went aside."""
    with duckdb.connect(str(workspace.working), read_only=True) as connection:
        schema = ASIDE.rpartition(".")[2]
        token = connection.execute(f"from {schema}.{TOKEN}").fetchone()
    return f"{warehouse.state_of(public)} {token}"


def tables_of(file: Path) -> set[str]:
    """Name the tables of a database file; none where it is not there."""
    if not file.exists():
        return set()
    with duckdb.connect(str(file), read_only=True) as connection:
        return tables(connection, f"{file.stem}.main")


def restore(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a file that was published what went aside, and the table of charges its name."""
    views = connection.execute(f"from {ASIDE}.{VIEWS}").fetchall()
    rows = {name: f"from {ASIDE}.{identifier(name)}" for name in tables(connection, ASIDE)}
    del rows[VIEWS], rows[TOKEN]
    in_one_transaction(
        connection,
        *drop_views(connection),
        f"alter table charges rename to {CHARGES}",
        *(
            f"create table if not exists {identifier(name)} as {found} limit 0;"
            f" insert into {identifier(name)} by name {found}"
            for name, found in rows.items()
        ),
        *(sql for (sql,) in views),
    )


def tables(connection: duckdb.DuckDBPyConnection, schema: str) -> set[str]:
    """Name the tables of a schema, `database.schema`."""
    # No parameters: with the first one, DuckDB imports pandas, in half a second.
    found = connection.execute(
        "select table_name from duckdb_tables()"
        f" where database_name || '.' || schema_name = {literal(schema)}"
    ).fetchall()
    return {name for (name,) in found}


def drop_views(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Write what drops all views of the public file."""
    names = connection.execute(f"select view_name from {OWN_VIEWS}").fetchall()
    return [f"drop view {identifier(name)}" for (name,) in names]


def in_one_transaction(connection: duckdb.DuckDBPyConnection, *statements: str) -> None:
    """Run them, or none of them."""
    connection.execute("; ".join(["begin", *statements, "commit"]))
