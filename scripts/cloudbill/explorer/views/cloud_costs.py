"""Cloud costs: five metrics by any dimension, what changed, and what a bar is made of."""

from calendar import monthrange
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from cloudbill.explorer import charts, formats, pickers
from cloudbill.explorer.data import rows, table_or_stop
from cloudbill.read.catalog import models
from cloudbill.read.reports import (
    ALL,
    COST_METRICS,
    DIMENSIONS,
    GRANULARITIES,
    METRIC_LABELS,
    OTHER,
    TAG,
    Filters,
    Query,
    cost_lines,
    costs_report,
    movers,
    tag_of,
)
from cloudbill.safe import markdown

LINES = 500
VALUES = 200
EVERYTHING = f"cloud_cost_breakdown where {ALL}"
COLUMN_LABELS = {
    "resource_id": "Resource",
    "service_name": "Service",
    "account": "Account",
    "region_id": "Region",
    "charge_category": "Category",
    "pricing_model": "Pricing",
    "kubernetes": "Kubernetes",
}


def show() -> None:
    """Draw the page."""
    table_or_stop("cloud_cost_breakdown", "No bill in this workspace has costs.")
    columns = models()["cloud_costs"].columns
    filters, metric, granularity, by = picked()
    metrics = (metric, *(other for other in COST_METRICS if other != metric))
    found = rows(costs_report(metrics, granularity, by, filters, VALUES))
    if found.empty:
        st.warning("Nothing to show: no row matches these choices.", icon=":material/search_off:")
        return
    cards(found, filters)
    st.caption(f"**{METRIC_LABELS[metric]}**: {columns[metric].definition}")

    st.subheader(f"{METRIC_LABELS[metric]} cost by {label_of(by, filters)}")
    amounts = found.rename(columns={metric: "amount"})[["period", "value", "amount"]]
    shown = charts.top_series(amounts, add_other=True)
    title = f"{METRIC_LABELS[metric]} cost ({filters.currency or formats.UNKNOWN})"
    st.altair_chart(
        charts.over_time(shown, granularity, title, stacked=True, clickable=True),
        width="stretch",
        key="bars",
        on_select=drill,
        alt=f"{title} by {by} and {granularity}; the numbers are in the table below.",
    )
    totals_table(found, metric, by, filters)
    lines(found, metric, granularity, by, filters)
    what_changed(metric, by, filters)

    st.subheader("The five metrics over time")
    st.altair_chart(
        charts.over_time(five(found), granularity, f"Cost ({filters.currency})", stacked=False),
        width="stretch",
        alt="The five cost metrics over time.",
    )


def picked() -> tuple[Filters, str, str, str]:
    """Draw the pickers."""
    first, second, third = st.columns(3)
    with first:
        metric = pickers.choice(
            "Metric", "metric", COST_METRICS, "amortized_net_cost",
            format_func=METRIC_LABELS.__getitem__,
        )  # fmt: skip
    with second:
        by = pickers.choice("Group by", "by", [*DIMENSIONS, "Tag"], "Service")
        by = f"{TAG}{tag_picker()}" if by == "Tag" else by
    with third:
        currency = pickers.currency(EVERYTHING, "amortized_net_cost")
    bounds = rows(f"select min(charge_date) as first, max(charge_date) as last from {EVERYTHING}")
    low, high = bounds["first"][0].date(), bounds["last"][0].date()
    fourth, fifth, sixth = st.columns(3)
    with fourth:
        granularity = pickers.toggles("Granularity", "granularity", GRANULARITIES, "day")
    with fifth:
        start, end = pickers.days("dates", low, high)
    with sixth:
        providers = pickers.providers(EVERYTHING)
    return Filters(currency, start, end, providers), metric, granularity, by


def tag_picker() -> str:
    """Pick one of the tag keys in the bills."""
    names = rows("select min(tag_label) as name from named_tags group by tag_name order by all")
    return pickers.choice("Tag", "tag", [str(name) for name in names["name"]])


def cards(found: pd.DataFrame, filters: Filters) -> None:
    """Show the five totals and the Kubernetes share of each."""
    row = formats.cards()
    for metric in COST_METRICS:
        total, kubernetes = found[metric].sum(), found[f"{metric}_kubernetes"].sum()
        share = kubernetes / total if total > 0 else 0
        row.metric(
            f"{METRIC_LABELS[metric]}, {filters.currency or formats.UNKNOWN}",
            f"{total:,.0f}",
            f"{share:.1%} Kubernetes",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )


def label_of(by: str, filters: Filters) -> str:
    """Name the dimension in a title."""
    tag = tag_of(by)
    return f"tag {markdown(tag)}" if tag else by.lower()


