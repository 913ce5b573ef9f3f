"""The nodes of three sample clusters, some of which no bill shows, from list to published price."""

import csv
import json
import shutil

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from cloudbill.schema import PROJECT

CLUSTERS = yaml.safe_load((PROJECT / "samples" / "bills.yml").read_text())["nodes"]


@pytest.mark.parametrize("entry", CLUSTERS, ids=lambda entry: entry["cluster"])
def test_every_node_of_the_list_has_a_price(demo, entry):
    items = json.loads((PROJECT / "samples" / entry["location"]).read_text())["items"]
    rows = demo.rows(
        "select node_name, provider_id, price_source, matched_by, similar_machines, hourly_price,"
        " list_hourly_price from node_prices where cluster = ?",
        entry["cluster"],
    )
    assert {row[:2] for row in rows} == {
        (item["metadata"]["name"], item["spec"]["providerID"]) for item in items
    }
    for name, _, source, matched_by, similar, price, list_price in rows:
        assert 0 < price <= list_price, name
        assert (source, matched_by, similar is None) in {
            ("billed", "resource id", True),
            ("inferred", None, False),
        }, name
    assert [row[2] for row in rows].count("inferred") == 1


def test_history_has_every_machine_on_every_day_that_it_ran(demo):
    billed, priced = (
        demo.rows(
            f"select provider, charge_date, count(distinct {machine}) from {mart} group by all"
        )
        for machine, mart in (
            ("sub_account_id || vm_name", "charges where vm_hours > 0"),
            ("machine_id", "node_price_history where vm_hours is not null"),
        )
    )
    assert sorted(billed) == sorted(priced)


def test_files_for_other_tools_hold_every_price(demo):
    prices = dict(demo.rows("select node_name, hourly_price::double from node_prices"))
    published = demo.workspace / "published"
    with (published / "opencost_prices.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(prices)
    text = (published / "node_prices.prom").read_text()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    found = {
        sample.labels["node"]: sample.value
        for sample in families["cloudbill_node_hourly_price"].samples
    }
    assert found == {name: pytest.approx(price, abs=1e-9) for name, price in prices.items()}


def test_status_tells_which_nodes_the_bills_do_not_show(demo, command):
    output = command("status", "--workspace", demo.workspace).stdout
    for entry in CLUSTERS:
        told = [line for line in output.splitlines() if line.startswith(entry["cluster"] + ":")]
        assert len(told) == 1
        assert told[0].endswith("not in the bill; price: inferred from similar machines.")


def test_status_says_that_a_list_is_newer_than_the_publication(demo, command, tmp_path):
    workspace = shutil.copytree(demo.workspace, tmp_path / "workspace", symlinks=True)
    nodes = json.loads((PROJECT / "samples" / CLUSTERS[0]["location"]).read_text())
    del nodes["items"][0]
    (tmp_path / "nodes.json").write_text(json.dumps(nodes))
    config = tmp_path / "bills.yml"
    config.write_text(yaml.safe_dump({"nodes": [CLUSTERS[0] | {"location": "nodes.json"}]}))
    told = "Node lists changed in the lake after the publication"
    assert told not in command("status", "--workspace", workspace).stderr
    run = command("load", "--config", config, "--workspace", workspace)
    assert run.returncode == 0, run.stderr
    assert told in command("status", "--workspace", workspace).stderr
