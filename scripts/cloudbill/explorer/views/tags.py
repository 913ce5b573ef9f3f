"""Tags: what costs have a tag and what have not, by account and service."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cloudbill.explorer import charts, formats, notes, pickers
from cloudbill.explorer.data import exact, rows, table_or_stop
from cloudbill.read.cloud_costs import (
    DIMENSIONS,
    EVERYTHING,
    METRIC_LABELS,
    dimension_values,
    tag_coverage,
)
from cloudbill.read.filters import TAG, Filters
from cloudbill.safe import markdown


def show() -> None:
    """Draw the page."""
    table_or_stop("named_tags", "No bill in this workspace has tags or labels.")
    first, second, third = st.columns(3)
    with first:
        names = [name.removeprefix(TAG) for name in pickers.tags()]
        tag = pickers.choice("Tag", "tag", names, next((n for n in names if n == "env"), None))
    with second:
        metric = pickers.metric()
    with third:
        currency = pickers.currency(EVERYTHING, "amortized_net_cost")
    first, second, third = st.columns(3)
    with first:
        start, end = pickers.time(currency)
    with second:
        providers = pickers.providers(EVERYTHING)
    filters = Filters(currency, start, end, providers)
    with third:
        options = [name for name in (*DIMENSIONS, *pickers.tags()) if name != "Provider"]
        where = pickers.filters(options, lambda name: dimension_values(name, filters))
    filters = replace(filters, where=where)
    found = exact(tag_coverage(metric, tag, filters))
    if found.empty:
        notes.nothing()
        return
    with_tag, without = found["with_tag"].sum(), found["without_tag"].sum()
    total = with_tag + without
    coverage = float(with_tag / total) if total else None
    row = formats.cards()
    row.metric("With the tag", formats.money(with_tag, currency), border=True)
    row.metric("Without it", formats.money(without, currency), border=True)
    row.metric("Coverage", formats.percent(coverage), border=True)
    keys = rows(pickers.keys_of(tag))["tag_key"]
    st.caption(f"On bills as {markdown(', '.join(keys))}.")
    st.subheader(f"Cost with and without the tag {markdown(tag)}, by account and service")
    largest = found.head(20)
    parts = largest.assign(
        name=[
            f"{account}, {service}"
            for account, service in zip(largest["account"], largest["service_name"], strict=True)
        ],
        with_tag=largest["with_tag"].astype(float),
        without_tag=largest["without_tag"].astype(float),
    ).melt(["name"], ["with_tag", "without_tag"], var_name="value", value_name="amount")
    parts["value"] = parts["value"].map({"with_tag": "with the tag", "without_tag": "without it"})
    st.altair_chart(
        charts.stacked_rows(parts, f"{METRIC_LABELS[metric]} cost ({currency or formats.UNKNOWN})"),
        width="stretch",
        alt="Cost with and without the tag; the numbers are in the table below.",
    )
    if len(found) > len(largest):
        st.caption(f"The chart shows the {len(largest)} with most cost without the tag.")
    totals = {"with_tag": with_tag, "without_tag": without, "coverage": coverage}
    formats.table(
        formats.with_total(found, "provider", totals).rename(columns={"service_name": "service"}),
        f"tag-coverage-{tag}",
        {"with_tag": "{:,.2f}", "without_tag": "{:,.2f}", "coverage": "{:.1%}"},
    )
