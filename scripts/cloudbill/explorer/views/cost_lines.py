"""What a bar of the cloud costs is made of: the lines of its resources."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from cloudbill.explorer import charts, formats, links, pickers
from cloudbill.explorer.data import exact
from cloudbill.explorer.views.cost_choices import Choices
from cloudbill.read.cloud_costs import METRIC_LABELS, cost_lines
from cloudbill.read.filters import OTHER, Filters
from cloudbill.read.periods import end_of_period

LINES = 500
ALL_PERIODS = "all periods"
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


def drill() -> None:
    """Take the clicked bar over into the pickers of the lines."""
    links.touched()
    points = st.session_state["bars"].selection.get("bar", [])
    if points and points[0]["value"] != OTHER:
        day = pd.Timestamp(points[0]["period"], unit="ms")
        st.session_state["lines"], st.session_state["in"] = points[0]["value"], f"{day:%Y-%m-%d}"


def show(precise: pd.DataFrame, choices: Choices) -> None:
    """Show the resources that a bar is made of."""
    filters, granularity = choices.filters, choices.granularity
    st.subheader("What is in it")
    first, second = st.columns(2)
    amounts = pd.DataFrame(
        {"value": precise["name"], "amount": precise[choices.metric].astype(float)}
    )
    names = [name for name in charts.series_by_size(amounts) if name != OTHER]
    with first:
        name = pickers.choice(
            f"Lines of ({choices.name})", "lines", names, names[0], help="Or click a bar."
        )
    found = precise[precise["name"] == name]
    periods = [f"{period:%Y-%m-%d}" for period in sorted(set(found["period"]))]
    with second:
        period = pickers.choice(
            granularity.capitalize(), "in", [ALL_PERIODS, *periods], periods[-1]
        )
    if period != ALL_PERIODS:
        filters = within(filters, date.fromisoformat(period), granularity)
    values = (found["value"].iloc[0], found["second_value"].iloc[0])
    wanted = tuple(
        (part, (value,)) for part, value in zip(choices.dimensions, values, strict=False)
    )
    resources = exact(cost_lines(choices.metric, wanted, filters, LINES))
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
