"""How a report is written: a table with bars for people, CSV or JSON for programs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rich.text import Text

from cloudbill.read import show
from cloudbill.read.terminal import Table
from cloudbill.safe import csv_cell, every_digit, json_text

BAR = "█▏▎▍▌▋▊▉"
BAR_WIDTH = 16
Row = tuple[Any, ...]
Formats = Mapping[str, Callable[[Any], str]]


class Output(StrEnum):
    """How a report is written."""

    table = "table"
    csv = "csv"
    json = "json"


def money(amount: Decimal) -> str:
    """Show money."""
    return f"{amount:,.2f}"


def share(part: float | None) -> str:
    """Show a ratio as a percentage."""
    return "" if part is None else f"{part:.1%}"


def count(amount: float) -> str:
    """Show a count or hours: decimals only where there are any."""
    return f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"


def told(value: object) -> str:
    """Show any value."""
    if isinstance(value, Decimal | float):
        return f"{value:,.4f}"
    return "" if value is None else str(value)


def write(
    output: Output,
    header: Sequence[str],
    rows: Sequence[Row],
    formats: Formats | None = None,
    *,
    bar_of: str | None = None,
    still_open: Collection[Row] = (),
) -> None:
    """Write rows; CSV has every digit.

    A table has bars of one column, pale in the currencies and periods that are still open.
    """
    if output is Output.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(map(csv_cell, header))
        writer.writerows([csv_cell(exactly(value)) for value in row] for row in rows)
    elif output is Output.json:
        print(json_text([dict(zip(header, map(plain, row), strict=True)) for row in rows]))
    else:
        show.console.print(table(header, rows, formats or {}, bar_of, still_open))
        if still_open:
            show.tell("… marks periods that the bills do not have to their end yet.")


def table(
    header: Sequence[str],
    rows: Sequence[Row],
    formats: Formats,
    bar_of: str | None,
    still_open: Collection[Row],
) -> Table:
    """Lay rows out; a bar compares rows of one currency, which is the first column."""
    result = Table(*header, *([""] if bar_of else []), box=None, header_style="bold")
    for name, column in zip(header, result.columns, strict=False):
        column.justify = "right" if name in formats else "left"
    place = header.index(bar_of) if bar_of else 0
    largest: dict[object, float] = {}
    for row in rows if bar_of else ():
        largest[row[0]] = max(largest.get(row[0], 0), abs(float(row[place])))
    for row in rows:
        cells = [formats.get(name, told)(value) for name, value in zip(header, row, strict=True)]
        is_open = row[:2] in still_open
        if is_open:
            cells[1] += " …"
        drawn = [bar(float(row[place]), largest[row[0]], is_pale=is_open)] if bar_of else []
        result.add_row(*map(Text, cells), *drawn)
    return result


def bar(amount: float, largest: float, *, is_pale: bool) -> Text:
    """Draw a part of the largest amount in eighths of a character, red below zero."""
    eighths = round(abs(amount) / largest * BAR_WIDTH * 8) if largest else 0
    drawn = BAR[0] * (eighths // 8) + (BAR[eighths % 8] if eighths % 8 else "")
    return Text(drawn, style=("red" if amount < 0 else "blue") + (" dim" if is_pale else ""))


def exactly(value: object) -> object:
    """Write a value for a spreadsheet: every digit of money, without zeros at its end."""
    return every_digit(value) if isinstance(value, Decimal) else plain(value)


def plain(value: object) -> object:
    """Write a value for a program: money as a double, days as ISO 8601."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
