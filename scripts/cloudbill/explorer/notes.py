"""Sentences of the page that tell what figures cannot."""

from __future__ import annotations

from datetime import date

import streamlit as st

from cloudbill.read.periods import Scope
from cloudbill.safe import markdown


def nothing() -> None:
    """Say that no row matches."""
    st.warning("Nothing to show: no row matches these choices.", icon=":material/search_off:")


def tell_shares(shares: list[float]) -> None:
    """Explain shares that are none of a cake."""
    if max(shares) > 1 or min(shares) < 0:
        st.caption(
            "A share above 100 % or below 0 %: the rest, or the Kubernetes part, is negative"
            " (discounts, credits or refunds)."
        )


def tell_open(still_open: set[date], ends: list[Scope], granularity: str) -> None:
    """Say which periods are drawn pale, and why."""
    if not still_open:
        return
    late: dict[str, list[str]] = {}
    for scope in ends:
        if any(scope.is_open(period, granularity) for period in still_open):
            names = late.setdefault(f"to {scope.complete}" if scope.complete else "on no day", [])
            names += [scope.name] * (scope.name not in names)
    told = [f"{until}: {some_of(names)}" for until, names in sorted(late.items())]
    st.caption(
        f"Pale or dashed: {granularity}s that some bills do not have to their end. They are"
        f" complete {markdown('; '.join(told))}."
    )


def some_of(names: list[str], most: int = 5) -> str:
    """List a few names, and say how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def tell_coinciding(series: dict[str, list[float]]) -> None:
    """Say which of some lines lie on each other."""
    alike: dict[tuple[float, ...], list[str]] = {}
    for name, amounts in series.items():
        alike.setdefault(tuple(amounts), []).append(name)
    told = "; ".join(" = ".join(names) for names in alike.values() if len(names) > 1)
    if told:
        st.caption(f"Lines that coincide: {markdown(told)}.")
