"""Charts: one look, colours that colour-blind people can tell apart, readable in dark mode."""

from __future__ import annotations

from collections.abc import Collection

import altair as alt
import pandas as pd

from cloudbill.explorer import PALETTE
from cloudbill.explorer.colours import scale
from cloudbill.read.filters import NONE, OTHER

LAST = (NONE, OTHER)
MARGIN, PALE = 12, 0.45
MORE, LESS = "#D55E00", "#0072B2"
TOP = len(PALETTE)
HEIGHT = 420
# What is too long of a name keeps both ends, the telling ones; a wide page has room for more.
SHORT = (
    "length(datum.label) > {most}"
    " ? slice(datum.label, 0, ceil({most} / 2)) + '…' + slice(datum.label, -floor({most} / 2))"
    " : datum.label"
)
NAMES = alt.Axis(
    labelLimit=400,
    labelOverlap=False,
    labelExpr=SHORT.format(most="clamp(windowSize()[0] / 28, 26, 48)"),
)
# Each number with a unit of its own, and none below one: 0.2 is not 200m.
AMOUNTS = alt.Axis(
    tickCount=5,
    labelExpr="abs(datum.value) < 1000 ? format(datum.value, '~g') : format(datum.value, '~s')",
)
FORMATS = {"day": "%d %b", "week": "%d %b", "month": "%b %Y"}


def series_by_size(frame: pd.DataFrame, amount: str = "amount") -> list[str]:
    """Order the values by what they add up to, the largest first, none and the rest last."""
    names = frame.groupby("value")[amount].sum().sort_values(ascending=False).index
    return [*names.drop(list(LAST), errors="ignore"), *(name for name in LAST if name in names)]


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


def colours(names: list[str], by: str | None = None, columns: int = 2) -> alt.Color:
    """Colour series in their order, what is rest or none in grey."""
    ordered = [*(name for name in names if name not in LAST), *(n for n in LAST if n in names)]
    given = scale(ordered, by)
    return alt.Color(
        "value:N",
        title="",
        scale=alt.Scale(domain=ordered, range=[given[name] for name in ordered]),
        sort=ordered,
        legend=alt.Legend(
            orient="bottom",
            columns=columns,
            labelLimit=400,
            title=None,
            labelExpr=SHORT.format(most=f"clamp(windowSize()[0] / 22, {28 // columns}, 48)"),
        ),
    )


def over_time(
    frame: pd.DataFrame,
    granularity: str,
    title: str,
    *,
    stacked: bool,
    by: str | None = None,
    clickable: bool = False,
    still_open: Collection[object] = (),
) -> alt.Chart | alt.LayerChart | alt.FacetChart:
    """Draw bars that add up, else lines: what does not add up must not look as if it did.

    Periods that are still open are drawn pale or dashed.
    """
    names = series_by_size(frame)
    frame = frame.assign(open=[day in still_open for day in map(as_day, frame["period"])])
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
        x=alt.X("utcyearmonthdate(period):O", axis=axis, scale=alt.Scale(paddingOuter=0.2)),
        y=alt.Y(
            "amount:Q",
            title=title,
            axis=AMOUNTS,
            scale=alt.Scale(padding=0 if stacked else MARGIN, domainMax=highest(frame, stacked)),
        ),
        color=colours(names, by),
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
        return lines(chart, frame)
    bars = (
        chart.mark_bar()
        .encode(
            order="rank:O",
            fillOpacity=alt.condition("datum.open", alt.value(PALE), alt.value(1)),
        )
        .transform_calculate(rank=f"indexof({names!r}, datum.value)")
    )
    if clickable:
        picked = alt.selection_point(name="bar", fields=["value", "period"])
        bars = bars.encode(opacity=alt.condition(picked, alt.value(1), alt.value(0.35)))
        bars = bars.add_params(picked)
    result: alt.Chart = bars.properties(height=HEIGHT)
    return result


def lines(chart: alt.Chart, frame: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    """Draw lines, dashed to the periods that are still open."""
    dates = frame.assign(period=pd.to_datetime(frame["period"]))
    closed, still_open = dates[~dates["open"]], dates[dates["open"]]
    last = closed.sort_values("period").groupby("value").tail(1)
    dashed = chart.properties(data=pd.concat([last, still_open]) if len(still_open) else still_open)
    points = chart.mark_point(filled=True, size=36, opacity=1)
    return alt.layer(
        chart.properties(data=closed).mark_line(strokeWidth=2),
        dashed.mark_line(strokeWidth=2, strokeDash=[4, 4]),
        points,
    ).properties(height=HEIGHT)


def as_day(period: object) -> object:
    """Return the day of a period's start."""
    return pd.Timestamp(period).date()  # type: ignore[arg-type]


def highest(frame: pd.DataFrame, stacked: bool) -> float | alt.UndefinedType:
    """Return where the axis ends, so that bars do not touch the frame."""
    if not stacked:
        return alt.Undefined
    above = frame[frame["amount"] > 0].groupby("period")["amount"].sum()
    return float(above.max()) * 1.05 if len(above) else alt.Undefined


def changes(frame: pd.DataFrame, title: str) -> alt.Chart:
    """Draw changes: orange for more, blue for less."""
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X(
                "change:Q",
                title=title,
                axis=AMOUNTS,
                scale=alt.Scale(padding=MARGIN),
            ),
            y=alt.Y(
                "value:N",
                title=None,
                sort=list(frame["value"]),
                axis=NAMES,
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
            x=alt.X(
                "period:T",
                title=None,
                axis=alt.Axis(format="%d %b", grid=False, tickCount=8, labelFlush=True),
                scale=alt.Scale(padding=MARGIN),
            ),
            y=alt.Y(
                "amount:Q",
                title=title,
                axis=alt.Axis(format=amount_format, tickCount=5),
                scale=alt.Scale(padding=MARGIN),
            ),
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
            y=alt.Y("name:N", title=None, sort=None, axis=NAMES),
            yOffset=alt.YOffset("value:N", sort=names),
            x=alt.X(
                "amount:Q",
                title=title,
                axis=alt.Axis(format=amount_format, tickCount=5),
                scale=alt.Scale(padding=MARGIN),
            ),
            color=colours(names, columns=1),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("value:N", title="which"),
                alt.Tooltip("amount:Q", title=title, format=amount_format),
            ],
        )
        .properties(height=100 + 20 * len(names) + 26 * frame["name"].nunique())
    )
    return chart


def stacked_rows(frame: pd.DataFrame, title: str) -> alt.Chart:
    """Draw the parts of each name as one row."""
    names = list(dict.fromkeys(frame["value"]))
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=alt.Y("name:N", title=None, sort=None, axis=NAMES),
            x=alt.X(
                "amount:Q",
                title=title,
                axis=AMOUNTS,
                scale=alt.Scale(padding=MARGIN),
            ),
            color=colours(names, columns=1),
            order=alt.Order("value:N", sort="descending"),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("value:N", title="which"),
                alt.Tooltip("amount:Q", title=title, format=",.2f"),
            ],
        )
        .properties(height=100 + 20 * len(names) + 26 * frame["name"].nunique())
    )
    return chart
