"""Proof that Spark's numbers are DuckDB's: both build the same lake, and every mart is compared.

`make spark-parity` does it on a random bill of a million lines; LINES says how many, SEED which.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

RATIO = 1e-12


def main() -> int:
    """Make bills, build them on both engines and print each mart's rows and differences."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", type=Path, help="Where to work; a temporary folder otherwise.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        bills, workspace = folder / "bills", folder / "workspace"
        print(f"{options.lines:,} lines of seed {options.seed}")
        lines = ["--lines", options.lines, "--seed", options.seed, "--formats", "all"]
        cloudbill("sample", "--out", bills, *lines)
        cloudbill("load", "--config", bills / "bills.yml", "--workspace", workspace)
        publications = [build(workspace, target) for target in ("duckdb", "spark")]
        return 1 if print_differences(*publications) else 0


def cloudbill(*arguments: object) -> None:
    """Run a command of Cloudbill and print how long it took."""
    started = time.monotonic()
    command = [sys.executable, "-m", "cloudbill.cli", *map(str, arguments)]
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"}
    )
    print(f"{arguments[0]} {arguments[-1] if arguments[0] == 'build' else ''}"
          f" {time.monotonic() - started:.0f} s", flush=True)  # fmt: skip


def build(workspace: Path, target: str) -> Path:
    """Build on an engine and return what it published."""
    cloudbill("build", "--workspace", workspace, "--target", target)
    return (workspace / "published").resolve()


def print_differences(ours: Path, theirs: Path) -> int:
    """Print a line for each mart and return how many differ."""
    differing = 0
    for mart, rows, found in compare(ours, theirs):
        print(f"{mart:24} {rows:>12,} rows  {found or 'equal'}", flush=True)
        differing += bool(found)
    return differing


def compare(ours: Path, theirs: Path) -> Iterator[tuple[str, int, str]]:
    """Compare two publications; yield each mart, its rows and what differs (nothing: '')."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, folder in (("ours", ours), ("theirs", theirs)):
            connection.execute(f"attach '{folder}/cloudbill.duckdb' as of_{name} (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'of_ours' order by all"
        ).fetchall()
        for (mart,) in tables:
            for name in ("ours", "theirs"):
                connection.execute(f"create or replace view {name} as from of_{name}.{mart}")
            rows = connection.execute("select count(*) from ours").fetchone()
            yield mart, rows[0] if rows else 0, difference(connection)


def difference(connection: duckdb.DuckDBPyConnection) -> str:
    """Tell how the views `ours` and `theirs` differ: every row, exactly, but ratios to 1e-12."""
    columns, others = (
        dict(
            connection.execute(f"select column_name, column_type from (describe {name})").fetchall()
        )
        for name in ("ours", "theirs")
    )
    if columns != others:
        return f"columns {sorted(columns.items() ^ others.items())}"
    exact = ", ".join(f'"{name}"' for name, kind in columns.items() if kind != "DOUBLE")
    missing, more = (
        connection.execute(
            f"select count(*) from (select {exact} from {one} except all select {exact} from {two})"
        ).fetchone()
        for one, two in (("ours", "theirs"), ("theirs", "ours"))
    )
    if missing != (0,) or more != (0,):
        return f"{missing} rows are missing, {more} are more"
    ratios = [name for name, kind in columns.items() if kind == "DOUBLE"]
    if not ratios:
        return ""
    for name in ("ours", "theirs"):
        connection.execute(
            f"create or replace table {name}_ratios as select hash(row({exact})) as key,"
            f" row_number() over (partition by key order by {quoted(ratios)}) as number,"
            f" {quoted(ratios)} from {name}"
        )
    wrong = " or ".join(
        f'(a."{name}" is null) != (b."{name}" is null)'
        f' or abs(a."{name}" - b."{name}") > {RATIO} * greatest(1, abs(a."{name}"))'
        for name in ratios
    )
    found = connection.execute(
        "select count(*) from ours_ratios as a"
        f" full join theirs_ratios as b using (key, number) where {wrong}"
    ).fetchone()
    return "" if found == (0,) else f"{found} rows have another ratio"


def quoted(names: list[str]) -> str:
    """List columns."""
    return ", ".join(f'"{name}"' for name in names)


if __name__ == "__main__":
    sys.exit(main())
