"""The VM cost report: one of eighteen measures by period and category."""

import pandas as pd
import streamlit as st

from cloudbill.explorer import charts, formats, pickers
from cloudbill.explorer.data import rows, table_or_stop
from cloudbill.read.catalog import models
from cloudbill.read.reports import (
    CATEGORIES,
    GRANULARITIES,
    MEASURES,
    NORMALIZED_CATEGORY,
    NOT_ADDITIVE,
    Filters,
    category_of,
    is_cost,
    vm_report,
)


def show() -> None:
    """Draw the page."""
    table_or_stop("vm_cost_report", "No bill in this workspace has virtual machines.")
    columns = models()["vm_cost_report"].columns
    first, second, third = st.columns(3)
    with first:
        measure = pickers.choice(
            "Measure", "measure", MEASURES, "total_cost", format_func=lambda m: columns[m].label
        )
    normalized = measure.startswith("normalized_")
    with second:
        category = pickers.choice(
            "Category", "category", CATEGORIES, "Subscription", disabled=normalized,
            help="Normalized measures exist only by Normalized Machine Series.",
        )  # fmt: skip
    with third:
        currency = pickers.currency("vm_cost_report", "total_cost")
    fourth, fifth, sixth = st.columns(3)
    with fourth:
        granularity = pickers.toggles("Granularity", "granularity", GRANULARITIES, "week")
    bounds = rows(
        "select min(period_start)::date as first, max(period_start)::date as last"
        f" from vm_cost_report where granularity = '{granularity}'"
    ).iloc[0]
    with fifth:
        start, end = pickers.days("dates", bounds["first"].date(), bounds["last"].date())
    with sixth:
        providers = pickers.providers("vm_cost_report")

    st.markdown(f"**{columns[measure].label}**: {columns[measure].definition}")
    if normalized:
        st.info(
            f"Shown by {NORMALIZED_CATEGORY}: a normalization factor compares sizes of one group"
            " only, so this measure means nothing in any other category.",
            icon=":material/swap_horiz:",
        )
    category = category_of(measure, category)
    query = vm_report(measure, granularity, category, Filters(currency, start, end, providers))
    found = rows(query)
    if found.empty:
        st.warning("Nothing to show: no row matches these choices.", icon=":material/search_off:")
        return
    additive = measure not in NOT_ADDITIVE
    title = columns[measure].label + (f" ({currency})" if is_cost(measure) and currency else "")
    shown = charts.top_series(found, add_other=additive)
    st.altair_chart(
        charts.over_time(shown, granularity, title, stacked=additive, clickable=False),
        width="stretch",
        alt=f"{title} by {category} and {granularity}; the numbers are in the table below.",
    )
    if not additive and found["value"].nunique() > charts.TOP:
        st.caption(f"The chart shows the {charts.TOP} largest; the table has all.")
    wide = pivoted(found, category, additive=additive and category != "Total")
    formats.table(
        wide,
        f"vm-{measure}-{granularity}-by-{category.lower().replace(' ', '-')}",
        dict.fromkeys(wide.columns[1:], "{:,.2f}" if is_cost(measure) else formats.number),
    )


def pivoted(found: pd.DataFrame, category: str, *, additive: bool) -> pd.DataFrame:
    """One row per value, the largest first, one column per period; a total where it adds up."""
    wide = found.pivot_table(index="value", columns="period", values="amount", sort=False)
    wide = wide.reindex(charts.series_by_size(found)).sort_index(axis="columns")
    if additive and len(wide) > 1:
        wide.loc["Total"] = wide.sum()
    wide.columns = [f"{period:%Y-%m-%d}" for period in wide.columns]
    return wide.reset_index(names=category)
