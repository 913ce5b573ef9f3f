"""Widgets whose values are the page's link: it reproduces what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd
import streamlit as st

from cloudbill.explorer.data import rows
from cloudbill.explorer.formats import UNKNOWN, currency_label


def forget() -> None:
    """Take the choices of the view before out of the link."""
    st.query_params.clear()


def remember(key: str, value: object) -> None:
    """Put a picked value into the link."""
    values = [str(part) for part in value] if isinstance(value, tuple | list) else value
    if value is None or values == []:
        st.query_params.pop(key, None)
    elif isinstance(values, list):
        st.query_params[key] = values
    else:
        st.query_params[key] = str(value)


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
        label, options, key=key, format_func=format_func, help=help, disabled=disabled
    )
    remember(key, picked)
    return picked


def toggles(
    label: str,
    key: str,
    options: Sequence[str],
    default: str,
    on_change: Callable[[], None] | None = None,
) -> str:
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
        on_change=on_change,
        label_visibility="collapsed" if on_change else "visible",
    )
    remember(key, picked)
    return picked or default


def several(label: str, key: str, options: Sequence[str]) -> tuple[str, ...]:
    """Pick any of several; none means all."""
    wanted = st.session_state.get(key, st.query_params.get_all(key))
    st.session_state[key] = [value for value in wanted if value in options]
    picked = tuple(st.multiselect(label, options, key=key, placeholder="All"))
    remember(key, picked)
    return picked


def days(key: str, first: date, last: date) -> tuple[date, date]:
    """Pick a span of days among those that there are."""
    wanted = st.session_state.get(key, tuple(map(parsed, st.query_params.get_all(key))))
    if len(wanted) != 1:
        start, end = wanted if len(wanted) == 2 else (None, None)
        start, end = clamp(start or first, first, last), clamp(end or last, first, last)
        st.session_state[key] = (min(start, end), end)
    picked = st.date_input("Dates", min_value=first, max_value=last, key=key, format="YYYY-MM-DD")
    # While only the first day is picked, the span is that day to the last one.
    span = tuple(picked) if isinstance(picked, tuple) else (picked,)
    start, end = (span[0], span[1]) if len(span) == 2 else (span[0] if span else first, last)
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
