"""Node prices: what each cluster node really costs per hour, and where the price came from."""

import streamlit as st

from cloudbill.explorer import charts, formats, notes, pickers
from cloudbill.explorer.data import rows, table_or_stop
from cloudbill.read.filters import Query, any_of

SOURCES = {
    "billed": "from the node's own lines in the bill",
    "inferred": "from similar machines in the bill",
    "list": "the list price: the bill shows no discounted one",
    "none": "no price was found",
}
MANY = 40


def show() -> None:
    """Draw the page."""
    table_or_stop(
        "node_prices",
        "No cluster is loaded: name node lists under `nodes:` in bills.yml"
        " (`kubectl get nodes -o json`), then `cloudbill refresh`.",
    )
    first, second = st.columns(2)
    with first:
        currency = pickers.currency("node_prices", "hourly_price")
    with second:
        wanted = pickers.clusters("node_prices")
    condition, names = any_of((("Cluster", wanted),) if wanted else (), {"Cluster": "cluster"})
    condition += " and billing_currency is not distinct from ?"
    values: list[object] = [*names, currency]
    nodes = rows(Query(NODES.format(condition=condition), values))
    if nodes.empty:
        notes.nothing()
        return
    price, listed = nodes["hourly_price"].sum(), nodes["list_hourly_price"].sum()
    row = formats.cards()
    row.metric("Nodes", formats.number(len(nodes)), border=True)
    row.metric("Real price per hour", formats.price(price, currency), border=True)
    row.metric("List price per hour", formats.price(listed, currency), border=True)
    row.metric("Discount", formats.percent(1 - price / listed if listed else None), border=True)
    st.caption(" · ".join(f"**{name}**: {text}" for name, text in SOURCES.items()))

    st.subheader("List against real price")
    named = nodes.head(MANY).rename(
        columns={"node_name": "name", "list_hourly_price": "list", "hourly_price": "real"}
    )
    prices = named.melt(["name"], ["list", "real"], var_name="value", value_name="amount")
    st.altair_chart(
        charts.side_by_side(prices, f"Price of an hour ({currency or formats.UNKNOWN})", ",.3f"),
        width="stretch",
        alt="List and real hourly price of each node; the numbers are in the table below.",
    )
    if len(nodes) > MANY:
        st.caption(f"The chart shows the {MANY} most expensive of {len(nodes):,} nodes.")
    formats.table(
        nodes.rename(columns={"region_id": "region", "node_name": "node"}),
        "node-prices",
        dict.fromkeys(("hourly_price", "list_hourly_price"), "{:,.4f}")
        | {"discount_rate": "{:.1%}", "similar_machines": formats.number},
    )
    history(list(nodes["node_name"]), condition, values, currency)


NODES = """
select
    cluster,
    node_name,
    provider,
    instance_type,
    region_id,
    operating_system,
    pricing_model,
    hourly_price,
    list_hourly_price,
    discount_rate,
    price_source,
    matched_by,
    similar_machines
from node_prices
where {condition}
order by hourly_price desc nulls last, cluster, node_name
"""
HISTORY = """
with node as (

    select provider, machine_id, billing_currency from node_prices
    where node_name = ? and {condition} limit 1

)

select charge_date as period, 'real' as value, hourly_price as amount
from node_price_history inner join node using (provider, machine_id, billing_currency)
union all
select charge_date as period, 'list' as value, list_hourly_price as amount
from node_price_history inner join node using (provider, machine_id, billing_currency)
order by all
"""


def history(names: list[str], condition: str, values: list[object], currency: str | None) -> None:
    """Show the price of one node for every day in the bills."""
    st.subheader("Price history")
    name = pickers.choice("Node", "node", names)
    days = rows(Query(HISTORY.format(condition=condition), [name, *values]))
    days = days.dropna(subset=["amount"])
    if days.empty:
        st.caption("The bills do not show this node's machine, so it has no history.")
        return
    st.altair_chart(
        charts.over_days(days, f"Price of an hour ({currency or formats.UNKNOWN})", ",.3f"),
        width="stretch",
        alt="Hourly price of the node per day; the numbers are in the table below.",
    )
    formats.table(
        days.rename(columns={"period": "day", "value": "which", "amount": "hourly_price"}),
        f"node-price-history-{name}",
        {"hourly_price": "{:,.4f}", "day": "{:%Y-%m-%d}"},
        height=200,
    )
