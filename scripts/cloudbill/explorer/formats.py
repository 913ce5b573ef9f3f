"""How numbers look, the same on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cloudbill.explorer.links import touched
from cloudbill.safe import csv_cell, every_digit, shown

UNKNOWN = "unknown"
NOTHING = "–"
TOTAL = "Total"
JOINT = " · "
SEARCHABLE = 8
ROW, WIDEST = 35, 420


def currency_label(name: str) -> str:
    """Name a currency, also the one that no bill states."""
    return "unknown (the bill does not say)" if name == UNKNOWN else name


def money(amount: float | None, currency: str | None) -> str:
    """Show money: thousands separators, two decimals, the currency's code."""
    return NOTHING if missing(amount) else f"{amount:,.2f} {currency or ''}".rstrip()


def price(amount: float | None, currency: str | None) -> str:
    """Show a price of an hour, which needs more decimals than money."""
    return NOTHING if missing(amount) else f"{amount:,.4f} {currency or ''}".rstrip()


def percent(share: float | None) -> str:
    """Show a ratio as a percentage."""
    return NOTHING if missing(share) else f"{share:.1%}"


def number(amount: float | None) -> str:
    """Show a count or hours: decimals only where there are any."""
    if missing(amount):
        return NOTHING
    return f"{amount:,.0f}" if float(amount or 0).is_integer() else f"{amount:,.2f}"


def change(after: float, before: float | None) -> str | None:
    """Show a change as a percentage; nothing where there was nothing before."""
    return f"{(after - before) / abs(before):+.1%}" if before else None


def missing(amount: float | None) -> bool:
    """Tell whether there is no number."""
    return amount is None or bool(pd.isna(amount))


def in_words(column: str) -> str:
    """Name a column for people."""
    return column.replace("_", " ").capitalize() if column.islower() else column


def as_text(value: object) -> object:
    """Show a text as what it says; numbers keep their formats."""
    return shown(value) if isinstance(value, str) else value


def as_number(value: object) -> object:
    """Show a decimal as a number; the download has all of its digits."""
    return float(value) if isinstance(value, Decimal) else value


def exactly(value: object) -> object:
    """Write a decimal with every digit, without zeros at its end."""
    return every_digit(value) if isinstance(value, Decimal) else value


def searched(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Keep the rows that have a text in any column; small tables need no search."""
    if len(frame) <= SEARCHABLE:
        return frame
    text = st.text_input(
        "Search", key=f"search-{name}", placeholder="Search in this table",
        icon=":material/search:", label_visibility="collapsed", max_chars=200,
        on_change=touched,
    )  # fmt: skip
    if not text:
        return frame
    found = frame.map(lambda value: text.casefold() in str(value).casefold()).any(axis="columns")
    return frame[found]


def short(name: str | None) -> str:
    """Name a resource by the telling end of its path or ARN."""
    return str(name or NOTHING).rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def joined(value: str, second: str) -> str:
    """Name the values of two dimensions together."""
    return f"{value}{JOINT}{second}" if second else value


def with_total(frame: pd.DataFrame, name: str, totals: dict[str, Any]) -> pd.DataFrame:
    """Put a row of totals first, where there is anything to add up."""
    if len(frame) < 2:
        return frame
    first = dict.fromkeys(texts(frame), "") | {name: TOTAL} | totals
    total = pd.DataFrame([first], columns=frame.columns, dtype=object)
    return pd.concat([total, frame.astype(object)], ignore_index=True)


def texts(frame: pd.DataFrame) -> list[str]:
    """Name the columns that hold text."""
    return [
        str(name) for name in frame if frame[name].map(lambda cell: isinstance(cell, str)).any()
    ]


def widths(frame: pd.DataFrame) -> dict[str, Any]:
    """Give each column of text the room that its longest needs; measured alone, some are cut."""
    longest = {name: max(map(len, map(str, [name, *frame[name]]))) for name in texts(frame)}
    return {
        name: st.column_config.Column(width=min(WIDEST, 20 + 13 * long // 2))
        for name, long in longest.items()
    }


def sums(frame: pd.DataFrame, names: Iterable[str]) -> dict[str, Any]:
    """Add columns up."""
    return {name: frame[name].sum() for name in names}


def cards() -> DeltaGenerator:
    """Lay figures out beside each other, as many in a row as the screen has room for."""
    return st.container(horizontal=True)


def table(
    frame: pd.DataFrame,
    name: str,
    formats: dict[str, Any],
    *,
    styles: dict[str, Callable[[Any], str]] | None = None,
    height: int | None = None,
) -> None:
    """Show a table and the download of exactly its rows and columns, every digit of them."""
    frame = searched(frame.rename(columns=in_words), name)
    styled = (
        frame.map(as_number)
        .map(as_text)
        .style.format({in_words(name): look for name, look in formats.items()}, na_rep=NOTHING)
    )
    for column, style in (styles or {}).items():
        styled = styled.map(style, subset=[in_words(column)])
    # As high as its rows, up to a height.
    high: int | Literal["auto"] = height if height and len(frame) * ROW > height else "auto"
    st.dataframe(
        styled,
        hide_index=True,
        height=high,
        placeholder=NOTHING,
        column_config=widths(frame),
    )
    st.download_button(
        "Download CSV",
        frame.map(exactly).rename(columns=csv_cell).map(csv_cell).to_csv(index=False),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        help="The rows and columns of the table above, every digit of them.",
        key=f"download-{name}",
        on_click="ignore",
    )
