"""Publish the marts: a DuckDB file and Parquet, all from one build, switched in one step."""

from __future__ import annotations

import os
import re
import shutil
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb

from cloudbill.landing.land import connect
from cloudbill.sql import identifier, literal
from cloudbill.warehouse.bi_views import create_views
from cloudbill.warehouse.node_exports import export_node_prices
from cloudbill.warehouse.parquet import RowGroup, assemble, row_groups
from cloudbill.workspace import Workspace

OPTIONS = "format parquet, compression zstd, compression_level 1, write_bloom_filter false"
FOCUS, PROVIDER = "focus_charges", "ProviderName"
# The unit whose rows never change; where a mart has several, the first.
BUILD_COLUMNS = ("cluster_build_id", "build_id", "x_CloudbillBuildId")
# Rows of a table that is worth keeping in parts: DuckDB's row group.
LARGE = 122_880

# Row groups by what all their rows have in common: the build, the provider.
Parts = dict[tuple[str | None, ...], list[RowGroup]]


class Mart(NamedTuple):
    """A public table; an incremental one keeps the rows of builds that did not change."""

    name: str
    is_incremental: bool


def publish(workspace: Workspace, marts: list[Mart], *, again: bool) -> Path:
    """Copy the warehouse to a new publication and switch the link `published` to it.

    With `again`, which tells that the warehouse is the one published last but for the builds that
    changed since, Parquet of the other builds comes from that publication. It stays on disk, for
    readers that still have it open; older ones go.
    """
    number = max(published_numbers(workspace), default=0) + 1
    target = workspace.root / f"published.{number}"
    draft = workspace.root / ".published.draft"
    before = workspace.published.resolve() if again and workspace.published.exists() else None
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "focus").mkdir(parents=True)
    database = draft / "cloudbill.duckdb"
    shutil.copyfile(workspace.warehouse, database)
    with connect(workspace.temporary) as connection:
        connection.execute(f"attach {literal(str(workspace.working))} as working (read_only)")
        connection.execute(f"attach {literal(str(database))} as publication")
        connection.execute("use publication")
        tidy(connection, {mart.name for mart in marts})
        create_views(connection)
        for mart in marts:
            write_parquet(connection, mart, draft, before)
        if any(mart.name == "node_prices" for mart in marts):
            export_node_prices(connection, "node_prices", draft)
    draft.rename(target)
    switch_link(workspace.published, target)
    for old in published_numbers(workspace):
        if old < number - 1:
            shutil.rmtree(workspace.root / f"published.{old}", ignore_errors=True)
    return target


def tidy(connection: duckdb.DuckDBPyConnection, marts: set[str]) -> None:
    """Leave nothing in the copy but the marts, and the views of later versions of FOCUS on them."""
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'publication'"
    ).fetchall()
    for table in {name for (name,) in found} - marts:
        connection.execute(f"drop table {identifier(table)}")
    views = connection.execute(
        "select sql from duckdb_views()"
        f" where database_name = 'working' and starts_with(view_name, '{FOCUS}_')"
    ).fetchall()
    for (sql,) in views:
        # A file's tables go by the name that the file is attached under: name none.
        connection.execute(re.sub(r'"?(working|cloudbill)"?\."?main"?\.', "", sql))


def write_parquet(
    connection: duckdb.DuckDBPyConnection, mart: Mart, draft: Path, before: Path | None
) -> None:
    """Write the Parquet file of a mart, and of FOCUS one for each provider.

    Large ones are put together from parts, of which those that did not change are taken over.
    """
    table, file = identifier(mart.name), f"{mart.name}.parquet"
    columns = part_columns(connection, mart)
    found = connection.execute(
        f"select {''.join(f'{column}, ' for column in columns)}count(*) from {table}"
        " group by all order by all"
    ).fetchall()
    wanted = {tuple(key): rows for *key, rows in found}
    if not columns or not wanted:
        connection.execute(f"copy {table} to {literal(str(draft / file))} ({OPTIONS})")
        return
    # Rows of a build never change; those of a provider do.
    held = parts_of(before / file, columns) if before and {*columns} & {*BUILD_COLUMNS} else {}
    with TemporaryDirectory(dir=draft) as folder:
        parts = {}
        for number, (key, rows) in enumerate(wanted.items()):
            if sum(group.rows for group in held.get(key, [])) == rows:
                parts[key] = held[key]
                continue
            part = Path(folder) / f"{number}.parquet"
            rows_of_part = " and ".join(
                f"{column} = {literal(value)}" for column, value in zip(columns, key, strict=True)
            )
            connection.execute(
                f"copy (from {table} where {rows_of_part}) to {literal(str(part))} ({OPTIONS})"
            )
            parts[key] = row_groups(part, columns)
        write_parts(draft, file, parts, held, before)
        if mart.name == FOCUS:
            for provider in {key[0] for key in parts}:
                name = re.sub(r"\W+", "_", provider).strip("_").lower()
                write_parts(
                    draft,
                    f"focus/{name}.parquet",
                    {key: groups for key, groups in parts.items() if key[0] == provider},
                    {key: groups for key, groups in held.items() if key[0] == provider},
                    before,
                )


def part_columns(connection: duckdb.DuckDBPyConnection, mart: Mart) -> list[str]:
    """Name the columns that tell the parts of a mart apart."""
    table = connection.table(mart.name)
    builds = [name for name in BUILD_COLUMNS if name in table.columns][:1]
    if not mart.is_incremental or len(table) < LARGE:
        builds = []
    wanted = [*([PROVIDER] if mart.name == FOCUS else []), *builds]
    return [name for name in wanted if name in table.columns]


def parts_of(file: Path, columns: list[str]) -> Parts:
    """Find the parts of a published file; none when a row group holds rows of several."""
    parts: Parts = defaultdict(list)
    for group in row_groups(file, columns) if file.exists() else []:
        if None in group.values:
            return {}
        parts[group.values].append(group)
    return parts


def write_parts(draft: Path, file: str, parts: Parts, held: Parts, before: Path | None) -> None:
    """Write a file of these parts; link to that of the publication before if it is the same."""
    if before and parts == held and (before / file).exists():
        os.link(before / file, draft / file)
    else:
        assemble(draft / file, [group for groups in parts.values() for group in groups])


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
