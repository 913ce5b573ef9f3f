"""What changed of the cloud costs against any other days."""

from __future__ import annotations

import streamlit as st

from cloudbill.explorer import charts, formats, pickers
from cloudbill.explorer.data import exact, known_days
from cloudbill.explorer.views.cost_choices import Choices
from cloudbill.read import spans
from cloudbill.read.changes import compared_scopes, movers, told
from cloudbill.safe import markdown

DRAWN = 15


def show(choices: Choices) -> None:
    """Show the top movers, of each scope only days that both spans have complete."""
    filters, metric = choices.filters, choices.metric
    known = known_days(filters.currency)
    st.subheader("What changed")
    first, second = st.columns(2)
    with first:
        name = pickers.choice(
            "Compared with", "against", [spans.BEFORE, spans.YEAR_BEFORE, spans.OTHER_DAYS]
        )
    start, end = spans.before(name, filters.start, filters.end)
    if name == spans.OTHER_DAYS:
        with second:
            start, end = pickers.days("Those days", "before", known.first, known.last, (start, end))
    if end < known.first:
        st.caption(f"No bill is of the days to compare with, {start} to {end}.")
        return
    st.caption(f"{filters.start} to {filters.end} against {start} to {end}.")
    for scope in exact(compared_scopes(metric, filters, (start, end))).to_dict("records"):
        st.caption(markdown(told(scope, filters.currency)))
    changed = exact(movers(metric, choices.by, filters, (start, end), then=choices.then))
    if (changed["before"] == changed["after"]).all():
        st.info("Nothing changed.", icon=":material/trending_flat:")
        return
    changed.insert(0, "name", choices.named(changed))
    changed = changed.drop(columns=["value", "second_value"])
    drawn = changed[changed["change"] != 0].head(DRAWN).rename(columns={"name": "value"})
    st.altair_chart(
        charts.changes(
            drawn.assign(**{part: drawn[part].astype(float) for part in drawn.columns[1:4]}),
            f"Change ({filters.currency or formats.UNKNOWN})",
        ),
        width="stretch",
        alt="The largest changes; the numbers are in the table below.",
    )
    totals = formats.sums(changed, ("before", "after", "change"))
    rate = float(totals["change"] / abs(totals["before"])) if totals["before"] else None
    formats.table(
        formats.with_total(changed, "name", totals | {"change_rate": rate}).rename(
            columns={
                "name": choices.label,
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
