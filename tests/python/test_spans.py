"""Spans of days by their names, and what they are compared with."""

from datetime import date

import pytest

from cloudbill.read.periods import Scope
from cloudbill.read.spans import BEFORE, YEAR_BEFORE, Days, before, days_of, span

# The bills go to a Wednesday in the midst of November; October is complete.
DAYS = Days(date(2025, 12, 3), date(2026, 11, 18), date(2026, 11, 17))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Last complete month", "2026-10-01", "2026-10-31"),
        ("This month", "2026-11-01", "2026-11-18"),
        ("Last month", "2026-10-01", "2026-10-31"),
        ("Last 30 days", "2026-10-20", "2026-11-18"),
        ("This quarter", "2026-10-01", "2026-11-18"),
        ("Last quarter", "2026-07-01", "2026-09-30"),
        ("This year", "2026-01-01", "2026-11-18"),
        ("Last year", "2025-01-01", "2025-12-31"),
        ("All days", "2025-12-03", "2026-11-18"),
    ],
)
def test_spans_are_of_the_calendar(name: str, first: str, last: str) -> None:
    assert span(name, DAYS) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("name", "days", "expected"),
    [
        # Months against as many months before, and a part of a month against the same days.
        (BEFORE, ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        (BEFORE, ("2026-07-01", "2026-09-30"), ("2026-04-01", "2026-06-30")),
        (BEFORE, ("2026-11-01", "2026-11-18"), ("2026-10-01", "2026-10-18")),
        (BEFORE, ("2026-03-01", "2026-03-30"), ("2026-02-01", "2026-02-28")),
        (BEFORE, ("2026-10-01", "2026-11-18"), ("2026-08-01", "2026-09-18")),
        # Else as many days.
        (BEFORE, ("2026-11-05", "2026-11-11"), ("2026-10-29", "2026-11-04")),
        (YEAR_BEFORE, ("2024-02-01", "2024-02-29"), ("2023-02-01", "2023-02-28")),
        (YEAR_BEFORE, ("2026-11-05", "2026-11-11"), ("2025-11-05", "2025-11-11")),
    ],
)
def test_what_came_before(name: str, days: tuple[str, str], expected: tuple[str, str]) -> None:
    start, end = map(date.fromisoformat, days)
    assert before(name, start, end) == tuple(map(date.fromisoformat, expected))


def test_a_month_is_complete_when_every_scope_has_it() -> None:
    on_time = Scope("on time", date(2026, 11, 5), date(2026, 11, 4))
    late = Scope("late", date(2026, 10, 20), date(2026, 10, 19))
    ended = Scope("ended", date(2026, 3, 31), date(2026, 3, 31))
    first, last = date(2026, 1, 1), date(2026, 11, 5)
    for scopes, month in (([on_time, ended], 10), ([on_time, late], 9), ([late, ended], 9)):
        days = days_of(scopes, first, last)
        assert days.default == "Last complete month"
        assert span(days.default, days)[0] == date(2026, month, 1), month


def test_without_a_complete_month_all_days_are_shown() -> None:
    begun = Scope("begun", date(2026, 11, 5), date(2026, 11, 4))
    days = days_of([begun], date(2026, 11, 1), date(2026, 11, 5))
    assert (days.default, "Last complete month" in days.names) == ("All days", False)
    unknown = days_of([begun, Scope("one day", date(2026, 11, 5), None)], begun.last, begun.last)
    assert unknown.complete is None
