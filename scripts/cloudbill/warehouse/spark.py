"""What a build on Spark needs beside dbt: its session, and its tables as DuckDB sees them."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable
from importlib.util import find_spec
from os import environ
from pathlib import Path
from shutil import rmtree, which
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import duckdb
import yaml

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.schema import PROJECT
from cloudbill.sql import identifier, literal
from cloudbill.warehouse.handover import SHOWN
from cloudbill.warehouse.publish import is_published
from cloudbill.workspace import DUCKDB, Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

warnings.filterwarnings("ignore", "PySpark does not yet", FutureWarning)
# Spark logs each failed statement with its stack; dbt tells what went wrong.
logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)


def check_target(target: str) -> None:
    """Refuse a target that profiles.yml does not have, or whose adapter is not installed."""
    if target == DUCKDB:
        return
    outputs = yaml.safe_load((PROJECT / "profiles.yml").read_text())["cloudbill"]["outputs"]
    if target not in outputs:
        raise CloudbillError(
            f"profiles.yml has no target {target}: choose one of {', '.join(outputs)}, or add it"
            " (docs/scale.md).",
            USAGE,
        )
    if find_spec("dbt.adapters.spark") is None:
        raise CloudbillError(
            "Spark is not installed: make spark installs it, and so does"
            " pip install 'cloudbill[spark]'.",
            USAGE,
        )
    if outputs[target].get("method") == "session" and not (which("java") or "JAVA_HOME" in environ):
        raise CloudbillError("Spark needs Java 17 or newer, and none was found.", USAGE)


def discard(workspace: Workspace) -> None:
    """Delete tables on this machine and their catalog: a killed build may leave files of either."""
    for folder in ("tables", "catalog") if (workspace.home / "tables").exists() else ():
        rmtree(workspace.home / folder, ignore_errors=True)


def session() -> SparkSession | None:
    """Return Spark's session in this process; None when dbt reached a cluster another way."""
    if find_spec("pyspark") is None:
        return None
    from pyspark import SparkContext  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    if SparkContext._active_spark_context is None:
        return None
    return SparkSession.builder.getOrCreate()


def fetch(query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run a query in the session of dbt; nothing where there is none."""
    running = session()
    if running is None:
        return [], []
    found = running.sql(query)
    return found.columns, [tuple(row) for row in found.collect()]


def stop() -> None:
    """End the session, which holds memory and the catalog's lock."""
    if running := session():
        running.stop()


def local_tables() -> Path | None:
    """Return the folder of Spark's tables, if they are files on this machine."""
    running = session()
    if running is None:
        return None
    address = urlsplit(running.conf.get("spark.sql.warehouse.dir") or "")
    return Path(unquote(address.path)) if address.scheme in ("", "file") else None


def copy_marts(tables: Path, workspace: Workspace, nodes: Iterable[Any]) -> None:
    """Write what DuckDB's own build leaves: a database of public tables, another of their views."""
    models = [node for node in nodes if node.resource_type == "model"]
    (shown,) = (node for node in models if node.name == SHOWN)
    for file in (workspace.warehouse, workspace.working):
        file.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
        # As profiles.yml has it.
        connection.execute(
            f"attach {literal(str(workspace.warehouse))} as cloudbill (storage_version 'v1.4.0')"
        )
        connection.execute(f"attach {literal(str(workspace.working))} as working")
        connection.execute(f"create table working.{SHOWN} as {files_of(tables, shown)}")
        for node in models:
            if is_published(node):
                rows = files_of(tables, node)
                connection.execute(f"create table cloudbill.{identifier(node.name)} as {rows}")
        for node in models:
            if node.access == "protected" and node.fqn[1] == "marts":
                view = re.sub(rf"`?{node.schema}`?\.", "cloudbill.main.", node.compiled_code)
                connection.execute(f"create view working.{identifier(node.name)} as {view}")


def files_of(tables: Path, node: Any) -> str:
    """Write the query that reads the Parquet files of a model."""
    folder = tables / f"{node.schema}.db" / node.name
    if any(folder.rglob("*.parquet")):
        return (
            f"select * from read_parquet({literal(f'{folder}/**/*.parquet')},"
            " hive_partitioning = true, hive_types_autocast = false)"
        )
    # A partitioned table without rows has no files.
    columns = [
        f"cast(null as {column.data_type or 'varchar'}) as {identifier(column.name)}"
        for column in node.columns.values()
    ]
    return f"select {', '.join(columns)} where false"
