"""Charts: one look, colours that colour-blind people can tell apart, readable in dark mode."""

from __future__ import annotations

import altair as alt
import pandas as pd

from cloudbill.explorer import PALETTE
from cloudbill.read.reports import OTHER

GREY = "#8C8C8C"
MORE, LESS = "#D55E00", "#0072B2"
TOP = len(PALETTE)
HEIGHT = 420
FORMATS = {"day": "%d %b", "week": "%d %b", "month": "%b %Y"}


def series_by_size(frame: pd.DataFrame, amount: str = "amount") -> list[str]:
    """Order the values by what they add up to, the largest first, the rest of them last."""
    names = frame.groupby("value")[amount].sum().sort_values(ascending=False).index
    return [*names.drop(OTHER, errors="ignore"), *names.intersection([OTHER])]


def top_series(frame: pd.DataFrame, *, add_other: bool, amount: str = "amount") -> pd.DataFrame:
    """Keep as many series as there are colours; what adds up is added up to one more."""
    names = series_by_size(frame, amount)
    kept = set(names[:TOP])
    if len(names) <= TOP:
        return frame
    if not add_other:
        return frame[frame["value"].isin(kept)]
    merged = frame.assign(value=frame["value"].where(frame["value"].isin(kept), OTHER))
    return merged.groupby(["period", "value"])[amount].sum().reset_index()


def colours(names: list[str], title: str = "") -> alt.Color:
    """Colour series in their order, the rest in grey."""
    ordered = [name for name in names if name != OTHER]
    domain = [*ordered, *([OTHER] if OTHER in names else [])]
    scale = [*PALETTE[: len(ordered)], *([GREY] if OTHER in names else [])]
    return alt.Color(
        "value:N",
        title=title,
        scale=alt.Scale(domain=domain, range=scale),
        sort=domain,
        legend=alt.Legend(orient="bottom", columns=2, labelLimit=280, title=None),
    )


def over_time(
    frame: pd.DataFrame, granularity: str, title: str, *, stacked: bool, clickable: bool = False
) -> alt.Chart:
    """Draw bars that add up, else lines: what does not add up must not look as if it did."""
    names = series_by_size(frame)
    periods = sorted(frame["period"].unique())
    # Ordinal: bars of equal width, and weeks and months take no gaps.
    step = max(1, -(-len(periods) // 12))
    axis = alt.Axis(
        title=None,
        format=FORMATS[granularity],
        formatType="time",
        values=[pd.Timestamp(day).isoformat() for day in periods[::step]],
        labelAngle=0,
        labelOverlap=True,
        grid=False,
    )
    chart = alt.Chart(frame.assign(period=pd.to_datetime(frame["period"]))).encode(
        x=alt.X("utcyearmonthdate(period):O", axis=axis),
        y=alt.Y("amount:Q", title=title, axis=alt.Axis(format="~s", tickCount=5)),
        color=colours(names),
        tooltip=[
            alt.Tooltip("value:N", title=" "),
            alt.Tooltip(
                "utcyearmonthdate(period):O",
                title=granularity,
                format="%Y-%m-%d",
                formatType="time",
            ),
            alt.Tooltip("amount:Q", title=title, format=",.2f"),
        ],
    )
    if not stacked:
        points = alt.OverlayMarkDef(filled=True, size=36)
        lines: alt.Chart = chart.mark_line(point=points, strokeWidth=2).properties(height=HEIGHT)
        return lines
    bars = (
        chart.mark_bar()
        .encode(order="rank:O")
        .transform_calculate(rank=f"indexof({names!r}, datum.value)")
    )
    if clickable:
        picked = alt.selection_point(name="bar", fields=["value", "period"])
        bars = bars.encode(opacity=alt.condition(picked, alt.value(1), alt.value(0.35)))
        bars = bars.add_params(picked)
    result: alt.Chart = bars.properties(height=HEIGHT)
    return result


def changes(frame: pd.DataFrame, title: str) -> alt.Chart:
    """Draw changes: orange for more, blue for less."""
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("change:Q", title=title, axis=alt.Axis(format="~s", tickCount=5)),
            y=alt.Y(
                "value:N",
                title=None,
                sort=list(frame["value"]),
                axis=alt.Axis(labelLimit=240, labelOverlap=False),
            ),
            color=alt.condition("datum.change > 0", alt.value(MORE), alt.value(LESS)),
            tooltip=[
                alt.Tooltip("value:N", title=" "),
                alt.Tooltip("before:Q", format=",.2f"),
                alt.Tooltip("after:Q", format=",.2f"),
                alt.Tooltip("change:Q", format="+,.2f"),
            ],
        )
        .properties(height=60 + 22 * len(frame))
    )
    return chart


def over_days(frame: pd.DataFrame, title: str, amount_format: str) -> alt.Chart:
    """Draw one value per day and series as steps: a price or a ratio holds for its day."""
    chart: alt.Chart = (
        alt.Chart(frame.assign(period=pd.to_datetime(frame["period"])))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("period:T", title=None, axis=alt.Axis(format="%d %b", grid=False, tickCount=8)),
            y=alt.Y("amount:Q", title=title, axis=alt.Axis(format=amount_format, tickCount=5)),
            color=colours(list(dict.fromkeys(frame["value"]))),
            tooltip=[
                alt.Tooltip("value:N", title=" "),
                alt.Tooltip("period:T", title="day", format="%Y-%m-%d"),
                alt.Tooltip("amount:Q", title=title, format=amount_format),
            ],
        )
        .properties(height=HEIGHT)
    )
    return chart


def side_by_side(frame: pd.DataFrame, title: str, amount_format: str) -> alt.Chart:
    """Draw series beside each other, a row of bars for each name."""
    names = list(dict.fromkeys(frame["value"]))
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y(
                "name:N", title=None, sort=None, axis=alt.Axis(labelLimit=240, labelOverlap=False)
            ),
            yOffset=alt.YOffset("value:N", sort=names),
            x=alt.X("amount:Q", title=title, axis=alt.Axis(format=amount_format, tickCount=5)),
            color=colours(names),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("value:N", title="which"),
                alt.Tooltip("amount:Q", title=title, format=amount_format),
            ],
        )
        .properties(height=120 + 26 * frame["name"].nunique())
    )
    return chart


def stacked_rows(frame: pd.DataFrame, title: str) -> alt.Chart:
    """Draw the parts of each name as one row."""
    names = list(dict.fromkeys(frame["value"]))
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y(
                "name:N", title=None, sort=None, axis=alt.Axis(labelLimit=240, labelOverlap=False)
            ),
            x=alt.X("amount:Q", title=title, axis=alt.Axis(format="~s", tickCount=5)),
            color=colours(names),
            order=alt.Order("value:N", sort="descending"),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("value:N", title="which"),
                alt.Tooltip("amount:Q", title=title, format=",.2f"),
            ],
        )
        .properties(height=120 + 26 * frame["name"].nunique())
    )
    return chart
