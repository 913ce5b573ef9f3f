"""The explorer: pickers change numbers to what SQL says; links reproduce a view."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("streamlit", reason="The explorer is an optional part.")
from demos import Demo
from streamlit.testing.v1 import AppTest

from cloudbill.explorer import APP
from cloudbill.read.vm_report import MEASURES

VIEWS = (
    "Cloud costs",
    "Clusters",
    "Tags",
    "VM cost report",
    "Node prices",
    "Commitments",
    "Reconciliation",
)
Opened = Callable[..., AppTest]


@pytest.fixture
def opened(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.setenv("CLOUDBILL_WORKSPACE", str(demo.workspace))

    def opened(view: str, **choices: str | list[str]) -> AppTest:
        page = AppTest.from_file(str(APP), default_timeout=60)
        page.query_params["view"] = view
        # All days, but where the test is about others.
        page.query_params["period"] = "All days"
        for key, value in choices.items():
            page.query_params[key] = value
        return without_error(page.run())

    return opened


def without_error(page: AppTest) -> AppTest:
    assert not page.exception, page.exception[0].value
    return page


def cells(page: AppTest, table: int = 0) -> list[dict[str, Any]]:
    return page.dataframe[table].value.to_dict("records")


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens(opened: Opened, view: str) -> None:
    page = opened(view)
    assert page.title[0].value == view
    assert len(page.dataframe) >= 1


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_what_sql_says(opened: Opened, demo: Demo, measure: str) -> None:
    category = "Normalized Machine Series" if measure.startswith("normalized") else "Region"
    page = opened(
        "VM cost report", measure=measure, category="Region", granularity="month", currency="USD"
    )
    expected = demo.rows(
        f"select period_start::varchar, coalesce(category_value, '(none)'), sum({measure})::double"
        " from vm_cost_report where granularity = 'month' and category = ?"
        " and billing_currency = 'USD' group by all having sum(" + measure + ") is not null",
        category,
    )
    shown = {row.pop(category): row for row in cells(page)}
    assert len(expected) > 0
    for period, value, amount in expected:
        assert shown[value][period] == pytest.approx(amount), (period, value)


def test_normalized_measures_switch_the_category_and_say_why(opened: Opened) -> None:
    page = opened("VM cost report", measure="normalized_vms", category="Region")
    assert "Normalized Machine Series" in cells(page)[0]
    assert "Normalized Machine Series" in page.info[0].value
    assert page.selectbox(key="category").disabled


def test_distinct_counts_have_no_total(opened: Opened) -> None:
    total = {row["Region"] for row in cells(opened("VM cost report", category="Region"))}
    counts = {
        row["Region"] for row in cells(opened("VM cost report", category="Region", measure="vms"))
    }
    assert "Total" in total
    assert "Total" not in counts


def test_cloud_costs_are_what_sql_says_for_each_dimension(opened: Opened, demo: Demo) -> None:
    page = opened("Cloud costs", currency="USD", by="Provider", granularity="month")
    expected = demo.rows(
        "select provider, sum(list_cost)::double, sum(amortized_net_cost)::double,"
        " sum(amortized_net_cost * kubernetes_percent)::double / sum(amortized_net_cost)::double"
        " from cloud_costs where billing_currency = 'USD' group by all"
    )
    shown = {row["Provider"]: row for row in cells(page)}
    for provider, listed, net, share in expected:
        row = shown[str(provider)]
        assert row["List"] == pytest.approx(listed)
        assert row["Amortized net"] == pytest.approx(net)
        assert row["Kubernetes"] == pytest.approx(share)
    total = shown["Total"]["Amortized net"]
    for by in ("Account", "Service", "Category", "Region", "Pricing model", "Cluster"):
        page.selectbox(key="by").set_value(by)
        rows = cells(without_error(page.run()))
        assert rows[0]["Amortized net"] == pytest.approx(total), by


def test_a_tag_groups_costs(opened: Opened, demo: Demo) -> None:
    page = opened("Cloud costs", currency="USD", by="Tag", tag="env")
    expected = dict(
        demo.rows(
            "select coalesce(tags['env'], '(none)'), sum(amortized_net_cost)::double"
            " from cloud_costs where billing_currency = 'USD' group by all"
        )
    )
    shown = {row["Tag env"]: row["Amortized net"] for row in cells(page)}
    shown.pop("Total", None)
    assert shown == pytest.approx(expected)


def test_currencies_do_not_mix(opened: Opened, demo: Demo) -> None:
    page = opened("Cloud costs", by="Provider")
    for currency in page.selectbox(key="currency").options:
        page.selectbox(key="currency").set_value(currency)
        rows = cells(without_error(page.run()))
        (expected,) = demo.rows(
            "select sum(list_cost)::double from cloud_costs where billing_currency = ?", currency
        )[0]
        assert rows[0]["List"] == pytest.approx(expected)


def test_lines_of_a_bar_add_up_to_it(opened: Opened) -> None:
    page = opened(
        "Cloud costs", currency="USD", by="Category", lines="Compute", **{"in": "all periods"}
    )
    bar = next(row for row in cells(page) if row["Category"] == "Compute")
    lines = cells(page, 1)
    assert len(lines) < 500
    assert sum(row["Amortized net"] for row in lines) == pytest.approx(bar["Amortized net"])


def test_movers_compare_months(opened: Opened, demo: Demo) -> None:
    page = opened(
        "Cloud costs", currency="USD", by="Provider", period="Other days",
        dates=["2026-10-01", "2026-10-31"],
    )  # fmt: skip
    expected = demo.rows(
        "select provider, (sum(amortized_net_cost) filter (where charge_date >= '2026-10-01')"
        " - sum(amortized_net_cost) filter (where charge_date < '2026-10-01'))::double"
        " from cloud_costs where billing_currency = 'USD' and charge_date < '2026-11-01'"
        " group by all"
    )
    shown = {row["Provider"]: row["Change"] for row in cells(page, 2)}
    assert shown.pop("Total") == pytest.approx(sum(change for _, change in expected))
    assert shown == pytest.approx(dict(expected))


def test_a_link_reproduces_the_view(opened: Opened) -> None:
    page = opened("Cloud costs")
    page.selectbox(key="by").set_value("Region")
    page.selectbox(key="metric").set_value("list_cost")
    page.multiselect(key="provider").set_value(["AWS"])
    page = without_error(page.run())
    again = opened(**dict(page.query_params.items()))
    assert again.selectbox(key="by").value == "Region"
    assert cells(again) == cells(page)


def test_the_last_complete_month_is_what_a_page_begins_with(opened: Opened, demo: Demo) -> None:
    page = opened("Cloud costs", currency="USD", period="", granularity="month")
    assert page.selectbox(key="period").value == "Last complete month"
    ((expected,),) = demo.rows(
        "select sum(amortized_net_cost)::double from cloud_costs where billing_currency = 'USD'"
        " and date_trunc('month', charge_date) = '2026-10-01'"
    )
    assert cells(page)[0]["Amortized net"] == pytest.approx(expected)


def test_filters_and_two_dimensions_are_what_sql_says(opened: Opened, demo: Demo) -> None:
    choices = {"filter": ["Region", "tag: env"], "only Region": ["westeurope", "eu-central-1"]}
    page = opened(
        "Cloud costs", currency="USD", by="Provider", then="Category", metric="net_cost",
        **choices, **{"only tag: env": "prod"},
    )  # fmt: skip
    expected = demo.rows(
        "select provider || ' · ' || service_category, sum(net_cost)::double,"
        " coalesce(sum(net_cost * kubernetes_percent) / nullif(sum(net_cost), 0), 0)::double"
        " from cloud_costs where billing_currency = 'USD'"
        " and region_id in ('westeurope', 'eu-central-1') and tags['env'] = 'prod' group by all"
    )
    shown = {row["Provider and category"]: row for row in cells(page)}
    shown.pop("Total", None)
    assert {name: row["Net"] for name, row in shown.items()} == pytest.approx(
        {name: net for name, net, _ in expected}
    )
    assert [shown[name]["Kubernetes"] for name, _, _ in expected] == pytest.approx(
        [share for _, _, share in expected]
    )


def test_costs_that_the_page_leaves_out_are_told(opened: Opened, demo: Demo) -> None:
    page = opened("Cloud costs", currency="USD", metric="net_cost", period="Other days")
    ((left,),) = demo.rows(
        "select sum(net_cost) from charges where not in_kubecost_scope and billing_currency = 'USD'"
    )
    told = [caption.value for caption in page.caption if "outside of Kubecost" in caption.value]
    assert len(told) == 1
    assert told[0].replace("\\", "").startswith(f"{left:,.2f} USD of these days")


@pytest.mark.parametrize(
    ("title", "theirs", "ours"),
    [("VM cost report", "Account", "Subscription"), ("Cloud costs", "Subscription", "Account")],
)
def test_a_filter_goes_along_to_a_page_that_names_it_otherwise(
    opened: Opened, demo: Demo, title: str, theirs: str, ours: str
) -> None:
    ((account,),) = demo.rows(
        "select sub_account_name from vm_usage_daily where billing_currency = 'USD'"
        " and sub_account_name is not null group by all order by count(*) desc limit 1"
    )
    page = opened(
        title, currency="USD", category=ours, by=ours, filter=theirs, **{f"only {theirs}": account}
    )
    assert page.multiselect(key="filter").value == [ours]
    assert page.multiselect(key=f"only {ours}").value == [account]
    assert {row[ours] for row in cells(page)} - {"Total"} == {account}


def test_a_filter_that_matches_nothing_shows_nothing(opened: Opened) -> None:
    page = opened("Cloud costs", **{"filter": "Region", "only Region": "nowhere"})
    assert page.multiselect(key="only Region").value == ["nowhere"]
    assert page.warning[0].value.startswith("Nothing to show")
    assert len(page.metric) == 0


def test_a_cluster_costs_what_the_mart_says(opened: Opened, demo: Demo) -> None:
    page = opened("Clusters", currency="USD")
    expected = demo.rows(
        "select cluster, component, sum(net_cost)::double from cluster_costs"
        " where billing_currency = 'USD' and known_by = 'both' group by all order by all"
    )
    shown = [
        (row["Cluster"], row["Component"], row["Net"])
        for row in cells(page)
        if str(row["Known by"]).startswith("by a marker and")
    ]
    assert sorted(shown) == [(*names, pytest.approx(net)) for *names, net in expected]


def test_a_link_with_nonsense_opens_the_default(opened: Opened) -> None:
    page = opened("Cloud costs", by="Nonsense", dates=["x", "2026-10-31"], provider="Nobody")
    assert page.selectbox(key="by").value == "Service"


def test_node_prices_are_the_mart(opened: Opened, demo: Demo) -> None:
    page = opened("Node prices", currency="USD")
    expected = demo.rows(
        "select node_name, hourly_price::double from node_prices where billing_currency = 'USD'"
    )
    assert {row["Node"]: row["Hourly price"] for row in cells(page)} == pytest.approx(
        dict(expected)
    )


def test_commitments_are_the_mart(opened: Opened, demo: Demo) -> None:
    page = opened("Commitments", currency="USD")
    ((used, committed),) = demo.rows(
        "select sum(used_cost)::double, sum(committed_cost)::double from commitments"
        " where billing_currency = 'USD'"
    )
    assert page.metric[0].value == f"{used / committed:.1%}"
    total, *others = cells(page)
    assert total["Committed"] == pytest.approx(committed)
    assert sum(row["Committed"] for row in others) == pytest.approx(committed)


def test_reconciliation_has_every_bill(opened: Opened, demo: Demo) -> None:
    page = opened("Reconciliation", currency="EUR")
    ((checks,),) = demo.rows(
        "select count(*) from bill_reconciliation where billing_currency = 'EUR'"
    )
    assert len(cells(page)) == checks


def test_an_unpublished_workspace_explains_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDBILL_WORKSPACE", str(tmp_path))
    page = without_error(AppTest.from_file(str(APP), default_timeout=60).run())
    assert "cloudbill demo" in page.info[0].value
