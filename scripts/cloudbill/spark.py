"""What a build on Spark needs beside dbt: its session, and its tables as DuckDB sees them."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import duckdb
import yaml

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.readers import identifier, literal
from cloudbill.schema import PROJECT
from cloudbill.workspace import DUCKDB

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
    if find_spec("pyspark") is None:
        raise CloudbillError(
            "Spark is not installed: make spark installs it, and so does"
            " pip install 'cloudbill[spark]'.",
            USAGE,
        )


def session() -> SparkSession | None:
    """Return Spark's session in this process; None when dbt reached a cluster another way."""
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


def view_tables(tables: Path, nodes: Iterable[Any], database: Path) -> None:
    """Write a database of views over the Parquet files of models, for DuckDB to read."""
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        for node in sorted(nodes, key=lambda node: node.config.materialized == "view"):
            name = identifier(node.name)
            connection.execute(f"create view {name} as {query(tables, node)}")


def query(tables: Path, node: Any) -> str:
    """Write the query that reads a model: its files, or the view that it is."""
    if node.config.materialized == "view":
        return re.sub(rf"`?{node.schema}`?\.", "", node.compiled_code)
    folder = tables / f"{node.schema}.db" / node.name
    if any(folder.rglob("*.parquet")):
        return (
            f"select * from read_parquet({literal(f'{folder}/**/*.parquet')},"
            " hive_partitioning = true, hive_types_autocast = false)"
        )
    columns = [
        f"cast(null as {column.data_type or 'varchar'}) as {identifier(column.name)}"
        for column in node.columns.values()
    ]
    return f"select {', '.join(columns)} where false"