def totals_table(found: pd.DataFrame, metric: str, by: str, filters: Filters) -> None:
    """Show the five metrics and the Kubernetes share of each value over all days."""
    totals = found.drop(columns="period").groupby("value").sum()
    totals = totals.loc[charts.series_by_size(found, metric)]
    if OTHER in totals.index:
        st.caption(f"The {VALUES} with the highest costs; the rest is {OTHER}.")
    if len(totals) > 1:
        totals.loc["Total"] = totals.sum()
    net = totals["amortized_net_cost"]
    share = (totals["amortized_net_cost_kubernetes"] / net).where(net > 0, 0.0)
    shown = totals[list(COST_METRICS)].rename(columns=METRIC_LABELS).assign(Kubernetes=share)
    shown = shown.reset_index(names=by.replace(TAG, "Tag "))
    formats.table(
        shown,
        f"cloud-costs-by-{by.lower().replace(': ', '-').replace(' ', '-')}",
        dict.fromkeys(METRIC_LABELS.values(), "{:,.2f}") | {"Kubernetes": "{:.1%}"},
    )


def drill() -> None:
    """Take the clicked bar over into the pickers of the lines below."""
    points = st.session_state["bars"].selection.get("bar", [])
    if points and points[0]["value"] != OTHER:
        day = pd.Timestamp(points[0]["period"], unit="ms")
        st.session_state["lines"], st.session_state["in"] = points[0]["value"], f"{day:%Y-%m-%d}"


def lines(found: pd.DataFrame, metric: str, granularity: str, by: str, filters: Filters) -> None:
    """Show the resources that a bar is made of."""
    st.subheader("What is in it")
    all_periods = "all periods"
    first, second = st.columns(2)
    names = [name for name in charts.series_by_size(found, metric) if name != OTHER]
    with first:
        value = pickers.choice(f"Lines of ({by.lower()})", "lines", names, help="Or click a bar.")
    periods = sorted({f"{period:%Y-%m-%d}" for period in found["period"][found["value"] == value]})
    with second:
        period = pickers.choice(
            granularity.capitalize(), "in", [all_periods, *periods], periods[-1]
        )
    if period != all_periods:
        filters = within(filters, date.fromisoformat(period), granularity)
    resources = rows(cost_lines(metric, by, value, filters, LINES))
    if len(resources) == LINES:
        st.caption(f"The {LINES} most costly; `cloudbill report costs` gives all as CSV.")
    formats.table(
        resources.rename(columns=METRIC_LABELS | COLUMN_LABELS),
        "cloud-costs-lines",
        dict.fromkeys(METRIC_LABELS.values(), "{:,.2f}"),
        height=280,
    )


def within(filters: Filters, start: date, granularity: str) -> Filters:
    """Narrow the days to one period."""
    days = {"day": 1, "week": 7, "month": monthrange(start.year, start.month)[1]}[granularity]
    end = start + timedelta(days=days - 1)
    return Filters(
        filters.currency, max(start, filters.start), min(end, filters.end), filters.providers,
    )  # fmt: skip


def what_changed(metric: str, by: str, filters: Filters) -> None:
    """Show the top movers of a month against the same days of the month before."""
    st.subheader("What changed since the month before")
    months = rows(
        Query(
            f"select distinct date_trunc('month', charge_date)::date as month from {EVERYTHING}"
            " and billing_currency is not distinct from ? order by month desc",
            [filters.currency],
        )
    )["month"]
    names = [f"{month:%Y-%m}" for month in months]
    month = pickers.choice("Month", "month", names, names[min(1, len(names) - 1)])
    start = date.fromisoformat(f"{month}-01")
    last = filters_last_day(filters, start)
    before_end = start - timedelta(days=1)
    before_start = before_end.replace(day=1)
    if last < end_of_month(start):
        before_end = min(before_end, before_start + (last - start))
    st.caption(f"{start} to {last} against {before_start} to {before_end}.")
    current = Filters(filters.currency, start, last, filters.providers)
    changed = rows(movers(metric, by, current, (before_start, before_end)))
    if changed.empty:
        st.info("Nothing changed.", icon=":material/trending_flat:")
        return
    st.altair_chart(
        charts.changes(changed, f"Change ({filters.currency or formats.UNKNOWN})"),
        width="stretch",
        alt="The largest changes; the numbers are in the table below.",
    )
    formats.table(
        changed.rename(
            columns={
                "value": by.replace(TAG, "Tag "),
                "before": "Before",
                "after": "After",
                "change": "Change",
                "change_rate": "Change %",
            }
        ),
        f"cloud-costs-changes-{month}",
        dict.fromkeys(("Before", "After"), "{:,.2f}")
        | {"Change": "{:+,.2f}", "Change %": "{:+.1%}"},
    )  # fmt: skip


def filters_last_day(filters: Filters, start: date) -> date:
    """Return the last day of the month that the bills have."""
    last = rows(
        f"select max(charge_date) as last from {EVERYTHING} and charge_date between"
        f" '{start}' and '{end_of_month(start)}'"
    )["last"][0]
    return last.date()  # type: ignore[no-any-return]


def end_of_month(start: date) -> date:
    """Return the last day of a month."""
    return start.replace(day=monthrange(start.year, start.month)[1])


def five(found: pd.DataFrame) -> pd.DataFrame:
    """Turn the five metrics into five series."""
    by_period = found.groupby("period", as_index=False)[list(COST_METRICS)].sum()
    named = by_period.rename(columns=METRIC_LABELS)
    return named.melt("period", var_name="value", value_name="amount")
