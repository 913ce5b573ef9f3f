"""The terminal: what is printed is text, whatever values hold; unwrapped off a terminal."""

from __future__ import annotations

import sys
from typing import Any

import rich.console
import rich.table
from rich.console import RenderableType
from rich.text import Text

from cloudbill.safe import lines, shown

WIDE = 10_000


class Table(rich.table.Table):
    """A table whose headers and cells are text: no markup, no control characters, no secrets."""

    def add_column(self, header: RenderableType = "", *args: Any, **options: Any) -> None:
        """Add a column under a header that is text."""
        super().add_column(cell(header), *args, **options)

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        """Add a row of cells that are text."""
        super().add_row(*map(cell, cells), **options)


def cell(value: Any) -> Any:
    """What a cell holds, as text."""
    if isinstance(value, Text):
        value.plain = shown(value.plain)
        return value
    return Text(shown(value)) if isinstance(value, str) else value


def text(sentence: str, style: str = "") -> Text:
    """A sentence, or lines of them, to be printed."""
    return Text(lines(sentence), style=style)


def console(*, stderr: bool = False, color: bool = True) -> rich.console.Console:
    """Standard output or error, on which nothing is markup."""
    stream = sys.stderr if stderr else sys.stdout
    return rich.console.Console(
        stderr=stderr,
        highlight=False,
        markup=False,
        emoji=False,
        color_system="auto" if color else None,
        width=None if color and stream.isatty() else WIDE,
    )
