"""Days, weeks and months, and whether the bills have them to their end."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# A scope whose bills end this long before the others has ended.
ENDED = timedelta(days=45)


def end_of_month(day: date) -> date:
    """Return the last day of a month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def start_of_period(day: date, granularity: str) -> date:
    """Return the first day of the day, week or month that a day is in."""
    return {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
    }[granularity]


def end_of_period(start: date, granularity: str) -> date:
    """Return the last day of a day, week or month."""
    return {
        "day": start,
        "week": start + timedelta(days=6),
        "month": end_of_month(start),
    }[granularity]


@dataclass(frozen=True)
class Scope:
    """How far the bills of a scope go: its last day, and the last complete one."""

    name: str
    last: date
    complete: date | None

    def is_open(self, period: date, granularity: str) -> bool:
        """Whether bills of a period are still to come."""
        if self.last < period - ENDED:
            return False
        return self.complete is None or self.complete < end_of_period(period, granularity)


def open_periods(scopes: Iterable[Scope], periods: Iterable[date], granularity: str) -> set[date]:
    """Return the periods that the bills of some scope do not have to their end yet."""
    known = list(scopes)
    return {
        period for period in periods if any(scope.is_open(period, granularity) for scope in known)
    }
