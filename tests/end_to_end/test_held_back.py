"""A bill that breaks conservation is held back, and the others are published.

No line is known that our rules lose, so a copy of the project loses those of one service.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from demos import copy_project

from cloudbill.schema import PROJECT

RULES = "models/intermediate/charges/int_azure__charges.sql"
LOSES = "\n    from priced\n    where meter_category is distinct from 'Lost'\n"
# What holds all of a bill's money, each in another way.
WHOLE = {
    "charges": "select scope, billing_period, sum(invoiced_cost) from charges group by all",
    "focus": "select x_CloudbillScope, strftime(BillingPeriodStart, '%Y-%m'), sum(BilledCost)"
    " from focus_charges group by all",
}
RULE_OF_A_MART = (
    "models/marts/cloud_costs/cloud_costs.sql",
    "as kubernetes_percent",
    "+ 0 as kubernetes_percent",
)
OCTOBER = ("azure-mca", "2026-10")


class Copy:
    """A copy of the project and the package, whose commands run on bills of its own."""

    def __init__(self, root: Path):
        self.project = copy_project(root / "project")
        shutil.copytree(PROJECT / "scripts" / "cloudbill", self.project / "scripts" / "cloudbill")
        self.edit(RULES, "\n    from priced\n", LOSES)
        entries = yaml.safe_load((PROJECT / "samples" / "bills.yml").read_text())["bills"]
        self.config, self.workspace = root / "bills.yml", root / "workspace"
        chosen = [entry for entry in entries if entry["name"] in ("azure-mca", "gcp-shop")]
        self.config.write_text(yaml.safe_dump({"bills": chosen}))
        for entry in chosen:
            shutil.copytree(PROJECT / "samples" / entry["location"], root / entry["location"])
        (self.october,) = (root / "azure-mca").glob("20261001-*/*.csv")
        *_, self.google = sorted((root / "gcp-shop").glob("2026-10-*/*.json"))
        self.delivered = self.october.read_text()

    def edit(self, file: str, before: str, after: str) -> None:
        text = (self.project / file).read_text()
        assert text.count(before) == 1
        (self.project / file).write_text(text.replace(before, after))

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        paths = ["--workspace", str(self.workspace)]
        paths += ["--config", str(self.config)] if command == "refresh" else []
        return subprocess.run(
            [sys.executable, "-m", "cloudbill.cli", command, *paths, *arguments],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(self.project / "scripts")},
        )  # fmt: skip

    def deliver_odd_lines(self) -> None:
        """Deliver October again, with lines that are lost and without others."""
        *lines, _, _, _ = self.delivered.splitlines(keepends=True)
        self.october.write_text("".join(lines).replace(",Virtual Machines,", ",Lost,"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        database = self.workspace / "published" / "cloudbill.duckdb"
        with duckdb.connect(str(database), read_only=True) as con:
            return con.execute(query).fetchall()

    def bills(self) -> dict[tuple[str, str], Any]:
        """What each bill comes to, the same in whatever holds all of it."""
        totals = [
            {(scope, period): cost for scope, period, cost in self.rows(query)}
            for query in WHOLE.values()
        ]
        files = f"{self.workspace}/published/charges/*.parquet"
        rows = duckdb.sql(WHOLE["charges"].replace("from charges", f"from '{files}'")).fetchall()
        assert totals[0] == totals[1] == {(scope, period): cost for scope, period, cost in rows}
        return totals[0]

    def in_bills(self) -> dict[tuple[str, str], Any]:
        query = "select scope, billing_period, in_bill from bill_reconciliation"
        rows = self.rows(f"{query} where measure = 'billed'")
        return {(scope, period): cost for scope, period, cost in rows}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return Copy(tmp_path_factory.mktemp("held_back"))


def test_one_bad_bill_is_held_back_and_the_others_are_published(copy):
    run = copy.run("refresh")
    assert run.returncode == 0, run.stderr
    before = copy.bills()
    assert before == copy.in_bills()

    copy.deliver_odd_lines()
    google = copy.google.read_text().splitlines(keepends=True)
    copy.google.write_text("".join(google[: len(google) // 2]))
    run = copy.run("refresh", "--json")
    assert run.returncode == 1, run.stdout
    (held,) = json.loads(run.stdout)["held"]
    assert (held["scope"], held["billing_period"]) == OCTOBER
    rules = {finding["rule"]: finding for finding in held["findings"]}
    lost = copy.october.read_text().count(",Lost,")
    assert rules["not every line is in one charge"]["rows"] == lost
    # Its version of before is shown; the others, of which one changed, are those of now.
    after = copy.bills()
    assert after[OCTOBER] == before[OCTOBER] != copy.in_bills()[OCTOBER]
    assert {**after, OCTOBER: 0} == {**copy.in_bills(), OCTOBER: 0} != {**before, OCTOBER: 0}
    assert held["shown_loaded_at"] < held["loaded_at"]
    status = copy.rows("select distinct billing_period, status from bill_reconciliation"
                       " where status = 'held back'")  # fmt: skip
    assert status == [(OCTOBER[1], "held back")]

    # Nothing changed: it is not built again, and still told.
    run = copy.run("refresh")
    assert run.returncode == 1
    assert "Nothing changed" in run.stdout
    assert "Held back: azure-mca 2026-10" in run.stderr
    assert "Held back: azure-mca 2026-10" in copy.run("status").stderr

    copy.october.write_text(copy.delivered)
    run = copy.run("refresh")
    assert run.returncode == 0, run.stderr
    assert copy.bills() == copy.in_bills() == {**after, OCTOBER: before[OCTOBER]}


@pytest.mark.slow
def test_without_a_version_of_todays_rules_it_is_absent(copy):
    copy.deliver_odd_lines()
    copy.edit(*RULE_OF_A_MART)
    run = copy.run("refresh")
    assert run.returncode == 1, run.stdout
    assert "No report has any of it" in run.stderr
    bills = copy.in_bills()
    assert OCTOBER not in copy.bills()
    assert copy.bills() == {key: cost for key, cost in bills.items() if key != OCTOBER}
