"""Publish the marts: a DuckDB file and Parquet, all from one build, switched in one step."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb

from cloudbill.landing import connect
from cloudbill.node_exports import export_node_prices
from cloudbill.readers import identifier, literal
from cloudbill.workspace import Workspace

# The oldest storage version that DuckDB still writes: readers with an older DuckDB can open it.
STORAGE_VERSION = "v1.0.0"


def publish(workspace: Workspace, tables: list[str]) -> Path:
    """Copy tables of the warehouse to a new publication and switch the link `published` to it.

    The publication before stays on disk, for readers that still have it open; older ones go.
    """
    number = max(published_numbers(workspace), default=0) + 1
    target = workspace.root / f"published.{number}"
    draft = workspace.root / ".published.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    with connect(workspace.temporary) as connection:
        connection.execute(f"attach {literal(str(workspace.warehouse))} as warehouse (read_only)")
        connection.execute(
            f"attach {literal(str(draft / 'cloudbill.duckdb'))} as publication"
            f" (storage_version '{STORAGE_VERSION}')"
        )
        for table in tables:
            name, file = identifier(table), literal(str(draft / f"{table}.parquet"))
            connection.execute(f"create table publication.{name} as from warehouse.{name}")
            connection.execute(f"copy warehouse.{name} to {file} (compression zstd)")
        if "node_prices" in tables:
            export_node_prices(connection, "publication.node_prices", draft)
        if "focus_charges" in tables:
            publish_focus(connection, draft / "focus")
    draft.rename(target)
    switch_link(workspace.published, target)
    for old in published_numbers(workspace):
        if old < number - 1:
            shutil.rmtree(workspace.root / f"published.{old}", ignore_errors=True)
    return target


def publish_focus(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write a FOCUS file for each provider, and the views of later versions of the same rows."""
    folder.mkdir()
    views = connection.execute(
        "select sql from duckdb_views()"
        " where database_name = 'warehouse' and starts_with(view_name, 'focus_charges_')"
    ).fetchall()
    for (sql,) in views:
        # A file's tables go by the name that the file is attached under: name none.
        connection.execute("use publication")
        connection.execute(re.sub(r'("?cloudbill"?\.)?"?main"?\.', "", sql))
    providers = connection.execute(
        "select distinct ProviderName from publication.focus_charges order by all"
    ).fetchall()
    for (provider,) in providers:
        name = re.sub(r"\W+", "_", provider).strip("_").lower()
        connection.execute(
            "copy (from publication.focus_charges"
            f" where ProviderName = {literal(provider)} order by ChargePeriodStart)"
            f" to {literal(str(folder / f'{name}.parquet'))} (compression zstd)"
        )


def published_numbers(workspace: Workspace) -> list[int]:
    """List the numbers of the publications on disk."""
    names = (path.suffix[1:] for path in workspace.root.glob("published.*"))
    return [int(name) for name in names if name.isdigit()]


def switch_link(link: Path, target: Path) -> None:
    """Point a symbolic link elsewhere in one atomic step."""
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target.name)
    new.replace(link)
