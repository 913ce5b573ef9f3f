"""The VM cost report: one of eighteen measures by period and category or tag."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from cloudbill.explorer import charts, formats, notes, pickers
from cloudbill.explorer.data import ends_of, exact, rows, table_or_stop
from cloudbill.explorer.names import names_of
from cloudbill.read.catalog import models
from cloudbill.read.filters import GRANULARITIES, Filters
from cloudbill.read.periods import end_of_period, open_periods
from cloudbill.read.vm_report import (
    CATEGORIES,
    MEASURES,
    NORMALIZED_CATEGORY,
    NOT_ADDITIVE,
    category_of,
    is_cost,
    vm_report,
    vm_values,
)


def show() -> None:
    """Draw the page."""
    table_or_stop("vm_cost_report", "No bill in this workspace has virtual machines.")
    columns = models()["vm_cost_report"].columns
    categories = [*CATEGORIES, *pickers.tags()]
    first, second, third = st.columns(3)
    with first:
        measure = pickers.choice(
            "Measure", "measure", MEASURES, "total_cost", format_func=lambda m: columns[m].label
        )
    normalized = measure.startswith("normalized_")
    with second:
        category = pickers.choice(
            "Category", "category", categories, "Subscription", disabled=normalized,
            format_func=pickers.dimension_label,
            help="Normalized measures exist only by Normalized Machine Series.",
        )  # fmt: skip
    with third:
        granularity = pickers.toggles(
            "Granularity", "granularity", GRANULARITIES, "week", hide=False
        )
    fourth, fifth, sixth = st.columns(3)
    with fourth:
        currency = pickers.currency("vm_cost_report", "total_cost")
    with fifth:
        start, end = pickers.time(currency)
    with sixth:
        providers = pickers.providers("vm_cost_report")
    filters = Filters(currency, start, end, providers)
    options = [name for name in categories if name != "Total"]
    where = pickers.filters(options, lambda name: vm_values(granularity, name, filters))
    filters = replace(filters, where=where)

    st.markdown(f"**{columns[measure].label}**: {columns[measure].definition}")
    if normalized:
        st.info(
            f"Shown by {NORMALIZED_CATEGORY}: a normalization factor compares sizes of one group"
            " only, so this measure means nothing in any other category.",
            icon=":material/swap_horiz:",
        )
    category = category_of(measure, category)
    query = vm_report(measure, granularity, category, filters)
    found, precise = rows(query), exact(query)
    if found.empty:
        notes.nothing()
        return
    names = names_of(category)
    found, precise = (part.assign(value=part["value"].replace(names)) for part in (found, precise))
    additive = measure not in NOT_ADDITIVE
    title = columns[measure].label + (f" ({currency})" if is_cost(measure) and currency else "")
    shown = charts.top_series(found, add_other=additive)
    periods = sorted({period.date() for period in found["period"]})
    ends = ends_of(filters)
    still_open = open_periods(ends, periods, granularity)
    name = pickers.dimension_label(category)
    st.altair_chart(
        charts.over_time(
            shown, granularity, title, stacked=additive, by=category, still_open=still_open
        ),
        width="stretch",
        alt=f"{title} by {name} and {granularity}; the numbers are in the table below.",
    )
    first_day, last_day = periods[0], end_of_period(periods[-1], granularity)
    if first_day < start or last_day > end:
        st.caption(f"Whole {granularity}s, from {first_day} to {last_day}.")
    notes.tell_open(still_open, ends, granularity)
    if not additive:
        tell_lines(found)
    wide = pivoted(precise, name, additive=additive and category != "Total")
    formats.table(
        wide,
        f"vm-{measure}-{granularity}-by-{name.lower().replace(' ', '-')}",
        dict.fromkeys(wide.columns[1:], "{:,.2f}" if is_cost(measure) else formats.number),
    )


def tell_lines(found: pd.DataFrame) -> None:
    """Say what of the lines cannot be seen."""
    if found["value"].nunique() > charts.TOP:
        st.caption(f"The chart shows the {charts.TOP} largest; the table has all.")
    wide = found.pivot_table(index="value", columns="period", values="amount").fillna(0)
    notes.tell_coinciding({str(name): list(row) for name, row in wide.round(6).iterrows()})


def pivoted(found: pd.DataFrame, category: str, *, additive: bool) -> pd.DataFrame:
    """One row per value, the largest first, one column per period; a total where it adds up."""
    wide = found.pivot(index="value", columns="period", values="amount")
    floats = found.assign(amount=found["amount"].astype(float))
    wide = wide.loc[charts.series_by_size(floats)].sort_index(axis="columns")
    wide.columns = [f"{period:%Y-%m-%d}" for period in wide.columns]
    table = wide.reset_index(names=category)
    totals = formats.sums(table, wide.columns)
    return formats.with_total(table, category, totals) if additive else table
