"""Commitments: how much is used, what is wasted, what is covered, what ends soon."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from cloudbill.explorer import charts, formats, notes, pickers
from cloudbill.explorer.data import exact, rows, table_or_stop
from cloudbill.explorer.names import named
from cloudbill.read.filters import Filters, Query
from cloudbill.safe import markdown

SOON = timedelta(days=90)
UNDERUSED = 0.8
COSTS = ("committed", "used", "unused", "to_come", "savings")


def show() -> None:
    """Draw the page."""
    table_or_stop(
        "commitments", "No bill has reservations, savings plans or committed use discounts."
    )
    first, second, third = st.columns(3)
    with first:
        currency = pickers.currency("commitments", "committed_cost")
    last = rows("select max(charge_date) as last from commitments")["last"][0]
    with second:
        start, end = pickers.time(currency)
    with third:
        providers = pickers.providers("commitments")
    filters = Filters(currency, start, end, providers)
    condition, values = filters.condition()
    found = rows(Query(PER_COMMITMENT.format(condition=condition), values))
    covered = rows(Query(COVERAGE.format(condition=condition), values)).iloc[0]
    if found.empty:
        notes.nothing()
        return
    names = [named(*row) for row in zip(found["name"], found["id"], strict=True)]
    found.insert(0, "commitment", names)
    cards(found, covered, currency)
    ends_soon(found, last)

    st.subheader("Used and unused")
    parts = found.assign(name=found["commitment"]).melt(
        ["name"], ["used", "unused", "to_come"], var_name="value", value_name="amount"
    )
    # Only savings plans in an open month have hours to come.
    parts = parts[(parts["value"] != "to_come") | (parts["amount"] != 0)]
    parts = parts.replace({"value": {"to_come": "to come"}})
    st.altair_chart(
        charts.stacked_rows(parts, f"Cost ({currency or formats.UNKNOWN})"),
        width="stretch",
        alt="Used and unused cost of each commitment; the numbers are in the table below.",
    )
    precise = exact(Query(PER_COMMITMENT.format(condition=condition), values))
    precise.insert(0, "commitment", names)
    if not precise["to_come"].any():
        # A column of nothing would push the end of a commitment out of view.
        precise = precise.drop(columns="to_come")
    costs = [cost for cost in COSTS if cost in precise]
    totals = formats.sums(precise, costs)
    judged = totals["used"] + totals["unused"]
    totals["utilization"] = float(totals["used"] / judged) if judged else None
    formats.table(
        formats.with_total(precise.drop(columns="name"), "commitment", totals),
        "commitments",
        dict.fromkeys(costs, "{:,.2f}") | {"utilization": "{:.1%}", "ends": "{:%Y-%m-%d}"},
    )

    st.subheader("Coverage by day")
    by_day = rows(Query(COVERAGE_BY_DAY.format(condition=condition), values))
    st.altair_chart(
        charts.over_days(by_day, "Coverage at public prices", ".0%"),
        width="stretch",
        alt="Share of coverable usage that commitments covered, per day and provider.",
    )
    formats.table(
        by_day.rename(columns={"period": "day", "value": "provider", "amount": "coverage"}),
        "commitment-coverage",
        {"coverage": "{:.1%}", "day": "{:%Y-%m-%d}"},
        height=200,
    )


PER_COMMITMENT = """
select
    provider,
    commitment_discount_type as type,
    sum(committed_cost) as committed,
    sum(used_cost) as used,
    sum(unused_cost) as unused,
    -- What an older version published lacks the column.
    sum(committed_cost - used_cost - unused_cost) as to_come,
    sum(used_cost) / nullif(sum(used_cost + unused_cost), 0) as utilization,
    sum(savings) as savings,
    case when bool_or(is_open_month) then 'yes' else 'no' end as open_month,
    max(end_date) as ends,
    any_value(commitment_name) as name,
    commitment_discount_id as id
from commitments
where {condition}
group by all
order by unused desc, id
"""
COVERAGE = """
select
    sum(coverable_list_cost) as coverable,
    sum(covered_list_cost) as covered,
    sum(covered_list_cost) / nullif(sum(coverable_list_cost), 0) as coverage,
    -- What an actual export alone covers has no effective cost.
    sum(coverable_list_cost - effective_cost) / nullif(
        sum(case when effective_cost is not null then coverable_list_cost end), 0
    ) as savings_rate
from commitment_coverage
where {condition}
"""
COVERAGE_BY_DAY = """
select
    charge_date as period,
    provider as value,
    sum(covered_list_cost) / nullif(sum(coverable_list_cost), 0) as amount
from commitment_coverage
where {condition}
group by all
order by all
"""


def cards(found: pd.DataFrame, covered: "pd.Series[float]", currency: str | None) -> None:
    """Show coverage, utilization, what is unused and what is saved."""
    used, unused = found["used"].sum(), found["unused"].sum()
    row = formats.cards()
    row.metric(
        "Utilization",
        formats.percent(used / (used + unused) if used + unused else None),
        help="Used over used and unused cost: of committed cost without hours to come.",
        border=True,
    )
    row.metric(
        "Unused", formats.money(unused, currency), help="Paid for and covered nothing.", border=True
    )
    row.metric(
        "Coverage",
        formats.percent(covered["coverage"]),
        help="Of usage that commitments can cover, at public prices, the part that they covered.",
        border=True,
    )
    row.metric(
        "Effective savings rate",
        formats.percent(covered["savings_rate"]),
        help="1 − what coverable usage really cost ÷ the same at public prices.",
        border=True,
    )


def ends_soon(found: pd.DataFrame, last: pd.Timestamp) -> None:
    """Name the commitments that end within 90 days of the last day in the bills."""
    ends = pd.to_datetime(found["ends"])
    soon = found[(ends >= last) & (ends <= last + SOON)]
    for commitment, name, ends_at in zip(
        soon["commitment"], soon["name"], ends[soon.index], strict=True
    ):
        st.warning(
            f"{markdown(name or commitment)} ends on {ends_at:%Y-%m-%d}.",
            icon=":material/event_busy:",
        )
    wasted = found[(found["utilization"] < UNDERUSED) & (found["open_month"] == "no")]
    if len(wasted):
        st.info(
            f"{len(wasted)} of {len(found)} commitments are used less than {UNDERUSED:.0%}.",
            icon=":material/battery_2_bar:",
        )
    still_open = int((found["open_month"] == "yes").sum())
    if still_open:
        st.info(
            f"The unused part of {still_open} commitments has hours to come: AWS"
            " states it for the whole month, and a month among these days is open.",
            icon=":material/hourglass_top:",
        )
