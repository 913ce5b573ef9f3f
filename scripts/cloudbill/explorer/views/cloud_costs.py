"""Cloud costs: five metrics by any dimensions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from cloudbill.explorer import charts, formats, notes
from cloudbill.explorer.data import ends_of, exact, rows, table_or_stop
from cloudbill.explorer.views import cost_changes, cost_lines
from cloudbill.explorer.views.cost_choices import Choices, picked
from cloudbill.read.catalog import models
from cloudbill.read.cloud_costs import (
    COST_METRICS,
    METRIC_LABELS,
    costs_report,
    out_of_scope,
    out_of_scope_told,
)
from cloudbill.read.filters import OTHER
from cloudbill.read.periods import open_periods
from cloudbill.safe import markdown

VALUES = 200


def show() -> None:
    """Draw the page."""
    table_or_stop("cloud_cost_breakdown", "No bill in this workspace has costs.")
    choices = picked()
    filters, metric, granularity = choices.filters, choices.metric, choices.granularity
    precise = exact(
        costs_report(choices.metrics, granularity, choices.by, filters, VALUES, choices.then)
    )
    if precise.empty:
        notes.nothing()
        return
    precise.insert(1, "name", choices.named(precise))
    cards(precise, filters.currency)
    st.caption(f"**{METRIC_LABELS[metric]}**: {models()['cloud_costs'].columns[metric].definition}")
    if left := float(rows(out_of_scope(metric, filters)).to_numpy()[0, 0]):
        st.caption(markdown(out_of_scope_told(left, filters.currency or formats.UNKNOWN)))

    ends = ends_of(filters)
    still_open = open_periods(ends, sorted(set(precise["period"])), granularity)
    over_time(precise, choices, still_open)
    notes.tell_open(still_open, ends, granularity)
    totals_table(precise, choices)
    cost_lines.show(precise, choices)
    cost_changes.show(choices)
    five_metrics(precise, choices, still_open)


def cards(precise: pd.DataFrame, currency: str | None) -> None:
    """Show the five totals and the Kubernetes share of each."""
    row = formats.cards()
    shares = []
    for metric in COST_METRICS:
        total = precise[metric].sum()
        shares.append(share(precise[f"{metric}_kubernetes"].sum(), total))
        row.metric(
            f"{METRIC_LABELS[metric]}, {currency or formats.UNKNOWN}",
            f"{total:,.0f}",
            f"{shares[-1]:.1%} Kubernetes",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )
    notes.tell_shares(shares)


def over_time(precise: pd.DataFrame, choices: Choices, still_open: set[date]) -> None:
    """Draw the picked metric by period and value."""
    label = METRIC_LABELS[choices.metric]
    st.subheader(f"{label} cost by {markdown(choices.name)}")
    amounts = pd.DataFrame(
        {
            "period": precise["period"],
            "value": precise["name"],
            "amount": precise[choices.metric].astype(float),
        }
    )
    title = f"{label} cost ({choices.filters.currency or formats.UNKNOWN})"
    st.altair_chart(
        charts.over_time(
            charts.top_series(amounts, add_other=True),
            choices.granularity,
            title,
            stacked=True,
            by=None if choices.then else choices.by,
            clickable=True,
            still_open=still_open,
        ),
        width="stretch",
        key="bars",
        on_select=cost_lines.drill,
        alt=f"{title} by {choices.name} and {choices.granularity}; the numbers are in the table"
        " below.",
    )


def totals_table(precise: pd.DataFrame, choices: Choices) -> None:
    """Show the five metrics of each value over all days, and of one the shares."""
    part = f"{choices.metric}_kubernetes"
    totals = precise.groupby("name", sort=False)[[*COST_METRICS, part]].sum().reset_index()
    order = totals[choices.metric].sort_values(ascending=False).index
    totals = totals.loc[sorted(order, key=lambda row: totals["name"][row] == OTHER)]
    if OTHER in set(totals["name"]):
        st.caption(f"The {VALUES} with the highest costs; the rest is {OTHER}.")
    totals = formats.with_total(totals, "name", formats.sums(totals, [*COST_METRICS, part]))
    amounts, everything = totals[choices.metric], precise[choices.metric].sum()
    shares = [share(amount, everything) for amount in amounts]
    kubernetes = [*map(share, totals[part], amounts)]
    percents = dict.fromkeys(("Share", "Kubernetes"), "{:.1%}")
    formats.table(
        totals.drop(columns=part)
        .assign(Share=shares, Kubernetes=kubernetes)
        .rename(columns=METRIC_LABELS | {"name": choices.label}),
        f"cloud-costs-by-{choices.name.replace(' ', '-')}",
        dict.fromkeys(METRIC_LABELS.values(), "{:,.2f}") | percents,
    )
    label = METRIC_LABELS[choices.metric].lower()
    st.caption(f"Share: of all {label} cost. Kubernetes: its share of {label} cost.")
    notes.tell_shares([*shares, *kubernetes])


def share(part: Any, whole: Any) -> float:
    """Return a part of a cost; of nothing it is nothing."""
    return float(part / whole) if whole > 0 else 0.0


def five_metrics(precise: pd.DataFrame, choices: Choices, still_open: set[date]) -> None:
    """Show the five metrics as five lines, and say which coincide."""
    st.subheader("The five metrics over time")
    amounts = precise[["period", *COST_METRICS]].rename(columns=METRIC_LABELS)
    by_period = amounts.groupby("period").sum().astype(float)
    st.altair_chart(
        charts.over_time(
            by_period.reset_index().melt("period", var_name="value", value_name="amount"),
            choices.granularity,
            f"Cost ({choices.filters.currency or formats.UNKNOWN})",
            stacked=False,
            still_open=still_open,
        ),
        width="stretch",
        alt="The five cost metrics over time.",
    )
    notes.tell_coinciding({str(name): list(by_period[name].round(6)) for name in by_period})
