"""Spans of days by their names: months, quarters and years of the bills, and what came before."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from cloudbill.read import periods
from cloudbill.read.periods import ENDED, end_of_month

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


def days_of(scopes: pd.DataFrame, first: date, last: date) -> Days:
    """Tell how far bills go; scopes whose bills ended long before the others have no say."""
    ends = pd.to_datetime(scopes["last_date"])
    alive = scopes[ends >= ends.max() - ENDED]
    complete = pd.to_datetime(alive["last_complete_date"])
    known = len(complete) > 0 and not complete.isna().any()
    return Days(first, last, complete.min().date() if known else None)


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
    """Return the span to compare with: as many whole months, else as many days, before."""
    if name == YEAR_BEFORE:
        shifted = months_before(start, 12), months_before(end + timedelta(days=1), 12)
        return shifted[0], shifted[1] - timedelta(days=1)
    if start.day == 1 and end == end_of_month(end):
        months = 12 * (end.year - start.year) + end.month - start.month + 1
        return months_before(start, months), start - timedelta(days=1)
    if start.day == 1 and (start.year, start.month) == (end.year, end.month):
        return months_before(start, 1), start - timedelta(days=1)
    return start - (end - start) - timedelta(days=1), start - timedelta(days=1)


def months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or the last one that it has."""
    number = 12 * day.year + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def open_periods(scopes: pd.DataFrame, wanted: list[date], granularity: str) -> set[date]:
    """Return the periods that the bills of some scope do not have to their end yet."""
    known = [
        (row["last_date"].date(), None if pd.isna(day := row["last_complete_date"]) else day.date())
        for row in scopes.to_dict("records")
    ]
    return periods.open_periods(known, wanted, granularity)
