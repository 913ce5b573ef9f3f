"""Publish the marts: a DuckDB file and Parquet, all from one build, switched in one step."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from cloudbill.read.catalog import models
from cloudbill.sql import identifier, literal, literals
from cloudbill.warehouse.bi_views import create_views
from cloudbill.warehouse.files import link
from cloudbill.warehouse.handover import CHARGES, SHOWN, hand_over, open_to_change, pair
from cloudbill.warehouse.node_exports import export_node_prices
from cloudbill.workspace import Workspace

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

OPTIONS = "format parquet, compression zstd, compression_level 1, write_bloom_filter false"
FOCUS, PROVIDER = "focus_charges", "ProviderName"
# What holds the units that a mart is published by, each in a file of its own; others are too many.
UNITS = ("int_built_bills", SHOWN, "int_cluster_units")
# Units of more rows, or of a larger part of all, are written by themselves, others so many at once:
# to sort rows by units takes more than to look for those of one, and memory.
LARGE = 100_000
PART = 1 / 100
TOGETHER = 500
# The file of a mart that has no unit: readers see its columns.
NO_UNIT = "none"


class Mart(NamedTuple):
    """A public table, and the column of its units where each is published in a file of its own."""

    name: str
    unit: str | None


def marts_of(project: Manifest) -> list[Mart]:
    """List what is published, the table of charges by the name of its view."""
    return sorted(
        Mart(
            "charges" if node.name == CHARGES else node.name,
            node.config.meta["unit_id"] if node.config.meta.get("units") in UNITS else None,
        )
        for node in project.nodes.values()
        if is_published(node)
    )


def is_published(node: Any) -> bool:
    """Tell whether a model of dbt is a table that is published."""
    is_table: bool = node.resource_type == "model" and node.config.materialized != "view"
    return is_table and (node.access == "public" or node.name == CHARGES)


def publish(workspace: Workspace, marts: list[Mart], *, again: bool) -> Path:
    """Make the warehouse a new publication, and switch the link `published` to it.

    With `again`, which tells that the warehouse is the one published last but for the builds that
    changed since, Parquet of the other builds comes from that publication. It stays on disk, for
    readers that still have it open; older ones go.
    """
    number = max(published_numbers(workspace), default=0) + 1
    target = workspace.root / f"published.{number}"
    draft = workspace.root / ".published.draft"
    before = workspace.published.resolve() if again and workspace.published.exists() else None
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    with open_to_change(workspace) as connection:
        hand_over(connection, {mart.name for mart in marts})
        create_later_focus(connection)
        create_views(connection)
        describe(connection, [mart.name for mart in marts])
        connection.execute("set partitioned_write_max_open_files = 10000")
        for mart in marts:
            write_parquet(connection, mart, draft, before)
        if any(mart.name == "node_prices" for mart in marts):
            export_node_prices(connection, "node_prices", draft)
        # What fails to be written fails here, not unsaid when the files are closed.
        connection.execute("checkpoint cloudbill; checkpoint working")
    workspace.handed_over.write_text(pair(workspace, workspace.warehouse))
    link(workspace.warehouse, draft / workspace.warehouse.name)
    draft.rename(target)
    switch_link(workspace.published, target)
    workspace.warehouse.unlink()
    for old in published_numbers(workspace):
        if old < number - 1:
            shutil.rmtree(workspace.root / f"published.{old}", ignore_errors=True)
    return target


def create_later_focus(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views of later versions of FOCUS, which dbt made in the working database."""
    views = connection.execute(
        "select sql from duckdb_views()"
        f" where database_name = 'working' and starts_with(view_name, '{FOCUS}_')"
    ).fetchall()
    for (sql,) in views:
        # A file's tables go by the name that the file is attached under: name none.
        connection.execute(re.sub(r'"?(working|cloudbill)"?\."?main"?\.', "", sql))


def describe(connection: duckdb.DuckDBPyConnection, marts: Iterable[str]) -> None:
    """Write what tables and columns mean into the database, as comments, where it is not there."""
    ours = "where database_name = current_database() and schema_name = 'main'"
    held: dict[tuple[str, str | None], str | None] = {
        (table, column): comment
        for table, column, comment in connection.execute(
            f"select table_name, null, comment from duckdb_tables() {ours}"
            f" union all select table_name, column_name, comment from duckdb_columns() {ours}"
        ).fetchall()
    }
    described, comments = set(marts), []
    for (table, column), comment in held.items():
        if table in described:
            model = models()[table]
            text = model.columns[column].text if column else model.text
            if text != comment:
                kind, named = ("column", f".{identifier(column)}") if column else ("table", "")
                comments.append(f"comment on {kind} {identifier(table)}{named} is {literal(text)}")
    if comments:
        connection.execute("; ".join(comments))


