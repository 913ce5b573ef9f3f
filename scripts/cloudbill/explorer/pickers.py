"""Widgets whose values are the page's link: it reproduces what is shown, and Back goes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd
import streamlit as st

from cloudbill.explorer.colours import SAME
from cloudbill.explorer.data import known_days, rows
from cloudbill.explorer.formats import UNKNOWN, currency_label
from cloudbill.explorer.links import remember, touched
from cloudbill.read.cloud_costs import COST_METRICS, METRIC_LABELS
from cloudbill.read.filters import NONE, TAG, Query, Wanted, tag_of
from cloudbill.read.spans import OTHER_DAYS, span


def choice(
    label: str,
    key: str,
    options: Sequence[str],
    default: str | None = None,
    *,
    format_func: Callable[[str], str] = str,
    help: str | None = None,
    disabled: bool = False,
) -> str:
    """Pick one of several: the link's, else the default, else the first."""
    if st.session_state.get(key) not in options:
        wanted = (st.query_params.get(key), default, options[0])
        st.session_state[key] = next(option for option in wanted if option in options)
    picked: str = st.selectbox(
        label,
        options,
        key=key,
        format_func=format_func,
        help=help,
        disabled=disabled,
        on_change=touched,
    )
    remember(key, picked)
    return picked


def toggles(label: str, key: str, options: Sequence[str], default: str, *, hide: bool) -> str:
    """Pick one of a few, all of them in sight."""
    if st.session_state.get(key) not in options:
        wanted = st.query_params.get(key, default)
        st.session_state[key] = wanted if wanted in options else default
    picked = st.segmented_control(
        label,
        options,
        key=key,
        format_func=lambda option: option[:1].upper() + option[1:],
        required=True,
        on_change=touched,
        label_visibility="collapsed" if hide else "visible",
    )
    remember(key, picked)
    return picked or default


def picked_before(key: str) -> Sequence[str]:
    """Return what the session has of a widget of several values, else the link."""
    found: Sequence[str] = st.session_state.get(key, st.query_params.get_all(key))
    return found


def several(
    label: str,
    key: str,
    options: Sequence[str],
    *,
    placeholder: str = "All",
    format_func: Callable[[str], str] = str,
    keep: bool = True,
) -> tuple[str, ...]:
    """Pick any of several; none means all.

    What was picked is kept where there is none of it: to show all instead would be wrong.
    """
    wanted = picked_before(key)
    if keep:
        options = list(dict.fromkeys([*options, *wanted]))
    st.session_state[key] = [value for value in wanted if value in options]
    picked = tuple(
        st.multiselect(
            label,
            options,
            key=key,
            placeholder=placeholder,
            format_func=format_func,
            on_change=touched,
        )
    )
    remember(key, picked)
    return picked


def metric() -> str:
    """Pick one of the five cost metrics."""
    return choice(
        "Metric", "metric", COST_METRICS, "amortized_net_cost",
        format_func=METRIC_LABELS.__getitem__,
    )  # fmt: skip


def time(currency: str | None) -> tuple[date, date]:
    """Pick a span of days by its name; by default the last month that the bills have complete."""
    known = known_days(currency)
    given = OTHER_DAYS if st.query_params.get_all("dates") else known.default
    name = choice("Time", "period", known.names, given)
    if name == OTHER_DAYS:
        return days("Days", "dates", known.first, known.last)
    start, end_day = span(name, known)
    st.session_state.pop("dates", None)
    return start, end_day


def days(
    label: str, key: str, first: date, last: date, default: tuple[date, date] | None = None
) -> tuple[date, date]:
    """Pick a span of days among those that there are."""
    wanted = st.session_state.get(key, tuple(map(parsed, st.query_params.get_all(key))))
    if len(wanted) != 1:
        start, end = wanted if len(wanted) == 2 else default or (None, None)
        start, end = clamp(start or first, first, last), clamp(end or last, first, last)
        st.session_state[key] = (min(start, end), end)
    picked = st.date_input(
        label, min_value=first, max_value=last, key=key, format="YYYY-MM-DD", on_change=touched
    )
    # While only the first day is picked, the span is that day to the last one.
    chosen = tuple(picked) if isinstance(picked, tuple) else (picked,)
    start, end = (
        (chosen[0], chosen[1]) if len(chosen) == 2 else (chosen[0] if chosen else first, last)
    )
    remember(key, (start, end))
    return start, end


def clamp(day: date, first: date, last: date) -> date:
    """Keep a day within the span."""
    return max(first, min(day, last))


def parsed(text: str) -> date | None:
    """Read a day of a link that a person may have edited."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def currency(source: str, cost: str) -> str | None:
    """Pick the currency, the one with the most money first; shown even when there is only one."""
    found = rows(
        f"select billing_currency as currency from {source} group by all"
        f" order by sum({cost}) desc nulls last"
    )["currency"]
    names = [UNKNOWN if pd.isna(name) else str(name) for name in found]
    picked = choice(
        "Currency", "currency", names, format_func=currency_label,
        help="Currencies are never added together: every figure on this page is in this one.",
    )  # fmt: skip
    return None if picked == UNKNOWN else picked


def providers(source: str) -> tuple[str, ...]:
    """Pick providers among those in a mart, or in some of its rows."""
    names = rows(f"select distinct provider from {source} order by all")["provider"]
    return several("Providers", "provider", [str(name) for name in names])


def clusters(mart: str) -> tuple[str, ...]:
    """Pick clusters among those in a mart."""
    names = rows(f"select distinct coalesce(cluster, '{NONE}') as name from {mart} order by all")
    return several("Clusters", "cluster", [str(name) for name in names["name"]])


def tags() -> list[str]:
    """List the tags of the bills as dimensions, each by one name."""
    found = rows("select min(tag_label) as name from named_tags group by tag_name order by all")
    return [f"{TAG}{name}" for name in found["name"]]


def keys_of(tag: str) -> Query:
    """Return the keys that a tag has on bills."""
    return Query(
        "select distinct tag_key from named_tags where tag_name in"
        " (select tag_name from named_tags where tag_label = ?) order by all",
        [tag],
    )


def dimension_label(dimension: str) -> str:
    """Name a dimension for people."""
    tag = tag_of(dimension)
    return f"Tag {tag}" if tag else dimension


def dimension_told(dimension: str) -> str:
    """Name a dimension within a sentence."""
    tag = tag_of(dimension)
    return f"tag {tag}" if tag else dimension[:1].lower() + dimension[1:]


def filters(options: Sequence[str], values_of: Callable[[str], Query]) -> Wanted:
    """Pick dimensions to filter by, and values of each.

    What another page filters by under another name is filtered by here, too.
    """
    st.session_state["filter"] = [taken_over(name, options) for name in picked_before("filter")]
    wanted = several(
        "Filter by", "filter", options, placeholder="–", format_func=dimension_label, keep=False
    )
    if not wanted:
        return ()
    found = []
    for column, name in zip(st.columns(3) * len(wanted), wanted, strict=False):
        with column:
            values = [str(value) for value in rows(values_of(name))["value"]]
            picked = several(dimension_label(name), f"only {name}", values)
        if picked:
            found.append((name, picked))
    return tuple(found)


def taken_over(name: str, options: Sequence[str]) -> str:
    """Return a dimension by this page's name for it, which takes its values over."""
    names = SAME | {theirs: ours for ours, theirs in SAME.items()}
    if name in options or names.get(name) not in options:
        return name
    st.session_state[f"only {names[name]}"] = picked_before(f"only {name}")
    return names[name]
