"""Reports in the terminal give what SQL gives."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from demos import Demo, Run

from cloudbill.read.cloud_costs import DIMENSIONS, costs_report, dimension_values
from cloudbill.read.filters import Filters
from cloudbill.read.vm_report import CATEGORIES, MEASURES, measured

DAYS = (date(2026, 1, 1), date(2026, 12, 31))


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


@pytest.mark.parametrize("granularity", ["week", "month"])
def test_vm_measures_made_anew_are_those_of_the_mart(demo: Demo, granularity: str) -> None:
    for category in CATEGORIES:
        sql, values = measured(granularity, category, Filters("USD", *DAYS))
        keys = "period_start, provider, billing_currency"
        measures = ", ".join(f"round({measure}, 6)" for measure in MEASURES)
        anew = demo.rows(
            f"select {keys}, nullif(value, '(none)'), {measures} from ({sql}) order by all", *values
        )
        mart = demo.rows(
            f"select {keys}, category_value, {measures} from vm_cost_report"
            " where granularity = ? and category = ? order by all",
            granularity,
            category,
        )
        assert anew == mart, category


def test_costs_that_the_report_leaves_out_are_told(report: Callable[..., Run], demo: Demo) -> None:
    ((in_report, in_all),) = demo.rows(
        "select (select sum(net_cost) from cloud_costs where billing_currency = 'USD'),"
        " sum(net_cost) from charges where billing_currency = 'USD'"
    )
    told = f"{in_all - in_report:,.2f} USD of these days are outside of Kubecost's scope"
    assert told in report("costs", "--metric", "net_cost").stdout
    filtered = report("costs", "--metric", "net_cost", "--filter", "region=westeurope").stdout
    assert "outside" not in filtered


def test_a_filtered_vm_report_counts_what_it_shows(report: Callable[..., Run], demo: Demo) -> None:
    run = report(
        "vm", "--measure", "vms", "--by", "tag:Team", "--filter", "region=westeurope",
        "--filter", "region=eu-central-1", "--csv",
    )  # fmt: skip
    rows = {tuple(row.values()) for row in csv.DictReader(io.StringIO(run.stdout))}
    expected = demo.rows(
        "select billing_currency, date_trunc('month', charge_date)::date::varchar,"
        " coalesce(tags['user_team'], tags['team'], '(none)'),"
        " (count(distinct vm_name) filter (where vm_hours > 0))::varchar from vm_usage_daily"
        " where region_id in ('westeurope', 'eu-central-1') group by all"
    )
    assert {row for row in rows if row[3] != "0"} == {row for row in expected if row[3] != "0"}
    assert len(expected) > 2


def test_what_changed_is_what_sql_says(report: Callable[..., Run], demo: Demo) -> None:
    run = report("changes", "--by", "category", "--provider", "Microsoft", "--csv")
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    expected = demo.rows(
        "select billing_currency, service_category,"
        " sum(amortized_net_cost) filter (where charge_date < '2026-10-01'),"
        " sum(amortized_net_cost) filter (where charge_date >= '2026-10-01')"
        " from cloud_costs where provider = 'Microsoft' group by all"
    )
    found = {
        (row["currency"], row["category"], Decimal(row["before"]), Decimal(row["after"]))
        for row in rows
    }
    assert found == {*expected}
    assert all(
        Decimal(row["change"]) == Decimal(row["after"]) - Decimal(row["before"]) for row in rows
    )
    assert "USD: 2026-10-01 to 2026-10-31 against 2026-09-01 to 2026-09-30." in run.stderr


def test_what_a_tag_covers_and_what_it_does_not_is_everything(
    report: Callable[..., Run], demo: Demo
) -> None:
    run = report("coverage", "--tag", "env", "--csv")
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    usd = [row for row in rows if row["currency"] == "USD"]
    expected = demo.rows(
        "select coalesce(sum(amortized_net_cost) filter (where tags['env'] is not null), 0),"
        " sum(amortized_net_cost) filter (where tags['env'] is null)"
        " from cloud_costs where billing_currency = 'USD'"
    )
    sums = [sum(Decimal(row[name]) for row in usd) for name in ("with_tag", "without_tag")]
    assert [tuple(sums)] == expected


def test_two_dimensions_and_filters_are_what_sql_says(
    report: Callable[..., Run], demo: Demo
) -> None:
    run = report(
        "costs", "--metric", "net_cost", "--by", "cluster", "--then", "category",
        "--filter", "provider=Microsoft", "--filter", "provider=AWS", "--csv",
    )  # fmt: skip
    rows = csv.DictReader(io.StringIO(run.stdout))
    by_cluster: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = (row["currency"], row["cluster"])
        by_cluster[key] = by_cluster.get(key, Decimal(0)) + Decimal(row["net_cost"])
    expected = demo.rows(
        "select billing_currency, cluster, sum(net_cost) from cluster_costs"
        " where provider in ('Microsoft', 'AWS') and cluster is not null and known_by != 'unused'"
        " group by all"
    )
    assert {key: amount for key, amount in by_cluster.items() if key[1] != "(none)"} == {
        (currency, cluster): amount for currency, cluster, amount in expected
    }


@pytest.mark.parametrize("by", [*DIMENSIONS, "tag: env"])
def test_any_dimension_adds_up_under_any_filter(demo: Demo, by: str) -> None:
    everything = Filters("USD", *DAYS)
    ((total,),) = demo.rows("select sum(net_cost) from cloud_costs where billing_currency = 'USD'")
    for name in ("Account", "Kubernetes", "Cluster", "Resource", "tag: team"):
        known = dimension_values(name, everything, 100_000)
        values = tuple(str(value) for (value,) in demo.rows(known.sql, *known.values))
        asked = costs_report(
            ("net_cost",), "month", by, replace(everything, where=((name, values),))
        )
        found = demo.rows(f"select sum(net_cost) from ({asked.sql})", *asked.values)
        assert found == [(total,)], (by, name)


def test_a_filter_is_found_whatever_its_letter_case(report: Callable[..., Run]) -> None:
    runs = [
        report("costs", "--provider", provider, "--filter", f"service={service}", "--csv")
        for provider, service in (("AWS", "AmazonEC2"), ("aws", "amazonec2"))
    ]
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout.splitlines()) > 1


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


def test_periods_of_the_vm_report_are_whole_and_said_to_be(report: Callable[..., Run]) -> None:
    whole = ("vm", "--granularity", "month", "--csv", "--from", "2026-09-01", "--to", "2026-09-30")
    cut = ("vm", "--granularity", "month", "--csv", "--from", "2026-09-15", "--to", "2026-09-25")
    assert report(*whole).stdout == report(*cut).stdout
    assert report(*whole).stderr == ""
    assert "Each month is whole" in report(*cut).stderr


def test_any_published_table(report: Callable[..., Run], demo: Demo) -> None:
    run = report("mart", "bill_reconciliation", "--csv", "--limit", "1000")
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    assert [(len(rows),)] == demo.rows("select count(*) from bill_reconciliation")
    assert run.stderr == ""
    ((held,),) = demo.rows("select count(*) from charges")
    run = report("mart", "charges", "--csv")
    assert len(list(csv.DictReader(io.StringIO(run.stdout)))) == 100
    assert f"These are 100 of the {held:,} rows of charges" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("vm", "--measure", "vmz"), "There is no measure 'vmz': choose one of asset_hours, "),
        (("costs", "--by", "tag"), "Which tag?"),
        (("costs", "--by", "tag:no such"), "No bill has a tag 'no such': there are "),
        (("costs", "--provider", "azur"), "There is no provider 'azur': choose one of AWS, "),
        (("costs", "--from", "2026-10-02", "--to", "2026-10-01"), "--from 2026-10-02 is after"),
        (
            ("vm", "--filter", "region=eu-central-1", "--filter", "region=westeurop"),
            "Nothing has the region 'westeurop': there are westeurope",
        ),
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