def write_parquet(
    connection: duckdb.DuckDBPyConnection, mart: Mart, draft: Path, before: Path | None
) -> None:
    """Write the Parquet of a mart: a file, or a folder with a file for each of its units.

    Rows of a unit never change: its file is that of the publication before, where that has it.
    FOCUS is in a folder for each provider, too: most bills are of one, and their files the same.
    """
    table = identifier(mart.name)
    if mart.unit is None:
        write(connection, f"from {table}", draft / f"{mart.name}.parquet")
        return
    folder = draft / mart.name
    held = before / mart.name if before else None
    write_units(connection, mart.unit, f"from {table}", folder, held)
    if mart.name == FOCUS:
        providers = f"select distinct {PROVIDER} from {table} order by all"
        folders = defaultdict(list)
        for (provider,) in connection.execute(providers).fetchall():
            folders[focus_folder(provider)].append(literal(provider))
        for name, several in folders.items():
            rows = f"from {table} where {PROVIDER} in ({', '.join(several)})"
            write_units(connection, mart.unit, rows, draft / "focus" / name, folder)


def focus_folder(provider: str) -> str:
    """The name of a provider's folder; names that differ in case or punctuation share one."""
    return re.sub(r"\W+", "_", provider).strip("_").lower() or "_"


def write_units(
    connection: duckdb.DuckDBPyConnection, unit: str, rows: str, folder: Path, held: Path | None
) -> None:
    """Write a file for each unit of these rows, or take over one that a folder holds already."""
    folder.mkdir(parents=True)
    column = identifier(unit)
    counted = f"select {column}, count(*) from ({rows}) group by all order by all"
    found = dict(connection.execute(counted).fetchall())
    if not found:
        write(connection, rows, folder / f"{NO_UNIT}.parquet")
    written = unit_files(connection, held)
    new = [name for name, count in found.items() if written.get(name, (None, 0))[1] != count]
    for name in found.keys() - set(new):
        file, _ = written[name]
        link(file, folder / file.name)
    limit = min(LARGE, PART * sum(found.values()))
    alone = new if len(new) == 1 else [name for name in new if found[name] > limit]
    for name in alone:
        chosen = f"from ({rows}) where {column} = {literal(name)}"
        write(connection, chosen, folder / f"{name}.parquet")
    others = [name for name in new if name not in alone]
    for start in range(0, len(others), TOGETHER):
        write_together(connection, unit, others[start : start + TOGETHER], rows, folder)


def write_together(
    connection: duckdb.DuckDBPyConnection, unit: str, names: list[str], rows: str, folder: Path
) -> None:
    """Write the files of several units in one pass over their rows."""
    column, draft = identifier(unit), folder / ".units"
    chosen = f"from ({rows}) where {column} in ({', '.join(map(literal, names))})"
    parts = f"partition_by ({column}), write_partition_columns true"
    connection.execute(f"copy ({chosen}) to {literal(str(draft))} ({OPTIONS}, {parts})")
    for name in names:
        (file,) = (draft / f"{unit}={name}").iterdir()
        file.rename(folder / f"{name}.parquet")
    shutil.rmtree(draft)


def write(connection: duckdb.DuckDBPyConnection, rows: str, file: Path) -> None:
    """Write one file."""
    connection.execute(f"copy ({rows}) to {literal(str(file))} ({OPTIONS})")


def unit_files(
    connection: duckdb.DuckDBPyConnection, folder: Path | None
) -> dict[str, tuple[Path, int]]:
    """Find the file of each unit in a folder, and count its rows."""
    files = sorted(folder.glob("*.parquet")) if folder else []
    if not files:
        return {}
    counted = f"select file_name, num_rows from parquet_file_metadata({literals(files)})"
    found = connection.execute(counted).fetchall()
    return {Path(name).stem: (Path(name), rows) for name, rows in found}


def published_numbers(workspace: Workspace) -> list[int]:
    """List the numbers of the publications on disk."""
    names = (path.suffix[1:] for path in workspace.root.glob("published.*"))
    return [int(name) for name in names if name.isdigit()]


def switch_link(link: Path, target: Path) -> None:
    """Point a symbolic link elsewhere in one atomic step.

    Copying a workspace may have made a folder of it, which becomes an older publication.
    """
    if link.is_dir() and not link.is_symlink():
        copied = link.with_name(f"{link.name}.0")
        shutil.rmtree(copied, ignore_errors=True)
        link.rename(copied)
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target.name)
    new.replace(link)
