"""Node prices as files that other tools read: OpenCost's pricing CSV and Prometheus metrics."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.safe import csv_cell

OPENCOST_FILE = "opencost_prices.csv"
METRICS_FILE = "node_prices.prom"

OPENCOST_COLUMNS = (
    "EndTimestamp",
    "InstanceID",
    "Region",
    "AssetClass",
    "InstanceIDField",
    "InstanceType",
    "MarketPriceHourly",
    "Version",
)
LABELS = {
    "cluster": "cluster",
    "node": "node_name",
    "provider": "provider",
    "provider_id": "provider_id",
    "sub_account_id": "sub_account_id",
    "region": "region_id",
    "instance_type": "instance_type",
    "pricing_model": "pricing_model",
    "price_source": "price_source",
    "currency": "billing_currency",
}
METRICS = {
    "cloudbill_node_hourly_price": (
        "hourly_price",
        "What an hour of the node really costs, from the bill, in the currency of the label.",
    ),
    "cloudbill_node_list_hourly_price": (
        "list_hourly_price",
        "What an hour of the node costs without discounts, in the currency of the label.",
    ),
}

Row = dict[str, Any]


def export_node_prices(
    connection: duckdb.DuckDBPyConnection, node_prices: str, folder: Path
) -> None:
    """Write both files from the table of node prices."""
    query = connection.execute(f"select * from {node_prices} order by cluster, node_name")
    names = [column[0] for column in query.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in query.fetchall()]
    with (folder / OPENCOST_FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(OPENCOST_COLUMNS)
        writer.writerows(map(csv_cell, row) for row in opencost_rows(rows))
    with (folder / METRICS_FILE).open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in metric_lines(rows))


def opencost_rows(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    """Rows of OpenCost's pricing CSV (opencost, pkg/cloud/provider/csvprovider.go).

    OpenCost knows one InstanceIDField for all rows. Region and instance type stay empty: with them
    it would charge the average of the type, which it prefers to the price of the very node.
    """
    written = set()
    for row in rows:
        if row["hourly_price"] is None or not row["provider_id"]:
            continue
        instance_id = opencost_id(row["provider_id"])
        if instance_id not in written:
            written.add(instance_id)
            until = f"{row['window_end']} 00:00:00 UTC" if row["window_end"] else ""
            price = f"{row['hourly_price']:.10f}"
            yield until, instance_id, "", "node", "spec.providerID", "", price, "v1"


def opencost_id(provider_id: str) -> str:
    """A provider id as OpenCost looks it up: the EC2 instance, the Azure path, or all of it."""
    if ec2 := re.match("aws:///[^/]+/([^/]+)", provider_id):
        return ec2[1]
    if provider_id.startswith("azure://"):
        return provider_id.removeprefix("azure://").lower()
    return provider_id


def metric_lines(rows: list[Row]) -> Iterator[str]:
    """Gauges that OpenMetrics and the older text format, which node_exporter reads, both accept."""
    for metric, (column, meaning) in METRICS.items():
        yield f"# HELP {metric} {meaning}"
        yield f"# TYPE {metric} gauge"
        for row in rows:
            if row[column] is not None:
                labels = ",".join(
                    f'{label}="{escaped(row[name])}"' for label, name in LABELS.items()
                )
                yield f"{metric}{{{labels}}} {row[column]:.10f}"
    yield "# EOF"


def escaped(value: str | None) -> str:
    """A label's value as the format wants it; an absent one is empty, which is the same."""
    return (value or "").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
