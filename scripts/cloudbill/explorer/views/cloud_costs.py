"""Cloud costs: five metrics by any dimensions, what changed, and what a bar is made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from cloudbill.explorer import charts, formats, links, pickers, spans
from cloudbill.explorer.data import exact, rows, table_or_stop
from cloudbill.read.catalog import models
from cloudbill.read.periods import end_of_period
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
    cost_totals,
    costs_report,
    dimension_values,
    movers,
    scopes,
    uncompared,
)
from cloudbill.safe import markdown

LINES = 500
VALUES = 200
NO_SECOND = "–"
EVERYTHING = f"cloud_cost_breakdown where {ALL}"
COLUMN_LABELS = {
    "resource": "Resource",
    "service_name": "Service",
    "account": "Account",
    "region_id": "Region",
    "charge_category": "Category",
    "pricing_model": "Pricing",
    "kubernetes": "Kubernetes",
    "resource_id": "Resource id",
}


def show() -> None:
    """Draw the page."""
    table_or_stop("cloud_cost_breakdown", "No bill in this workspace has costs.")
    columns = models()["cloud_costs"].columns
    filters, metric, granularity, by, then = picked()
    metrics = (metric, *(other for other in COST_METRICS if other != metric))
    found = rows(costs_report(metrics, granularity, by, filters, VALUES, then))
    if found.empty:
        st.warning("Nothing to show: no row matches these choices.", icon=":material/search_off:")
        return
    cards(found, filters)
    st.caption(f"**{METRIC_LABELS[metric]}**: {columns[metric].definition}")

    name = " and ".join(pickers.dimension_label(part) for part in (by, then) if part)
    st.subheader(f"{METRIC_LABELS[metric]} cost by {markdown(name[:1].lower() + name[1:])}")
    amounts = found.rename(columns={metric: "amount"})[["period", "value", "amount"]]
    shown = charts.top_series(amounts, add_other=True)
    title = f"{METRIC_LABELS[metric]} cost ({filters.currency or formats.UNKNOWN})"
    ends = rows(scopes(filters))
    periods = sorted({period.date() for period in found["period"]})
    still_open = spans.open_periods(ends, periods, granularity)
    st.altair_chart(
        charts.over_time(
            shown, granularity, title, stacked=True, by=None if then else by, clickable=True,
            still_open=still_open,
        ),
        width="stretch",
        key="bars",
        on_select=drill,
        alt=f"{title} by {name} and {granularity}; the numbers are in the table below.",
    )  # fmt: skip
    tell_open(still_open, ends, granularity)
    totals_table(metrics, name, by, then, filters)
    lines(found, metric, granularity, by, then, filters)
    what_changed(metric, by, filters)
    five_metrics(found, granularity, filters, still_open)


def picked() -> tuple[Filters, str, str, str, str | None]:
    """Draw the pickers."""
    dimensions = [*DIMENSIONS, *pickers.tags()]
    first, second, third = st.columns(3)
    with first:
        metric = pickers.choice(
            "Metric", "metric", COST_METRICS, "amortized_net_cost",
            format_func=METRIC_LABELS.__getitem__,
        )  # fmt: skip
    with second:
        # Links of before name the tag on its own.
        named = st.query_params.get("tag")
        default = f"{TAG}{named}" if st.query_params.get("by") == "Tag" and named else "Service"
        by = pickers.choice(
            "Group by", "by", dimensions, default, format_func=pickers.dimension_label
        )
    with third:
        others = [NO_SECOND, *(name for name in dimensions if name != by)]
        then = pickers.choice("And by", "then", others, format_func=pickers.dimension_label)
    fourth, fifth, sixth = st.columns(3)
    with fourth:
        currency = pickers.currency(EVERYTHING, "amortized_net_cost")
    everything = Filters(currency, date.min, date.max)
    with fifth:
        start, end = pickers.time(known_days(everything))
    with sixth:
        granularity = pickers.toggles(
            "Granularity", "granularity", GRANULARITIES, "day", hide=False
        )
    seventh, eighth = st.columns([1, 2])
    with seventh:
        providers = pickers.providers(EVERYTHING)
    filters = Filters(currency, start, end, providers)
    options = [name for name in dimensions if name != "Provider"]
    with eighth:
        where = pickers.filters(options, lambda name: dimension_values(name, filters))
    filters = replace(filters, where=where)
    return filters, metric, granularity, by, None if then == NO_SECOND else then


def known_days(filters: Filters) -> spans.Days:
    """Tell the days of the bills in a currency."""
    condition, values = filters.condition()
    bounds = exact(spans_of(condition, values))
    return spans.days_of(rows(scopes(filters)), bounds["first"][0], bounds["last"][0])


def spans_of(condition: str, values: list[object]) -> Query:
    """Return the first and last day of what a condition names."""
    return Query(
        "select min(charge_date) as first, max(charge_date) as last"
        f" from {EVERYTHING} and {condition}",
        values,
    )


def cards(found: pd.DataFrame, filters: Filters) -> None:
    """Show the five totals and the Kubernetes share of each."""
    row = formats.cards()
    shares = []
    for metric in COST_METRICS:
        total, kubernetes = found[metric].sum(), found[f"{metric}_kubernetes"].sum()
        shares.append(kubernetes / total if total > 0 else 0)
        row.metric(
            f"{METRIC_LABELS[metric]}, {filters.currency or formats.UNKNOWN}",
            f"{total:,.0f}",
            f"{shares[-1]:.1%} Kubernetes",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )
    tell_shares(max(shares), min(shares))


def tell_shares(highest: float, lowest: float) -> None:
    """Explain shares that are none of a cake."""
    if highest > 1 or lowest < 0:
        st.caption(
            "A share above 100 % or below 0 %: the rest, or the Kubernetes part, is negative"
            " (discounts, credits or refunds)."
        )


def tell_open(still_open: set[date], ends: pd.DataFrame, granularity: str) -> None:
    """Say which periods are drawn pale, and why."""
    if not still_open:
        return
    last = max(still_open)
    late = [
        f"{scope['scope']} to {scope['last_complete_date']:%Y-%m-%d}"
        if not pd.isna(scope["last_complete_date"])
        else f"{scope['scope']} with no complete day"
        for number, scope in enumerate(ends.to_dict("records"))
        if spans.open_periods(ends.iloc[[number]], [last], granularity)
    ]
    many = f" and {len(late) - 5} more" if len(late) > 5 else ""
    st.caption(
        f"Pale or dashed: {granularity}s that are still open. The bills are complete of"
        f" {markdown(', '.join(late[:5]))}{many}."
    )


def totals_table(
    metrics: tuple[str, ...], name: str, by: str, then: str | None, filters: Filters
) -> None:
    """Show the five metrics of each value over all days, and the Kubernetes share of the first."""
    totals = exact(cost_totals(metrics, by, filters, VALUES, then)).set_index("value")
    order = totals[metrics[0]].sort_values(ascending=False).index
    totals = totals.loc[[*order.drop(OTHER, errors="ignore"), *order.intersection([OTHER])]]
    if OTHER in totals.index:
        st.caption(f"The {VALUES} with the highest costs; the rest is {OTHER}.")
    if len(totals) > 1:
        total = pd.DataFrame([totals.sum()], index=["Total"], dtype=object)
        totals = pd.concat([total, totals])
    shares = [
        float(part / whole) if whole > 0 else 0.0
        for part, whole in zip(totals[f"{metrics[0]}_kubernetes"], totals[metrics[0]], strict=True)
    ]
    shown = totals[list(COST_METRICS)].rename(columns=METRIC_LABELS).assign(Kubernetes=shares)
    formats.table(
        shown.reset_index(names=name),
        f"cloud-costs-by-{name.lower().replace(' ', '-')}",
        dict.fromkeys(METRIC_LABELS.values(), "{:,.2f}") | {"Kubernetes": "{:.1%}"},
    )
    st.caption(f"Kubernetes: its share of {METRIC_LABELS[metrics[0]].lower()} cost.")
    tell_shares(max(shares), min(shares))


def drill() -> None:
    """Take the clicked bar over into the pickers of the lines below."""
    links.touched()
    points = st.session_state["bars"].selection.get("bar", [])
    if points and points[0]["value"] != OTHER:
        day = pd.Timestamp(points[0]["period"], unit="ms")
        st.session_state["lines"], st.session_state["in"] = points[0]["value"], f"{day:%Y-%m-%d}"


def lines(
    found: pd.DataFrame, metric: str, granularity: str, by: str, then: str | None, filters: Filters
) -> None:
    """Show the resources that a bar is made of."""
    st.subheader("What is in it")
    all_periods = "all periods"
    first, second = st.columns(2)
    names = [name for name in charts.series_by_size(found, metric) if name != OTHER]
    with first:
        value = pickers.choice(
            f"Lines of ({pickers.dimension_label(by).lower()})", "lines", names,
            names[0], help="Or click a bar.",
        )  # fmt: skip
    periods = sorted({f"{period:%Y-%m-%d}" for period in found["period"][found["value"] == value]})
    with second:
        period = pickers.choice(
            granularity.capitalize(), "in", [all_periods, *periods], periods[-1]
        )
    if period != all_periods:
        filters = within(filters, date.fromisoformat(period), granularity)
    parts = value.split(" · ", 1) if then else [value]
    wanted = tuple(
        (dimension, (part,))
        for dimension, part in zip((by, then), parts, strict=False)
        if dimension
    )
    resources = exact(cost_lines(metric, wanted, filters, LINES))
    if len(resources) == LINES:
        st.caption(f"The {LINES} most costly; `cloudbill report costs` gives all as CSV.")
    resources.insert(0, "resource", [formats.short(name) for name in resources["resource_id"]])
    resources["resource_id"] = resources.pop("resource_id")
    formats.table(
        resources.rename(columns=METRIC_LABELS | COLUMN_LABELS),
        "cloud-costs-lines",
        dict.fromkeys(METRIC_LABELS.values(), "{:,.2f}"),
        height=280,
    )


def within(filters: Filters, start: date, granularity: str) -> Filters:
    """Narrow the days to one period."""
    end = end_of_period(start, granularity)
    return replace(filters, start=max(start, filters.start), end=min(end, filters.end))


def what_changed(metric: str, by: str, filters: Filters) -> None:
    """Show the top movers against any other days, of each scope only days that both have."""
    st.subheader("What changed")
    first, second = st.columns(2)
    with first:
        name = pickers.choice(
            "Compared with", "against", [spans.BEFORE, spans.YEAR_BEFORE, spans.OTHER_DAYS]
        )
    start, end = spans.before(name, filters.start, filters.end)
    if name == spans.OTHER_DAYS:
        known = known_days(Filters(filters.currency, date.min, date.max))
        with second:
            start, end = pickers.days("Those days", "before", known.first, known.last, (start, end))
    st.caption(f"{filters.start} to {filters.end} against {start} to {end}.")
    for scope in rows(uncompared(metric, filters, (start, end))).to_dict("records"):
        compared = (
            f"compared to {scope['compared_until']:%Y-%m-%d} and as many days before, as far as its"
            " bills are complete."
            if scope["is_compared"]
            else "not compared, since one of the two has no bill of it"
            f" ({formats.money(scope['before'], filters.currency)} before)."
        )
        st.caption(f"{markdown(scope['provider'])}, {markdown(scope['scope'])}: {compared}")
    changed = exact(movers(metric, by, filters, (start, end)))
    if changed.empty:
        st.info("Nothing changed.", icon=":material/trending_flat:")
        return
    floats = changed.assign(
        **{name: changed[name].astype(float) for name in ("before", "after", "change")}
    )
    st.altair_chart(
        charts.changes(floats, f"Change ({filters.currency or formats.UNKNOWN})"),
        width="stretch",
        alt="The largest changes; the numbers are in the table below.",
    )
    formats.table(
        changed.rename(
            columns={
                "value": pickers.dimension_label(by),
                "before": "Before",
                "after": "After",
                "change": "Change",
                "change_rate": "Change %",
            }
        ),
        f"cloud-costs-changes-{filters.start}",
        dict.fromkeys(("Before", "After"), "{:,.2f}")
        | {"Change": "{:+,.2f}", "Change %": "{:+.1%}"},
    )


def five_metrics(
    found: pd.DataFrame, granularity: str, filters: Filters, still_open: set[date]
) -> None:
    """Show the five metrics as five lines, and say which coincide."""
    st.subheader("The five metrics over time")
    by_period = found.groupby("period", as_index=False)[list(COST_METRICS)].sum()
    named = by_period.rename(columns=METRIC_LABELS)
    st.altair_chart(
        charts.over_time(
            named.melt("period", var_name="value", value_name="amount"),
            granularity,
            f"Cost ({filters.currency or formats.UNKNOWN})",
            stacked=False,
            still_open=still_open,
        ),
        width="stretch",
        alt="The five cost metrics over time.",
    )
    told = formats.coinciding({name: list(named[name].round(6)) for name in METRIC_LABELS.values()})
    if told:
        st.caption(f"Lines that coincide: {told}.")
