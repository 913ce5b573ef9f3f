"""What the lake holds: read from its files, written down for dbt in lake/bills.parquet."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.lake.evidence import dataset_in_rows
from cloudbill.lake.files import LakeFile, lake_files
from cloudbill.lake.store import replace
from cloudbill.landing.land import connect
from cloudbill.lists import azure_prices, azure_reservations, invoices, nodes
from cloudbill.lists.tables import write_empty_table
from cloudbill.schema import PROJECT, Schema, load_schema
from cloudbill.sql import literal, parquet
from cloudbill.workspace import Workspace, locked

__all__ = ["LakeFile", "lake_files", "write_index"]

COLUMNS = {
    "kind": "varchar",
    "export": "varchar",
    "bill": "varchar",
    "billing_period": "varchar",
    "scope": "varchar",
    "dataset": "varchar",
    "version": "varchar",
    "loaded_at": "timestamp",
    "line_count": "bigint",
    "unit_id": "varchar",
    # What the rows tell, kept so that an unchanged file is not read again.
    "dataset_in_rows": "varchar",
}


@dataclass(frozen=True)
class Content:
    """What the rows of a landed bill tell."""

    lines: dict[str, int]
    """By billing period."""
    dataset: str | None


def write_index(workspace: Workspace, project: Path = PROJECT) -> None:
    """Write lake/bills.parquet anew; files that it knows already are not read."""
    with locked(workspace):
        con = connect(workspace.temporary)
        files = lake_files(con, workspace)
        contents = known_contents(con, workspace)
        schema = load_schema(project)
        for file in files:
            if file.id not in contents:
                contents[file.id] = read_content(con, schema, file)
        datasets = resolve_datasets(files, contents)
        rows = [
            (*_row(file, period, datasets), lines, contents[file.id].dataset)
            for file in files
            for period, lines in sorted(contents[file.id].lines.items())
        ]
        nodes.write_schema_file(con, workspace)
        write_empty_table(con, workspace, invoices.TABLE)
        prices = azure_prices.versions(con, workspace)
        reservations = azure_reservations.digests(con, workspace)
        _replace(con, workspace, _with_unit_ids(rows, prices, reservations))


def known_contents(
    con: duckdb.DuckDBPyConnection, workspace: Workspace
) -> dict[tuple[str, str, str, str], Content]:
    """What the last index knows of each version of a file."""
    contents: dict[tuple[str, str, str, str], Content] = {}
    if workspace.index.exists():
        try:
            rows = con.execute(
                "select kind, export, bill, version, billing_period, line_count, dataset_in_rows"
                f" from {parquet(workspace.index)}"
            ).fetchall()
        except duckdb.Error:
            # A damaged index is written anew from the files.
            rows = []
        for kind, export, bill, version, period, lines, dataset in rows:
            content = contents.setdefault((kind, export, bill, version), Content({}, dataset))
            content.lines[period] = lines
    return contents


def read_content(con: duckdb.DuckDBPyConnection, schema: Schema, file: LakeFile) -> Content:
    """Count the lines of a landed bill by billing period, and see what its rows say it is."""
    rows = con.execute(
        f"select billing_period, count(*) from {parquet(file.path)} group by billing_period"
    )
    lines: dict[str, int] = dict(rows.fetchall())
    if not lines and len(file.bill) == len("2026-10"):
        # A delivery without lines replaces what the period had before.
        lines = {file.bill: 0}
    dataset = None if file.facts["dataset"] else dataset_in_rows(con, schema[file.kind], file.path)
    return Content(lines, dataset)


def resolve_datasets(
    files: Iterable[LakeFile], contents: dict[tuple[str, str, str, str], Content]
) -> dict[Path, str | None]:
    """The dataset of each file: stated, else told by its rows, else by the rest of its scope."""
    files = [file for file in files if KINDS[file.kind].dataset]
    datasets = {file.path: file.facts["dataset"] or contents[file.id].dataset for file in files}
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file in files:
        if dataset := datasets[file.path]:
            told[file.facts["scope"], file.export].add(dataset)
    for file in files:
        if datasets[file.path]:
            continue
        # A month without any commitment is the same in both datasets: nothing in it tells.
        own = told[file.facts["scope"], file.export]
        others = {
            dataset
            for (scope, export), tellings in told.items()
            if scope == file.facts["scope"] and export != file.export
            for dataset in tellings
        }
        amortized = own == {"amortized"} or (not own and others == {"actual"})
        datasets[file.path] = "amortized" if amortized else "actual"
    return datasets


def _row(file: LakeFile, period: str, datasets: dict[Path, str | None]) -> tuple[Any, ...]:
    return (
        file.kind,
        file.export,
        file.bill,
        period,
        file.facts["scope"],
        datasets.get(file.path),
        file.facts["version"],
        file.facts["loaded_at"],
    )


def _with_unit_ids(
    rows: list[tuple[Any, ...]],
    prices: azure_prices.Versions,
    reservations: azure_reservations.Digests,
) -> list[tuple[Any, ...]]:
    """One fingerprint for all files with lines of a scope and billing period."""
    members: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for kind, export, bill, period, scope, dataset, version, *_ in rows:
        members[scope, period].append([kind, export, bill, version, dataset])
    built = []
    for *facts, lines, in_rows in rows:
        scope, period = facts[4], facts[3]
        parts = [scope, period, sorted(members[scope, period], key=str)]
        if facts[0] == "azure_cost":
            lists = azure_prices.relevant(prices, period)
            lists += azure_reservations.relevant(reservations, period)
            parts += [lists] if lists else []
        unit_id = hashlib.md5(json.dumps(parts).encode()).hexdigest()
        built.append((*facts, lines, unit_id, in_rows))
    return built


def _replace(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, rows: list[tuple[Any, ...]]
) -> None:
    # Not as parameters, for which DuckDB would import pandas where it is installed.
    facts = json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    listed = f"select unnest(from_json({literal(facts)}, {literal(json.dumps([COLUMNS]))})) as bill"
    written = workspace.temporary / "bills.parquet"
    con.execute(f"copy (select bill.* from ({listed})) to {literal(str(written))} (format parquet)")
    replace(written, workspace.index)
