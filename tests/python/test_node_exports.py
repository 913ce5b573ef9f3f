"""The files of node prices, read back with real parsers."""

import csv
from pathlib import Path

import duckdb
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from cloudbill.warehouse.node_exports import export_node_prices

PATH = "/subscriptions/S/resourceGroups/MC_rg/providers/Microsoft.Compute/virtualMachines/vm"
NODES = [
    ("aks", "vm", f"azure://{PATH}", "0.0674538"),
    ("aks copy", "vm", f"azure://{PATH}", "0.0674538"),
    ("eks", "ip-1", "aws:///us-east-1a/i-03dc", "0.0000001"),
    ("gke", 'odd "name"\\\n', "gce://p/europe-west4-b/gke-1", "12"),
    ("gke", "nameless", None, "1"),
    ("gke", "priceless", "gce://p/europe-west4-b/gke-2", None),
]


def write_exports(folder: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table node_prices (cluster varchar, node_name varchar, provider varchar,"
            " provider_id varchar, sub_account_id varchar, region_id varchar,"
            " instance_type varchar, pricing_model varchar, price_source varchar,"
            " billing_currency varchar, hourly_price decimal(38, 18),"
            " list_hourly_price decimal(38, 18), window_end date)"
        )
        connection.executemany(
            "insert into node_prices (cluster, node_name, provider_id, hourly_price,"
            " billing_currency, window_end) values (?, ?, ?, ?, 'EUR', '2026-10-31')",
            NODES,
        )
        export_node_prices(connection, "node_prices", folder)


def test_opencost_prices(tmp_path: Path) -> None:
    write_exports(tmp_path)
    with (tmp_path / "opencost_prices.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # As NodeValueFromMapField of OpenCost's csvprovider.go spells them; one row for each.
    assert {row["InstanceID"]: row["MarketPriceHourly"] for row in rows} == {
        PATH.lower(): "0.0674538000",
        "i-03dc": "0.0000001000",
        "gce://p/europe-west4-b/gke-1": "12.0000000000",
    }
    assert len(rows) == 3
    for row in rows:
        assert ",".join(row) == (
            "EndTimestamp,InstanceID,Region,AssetClass,InstanceIDField,InstanceType,"
            "MarketPriceHourly,Version"
        )
        assert (row["AssetClass"], row["InstanceIDField"]) == ("node", "spec.providerID")
        assert (row["Region"], row["InstanceType"]) == ("", "")


def test_metrics_are_openmetrics_and_the_older_text_format(tmp_path: Path) -> None:
    write_exports(tmp_path)
    text = (tmp_path / "node_prices.prom").read_text()
    for parse in (openmetrics, text_format):
        families = {family.name: family for family in parse(text)}
        prices = families["cloudbill_node_hourly_price"]
        assert prices.type == "gauge"
        by_node = {
            (sample.labels["cluster"], sample.labels["node"]): sample for sample in prices.samples
        }
        assert len(by_node) == len(prices.samples) == 5
        assert by_node["gke", 'odd "name"\\\n'].value == 12
        assert by_node["aks", "vm"].labels["currency"] == "EUR"
        assert all(sample.timestamp is None for sample in prices.samples)
        assert families["cloudbill_node_list_hourly_price"].samples == []
