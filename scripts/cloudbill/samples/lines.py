"""A line of a bill: the native row, and what it is worth by the economy that produced it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

ZERO = Decimal(0)
METRICS = ("list", "net", "amortized_net", "invoiced", "amortized")
PERIODS = ("2026-09", "2026-10")

# Placeholders in rows: a bigger sample is the same company many times over. The first becomes eight
# hex digits, different in every copy; the second the same number in ten decimal digits; the third
# four digits of an account that copies share.
COPY = "@0@"
COPY_NUMBER = "@1@"
ACCOUNT = "@2@"


@dataclass(frozen=True)
class Line:
    """One row as the provider writes it, and the costs that it must come to."""

    row: dict[str, Any]
    billing_period: str
    currency: str
    charge_type: str
    cost: Decimal  # the amount in the cost column of the file
    list: Decimal
    net: Decimal
    amortized_net: Decimal
    amortized: Decimal
    unused: Decimal = ZERO  # the part of the amortized cost that nobody used
    is_kubernetes: bool = False
    in_kubecost_scope: bool = True
    is_repetition: bool = False  # tells again what other lines tell, and is no charge
    facts: dict[str, Decimal] = field(default_factory=dict)  # summed into the truth by name

    @property
    def invoiced(self) -> Decimal:
        """Kubecost's invoiced cost is its net cost."""
        return self.net


@dataclass(frozen=True)
class Export:
    """An entry of bills.yml."""

    name: str
    kind: str
    location: str
    dataset: str | None = None
    scope: str | None = None
    currency: str | None = None  # where the file names none
    bom: bytes = b""  # what files of the export begin with


@dataclass(frozen=True)
class BillFile:
    """A file of an export: its lines in chunks (days), each repeated for every copy."""

    export: Export
    path: str  # under the export's location, with `{part}` where it may be split
    header: Sequence[str]  # as the file shows it
    chunks: Sequence[Sequence[Line]]
    columns: Mapping[str, object] | None = None  # types of a Parquet file of rows as they are


def text(amount: Decimal) -> str:
    """Write a decimal plainly: no exponent, no trailing zeros."""
    plain = format(amount, "f") if amount else "0"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def floor(amount: Decimal, step: str) -> Decimal:
    """Round down to a multiple of a power of ten."""
    return amount.quantize(Decimal(step), rounding=ROUND_DOWN)


def digest(*parts: object, length: int = 16) -> str:
    """Make up an identifier: hex digits that depend on nothing but the parts."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


def guid(*parts: object) -> str:
    """Make up a GUID, different in every copy of the company."""
    h = digest(*parts, length=24)
    return f"{COPY}-{h[:4]}-4{h[4:7]}-a{h[7:10]}-{h[10:22]}"


def month_start(period: str) -> date:
    """First day of a billing period."""
    return date.fromisoformat(f"{period}-01")


def month_end(period: str) -> date:
    """First day after a billing period."""
    return (month_start(period) + timedelta(days=32)).replace(day=1)


def days_of(period: str) -> list[date]:
    """All days of a billing period."""
    start = month_start(period)
    return [start + timedelta(days=i) for i in range((month_end(period) - start).days)]
