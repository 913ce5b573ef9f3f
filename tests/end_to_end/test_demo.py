"""What a new user sees, against totals that were computed while the samples were written."""

import json
from decimal import Decimal

import pytest

from cloudbill.schema import PROJECT

TRUTH = json.loads((PROJECT / "samples" / "truth.json").read_text())
METRICS = ("list", "net", "amortized_net", "invoiced", "amortized")
TOTALS = f"""
select
    sum(line_count),
    {", ".join(f"sum({metric}_cost)" for metric in METRICS)},
    {", ".join(f"sum({metric}_cost) filter (is_kubernetes)" for metric in METRICS)},
    coalesce(sum(amortized_cost) filter (commitment_discount_status = 'Unused'), 0)
from charges
where scope = ? and billing_period = ? and billing_currency = ?
"""


def scopes():
    """Each scope's totals: those of merged exports, and of exports that stand for themselves."""
    merged = TRUTH["scopes"]
    alone = {
        name: export["bills"]
        for name, export in TRUTH["exports"].items()
        if name not in {f"{scope}-{view}" for scope in merged for view in ("actual", "amortized")}
    }
    for scope, bills in {**alone, **merged}.items():
        for period, currencies in bills.items():
            for currency, totals in currencies.items():
                yield pytest.param((scope, period, currency), totals, id=f"{scope} {period}")


def expected(totals):
    return [
        Decimal(totals["lines"]),
        *(Decimal(totals[metric]) for metric in METRICS),
        *(Decimal(totals["kubernetes"][metric]) for metric in METRICS),
        Decimal(totals["unused_commitments"]),
    ]


def close(found, wanted):
    """Equal but for doubles in Parquet files and shares of money."""
    return all(
        abs(Decimal(have or 0) - want) <= Decimal("1e-6")
        for have, want in zip(found, wanted, strict=True)
    )


def test_demo_succeeds_and_prints_every_headline(demo):
    assert demo.run.returncode == 0, demo.run.stderr
    assert "Cloud costs" in demo.run.stdout
    assert "Bill reconciliation" in demo.run.stdout


@pytest.mark.parametrize(("bill", "totals"), list(scopes()))
@pytest.mark.parametrize("where", ["", "and in_kubecost_scope"], ids=["all lines", "kubecost"])
def test_metrics_are_those_of_the_generator(demo, bill, totals, where):
    wanted = expected(totals["kubecost_scope"] if where else totals)
    (found,) = demo.rows(TOTALS + where, *bill)
    assert close(found, wanted), list(zip(found, wanted, strict=True))


def test_every_bill_ties_out(demo):
    assert demo.rows("select * from bill_reconciliation where status != 'ok'") == []


def test_refresh_without_changes_does_nothing(demo, wheel, command):
    before = (demo.workspace / "published").resolve()
    (config,) = wheel.glob("lib/python*/site-packages/cloudbill/project/samples/bills.yml")
    again = command("refresh", "--config", config, "--workspace", demo.workspace)
    assert again.returncode == 0, again.stderr
    assert "Nothing changed" in again.stdout
    assert " new" not in again.stdout and " changed " not in again.stdout
    assert (demo.workspace / "published").resolve() == before


def test_status_names_every_export_after_what_needs_attention(demo, command):
    status = command("status", "--workspace", demo.workspace)
    assert status.returncode == 0
    assert "Found by the last build: assert_vm_prices_are_found found" in status.stderr
    assert all(name in status.stdout for name in TRUTH["exports"])


def test_publication_is_of_a_storage_version_that_older_readers_know(demo):
    """Readers with a DuckDB as old as 1.4 can open the file."""
    rows = demo.rows("select tags['storage_version'] from duckdb_databases() where not internal")
    assert rows == [("v1.4.0+",)]
