"""Clusters: what each costs, by component, and how the bill knows."""

from __future__ import annotations

import streamlit as st

from cloudbill.explorer import charts, formats, notes, pickers
from cloudbill.explorer.data import exact, rows, table_or_stop
from cloudbill.read.catalog import models
from cloudbill.read.cloud_costs import COST_METRICS, METRIC_LABELS
from cloudbill.read.filters import NONE, Filters, Query, any_of

KNOWN_BY = {
    "both": "by a marker and of a known cluster",
    "cluster": "of a cluster, without a marker",
    "marker": "by a marker alone; no cluster is known",
    "unused": "unused part of a commitment that this cluster alone used",
}


def show() -> None:
    """Draw the page."""
    table_or_stop("cluster_costs", "No bill in this workspace has Kubernetes.")
    first, second, third = st.columns(3)
    with first:
        metric = pickers.metric()
    with second:
        currency = pickers.currency("cluster_costs", "amortized_net_cost")
    with third:
        start, end = pickers.time(currency)
    first, second = st.columns(2)
    with first:
        providers = pickers.providers("cluster_costs")
    with second:
        clusters = pickers.clusters("cluster_costs")
    condition, values = Filters(currency, start, end, providers).condition()
    if clusters:
        wanted, names = any_of(
            (("Cluster", clusters),), {"Cluster": f"coalesce(cluster, '{NONE}')"}
        )
        condition, values = f"{condition} and {wanted}", [*values, *names]
    found = rows(Query(PARTS.format(metric=metric, condition=condition), values))
    if found.empty:
        notes.nothing()
        return
    st.caption(models()["cluster_costs"].text)
    st.subheader(f"{METRIC_LABELS[metric]} cost by cluster and component")
    st.altair_chart(
        charts.stacked_rows(found, f"{METRIC_LABELS[metric]} cost ({currency or formats.UNKNOWN})"),
        width="stretch",
        alt="Cost of each cluster by component; the numbers are in the table below.",
    )
    table = exact(Query(ROWS.format(metric=metric, condition=condition), values))
    table["known_by"] = table["known_by"].map(KNOWN_BY)
    totals = formats.sums(table, COST_METRICS)
    formats.table(
        formats.with_total(table, "cluster", totals).rename(columns=METRIC_LABELS),
        "cluster-costs",
        dict.fromkeys(METRIC_LABELS.values(), "{:,.2f}"),
    )


PARTS = f"""
with parts as (

    select
        coalesce(cluster, '{NONE}') as name,
        component as value,
        sum({{metric}})::double as amount
    from cluster_costs
    where {{condition}}
    group by all

)

from parts
order by name = '{NONE}', sum(amount) over (partition by name) desc, name, value
"""
ROWS = f"""
with costs as (

    select
        coalesce(cluster, '{NONE}') as cluster,
        component,
        known_by,
        {", ".join(f"sum({metric}) as {metric}" for metric in COST_METRICS)}
    from cluster_costs
    where {{condition}}
    group by all

)

from costs
order by
    cluster = '{NONE}',
    sum({{metric}}) over (partition by cluster) desc,
    cluster,
    {{metric}} desc,
    component,
    known_by
"""
