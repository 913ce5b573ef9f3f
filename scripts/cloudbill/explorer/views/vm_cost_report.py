"""The VM cost report: one of eighteen measures by period and category or tag."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from cloudbill.explorer import charts, formats, pickers, spans
from cloudbill.explorer.data import exact, rows, table_or_stop
from cloudbill.explorer.views.cloud_costs import tell_open
from cloudbill.read.catalog import models
from cloudbill.read.reports import (
    CATEGORIES,
    GRANULARITIES,
    MEASURES,
    NORMALIZED_CATEGORY,
    NOT_ADDITIVE,
    Filters,
    Query,
    category_of,
    is_cost,
    scopes,
    vm_report,
    vm_values,
)
from cloudbill.safe import markdown

NAMES_OF_RESERVATIONS = """
select reservation_id, max(coalesce(commitment_name, instance_type)) as name
from commitment_discounts where reservation_id is not null group by all
"""


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
    everything = Filters(currency, date.min, date.max)
    ends = rows(scopes(everything))
    with fifth:
        start, end = pickers.time(known_days(granularity, currency, ends))
    with sixth:
        providers = pickers.providers("vm_cost_report")
    if granularity == "month":
        start = start.replace(day=1)
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
        st.warning("Nothing to show: no row matches these choices.", icon=":material/search_off:")
        return
    if category == "Reservation":
        found, precise = named_reservations(found), named_reservations(precise)
    additive = measure not in NOT_ADDITIVE
    title = columns[measure].label + (f" ({currency})" if is_cost(measure) and currency else "")
    shown = charts.top_series(found, add_other=additive)
    periods = sorted({period.date() for period in found["period"]})
    still_open = spans.open_periods(ends, periods, granularity)
    name = pickers.dimension_label(category)
    st.altair_chart(
        charts.over_time(
            shown, granularity, title, stacked=additive, by=category, still_open=still_open
        ),
        width="stretch",
        alt=f"{title} by {name} and {granularity}; the numbers are in the table below.",
    )
    tell_open(still_open, ends, granularity)
    if not additive:
        tell_lines(found)
    wide = pivoted(precise, name, additive=additive and category != "Total")
    formats.table(
        wide,
        f"vm-{measure}-{granularity}-by-{name.lower().replace(' ', '-')}",
        dict.fromkeys(wide.columns[1:], "{:,.2f}" if is_cost(measure) else formats.number),
    )


def known_days(granularity: str, currency: str | None, ends: pd.DataFrame) -> spans.Days:
    """Tell the days of the report: whole periods, of which the first may begin before the bills."""
    query = Query(
        "select min(period_start)::date as first, max(period_start)::date as last"
        " from vm_cost_report where granularity = ? and billing_currency is not distinct from ?",
        [granularity, currency],
    )
    bounds = exact(query)
    return spans.days_of(ends, bounds["first"][0], bounds["last"][0])


def named_reservations(found: pd.DataFrame) -> pd.DataFrame:
    """Name reservations as they were bought, with the end of their ids."""
    known = rows(NAMES_OF_RESERVATIONS)
    names = {
        reservation: f"{name}, {formats.short(reservation)[-8:]}"
        for reservation, name in zip(known["reservation_id"], known["name"], strict=True)
        if not pd.isna(name)
    }
    return found.assign(value=[names.get(value, value) for value in found["value"]])


def tell_lines(found: pd.DataFrame) -> None:
    """Say what of the lines cannot be seen."""
    if found["value"].nunique() > charts.TOP:
        st.caption(f"The chart shows the {charts.TOP} largest; the table has all.")
    wide = found.pivot_table(index="value", columns="period", values="amount").fillna(0)
    told = formats.coinciding({str(name): list(row) for name, row in wide.round(6).iterrows()})
    if told:
        st.caption(f"Lines that coincide: {markdown(told)}.")


def pivoted(found: pd.DataFrame, category: str, *, additive: bool) -> pd.DataFrame:
    """One row per value, the largest first, one column per period; a total where it adds up."""
    wide = found.pivot(index="value", columns="period", values="amount")
    floats = found.assign(amount=found["amount"].astype(float))
    wide = wide.loc[charts.series_by_size(floats)].sort_index(axis="columns")
    if additive and len(wide) > 1:
        total = pd.DataFrame([wide.sum()], index=["Total"], dtype=object)
        wide = pd.concat([total, wide])
    wide.columns = [f"{period:%Y-%m-%d}" for period in wide.columns]
    return wide.reset_index(names=category)
