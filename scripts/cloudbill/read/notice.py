"""One thing that someone should look at, and how its facts are read and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.safe import every_digit
from cloudbill.sql import parquet


@dataclass(frozen=True)
class Notice:
    """One thing to look at."""

    kind: str
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)
    is_told_once: bool = False
    """Told by the run that finds it, and by status; not by every run after that."""
    is_new: bool = True


def columns(connection: duckdb.DuckDBPyConnection, mart: Path) -> list[str]:
    """Names of a published table's columns, which an earlier version may have made."""
    return connection.sql(f"from {parquet(mart)}").columns


def plain(amount: Decimal) -> str:
    """An amount without the zeros at its end, and with no fewer than two decimals."""
    shown = f"{amount:.2f}"
    return shown if Decimal(shown) == amount else every_digit(amount)
