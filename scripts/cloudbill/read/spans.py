"""Spans of days by their names: months, quarters and years of the bills, and what came before."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cloudbill.read.periods import ENDED, Scope, end_of_month

LAST_COMPLETE = "Last complete month"
ALL_DAYS = "All days"
OTHER_DAYS = "Other days"
NAMED = (
    LAST_COMPLETE, "This month", "Last month", "Last 30 days", "This quarter", "Last quarter",
    "This year", "Last year", ALL_DAYS, OTHER_DAYS,
)  # fmt: skip
BEFORE, YEAR_BEFORE = "The time before", "The same time a year before"


@dataclass(frozen=True)
class Days:
    """The days of the bills, and the last one that every scope has complete."""

    first: date
    last: date
    complete: date | None

    @property
    def names(self) -> list[str]:
        """The spans that have any day of the bills."""
        found = []
        for name in NAMED:
            start, end = span(name, self)
            if name in (ALL_DAYS, OTHER_DAYS) or (start <= self.last and end >= self.first):
                found.append(name)
        if complete_month(self) is None:
            found.remove(LAST_COMPLETE)
        return found

    @property
    def default(self) -> str:
        """The last complete month, where there is one."""
        return LAST_COMPLETE if LAST_COMPLETE in self.names else ALL_DAYS


def days_of(scopes: Iterable[Scope], first: date, last: date) -> Days:
    """Tell how far bills go; scopes whose bills ended long before the others have no say."""
    known = list(scopes)
    newest = max((scope.last for scope in known), default=last)
    complete = [scope.complete for scope in known if scope.last >= newest - ENDED]
    days = [day for day in complete if day]
    return Days(first, last, min(days) if days and len(days) == len(complete) else None)


def complete_month(days: Days) -> date | None:
    """Return the first day of the last month that every scope has complete."""
    if days.complete is None:
        return None
    after = days.complete + timedelta(days=1)
    month = months_before(after.replace(day=1), 1)
    return month if end_of_month(month) >= days.first else None


def span(name: str, days: Days) -> tuple[date, date]:
    """Return the first and last day of a span; "this" is what the last day of the bills is in."""
    month = days.last.replace(day=1)
    quarter = month.replace(month=3 * ((month.month - 1) // 3) + 1)
    year = month.replace(month=1)
    complete = complete_month(days) or month
    found = {
        LAST_COMPLETE: (complete, end_of_month(complete)),
        "This month": (month, days.last),
        "Last month": (months_before(month, 1), month - timedelta(days=1)),
        "Last 30 days": (days.last - timedelta(days=29), days.last),
        "This quarter": (quarter, days.last),
        "Last quarter": (months_before(quarter, 3), quarter - timedelta(days=1)),
        "This year": (year, days.last),
        "Last year": (months_before(year, 12), year - timedelta(days=1)),
    }
    return found.get(name, (days.first, days.last))


def before(name: str, start: date, end: date) -> tuple[date, date]:
    """Return the span to compare with: as many days before.

    What begins with a month is compared with the same days of as many months before.
    """
    if name == YEAR_BEFORE or start.day == 1:
        months = 12 * (end.year - start.year) + end.month - start.month + 1
        months = 12 if name == YEAR_BEFORE else months
        last = months_before(end, months)
        return months_before(start, months), end_of_month(last) if is_end(end) else last
    return start - (end - start) - timedelta(days=1), start - timedelta(days=1)


def is_end(day: date) -> bool:
    """Tell the last day of a month."""
    return day == end_of_month(day)


def months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or the last one that it has."""
    number = 12 * day.year + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
