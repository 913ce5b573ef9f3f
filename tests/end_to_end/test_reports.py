"""Reports in the terminal give what SQL gives."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from demos import Demo, Run


@pytest.fixture
def report(demo: Demo, command: Callable[..., Run]) -> Callable[..., Run]:
    return lambda *arguments: command("report", *arguments, "--workspace", demo.workspace)


def test_vm_report_as_csv_is_the_mart(report: Callable[..., Run], demo: Demo) -> None:
    run = report("vm", "--measure", "vms", "--granularity", "week", "--by", "region", "--csv")
    assert run.returncode == 0, run.stderr
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    expected = demo.rows(
        "select billing_currency, period_start::varchar, coalesce(category_value, '(none)'),"
        " sum(vms)::varchar from vm_cost_report where granularity = 'week'"
        " and category = 'Region' group by all order by all"
    )
    assert sorted(tuple(row.values()) for row in rows) == expected


def test_costs_report_as_json_never_mixes_currencies(
    report: Callable[..., Run], demo: Demo
) -> None:
    run = report("costs", "--metric", "list-cost", "--by", "provider", "--json")
    rows = json.loads(run.stdout)
    expected = demo.rows(
        "select billing_currency, date_trunc('month', charge_date)::date::varchar, provider,"
        " sum(list_cost)::double from cloud_costs group by all order by all"
    )
    shown = [(r["currency"], r["period"], r["provider"], r["list_cost"]) for r in rows]
    assert sorted(shown) == [(*row[:3], pytest.approx(row[3])) for row in expected]


def test_the_table_tells_the_definition_and_draws(report: Callable[..., Run]) -> None:
    run = report("vm", "--measure", "normalized_vms", "--by", "region")
    assert "Normalized measures exist only by Normalized Machine Series." in run.stdout
    assert "█" in run.stdout


def test_any_published_table(report: Callable[..., Run], demo: Demo) -> None:
    run = report("mart", "bill_reconciliation", "--csv", "--limit", "1000")
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    assert [(len(rows),)] == demo.rows("select count(*) from bill_reconciliation")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("vm", "--measure", "vmz"), "There is no measure 'vmz': choose one of asset_hours, "),
        (("costs", "--by", "tag"), "Which tag?"),
        (("costs", "--csv", "--json"), "Choose --csv or --json"),
        (("mart", "x"), "There is no published table 'x': choose one of "),
    ],
)
def test_wrong_usage_is_a_sentence(
    report: Callable[..., Run], arguments: tuple[str, ...], sentence: str
) -> None:
    run = report(*arguments)
    assert run.returncode == 2
    assert run.stderr.startswith(sentence)
    assert run.stderr.count("\n") == 1
