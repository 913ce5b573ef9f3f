"""What changed is told of days that both spans have: a bill that is missing is no saving."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from cloudbill.read.changes import compared_scopes, movers
from cloudbill.read.filters import Filters
from cloudbill.read.periods import Scope, open_periods

SEPTEMBER, OCTOBER = (date(2026, 9, 1), date(2026, 9, 30)), (date(2026, 10, 1), date(2026, 10, 31))
METRICS = "list_cost, net_cost, amortized_net_cost, invoiced_cost, amortized_cost"
# Each scope costs 1 a day from its first day to its last; that day is not complete.
SCOPES = {
    "whole": (date(2026, 8, 1), date(2026, 11, 5)),
    "to the tenth": (date(2026, 8, 1), date(2026, 10, 11)),
    "no October yet": (date(2026, 8, 1), date(2026, 9, 30)),
    "new": (date(2026, 10, 1), date(2026, 11, 5)),
    "from the tenth": (date(2026, 9, 10), date(2026, 11, 5)),
}


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            "create table scope_days (provider text, scope text, first_date date, last_date date,"
            " last_complete_date date)"
        )
        for scope, (first, last) in SCOPES.items():
            closed = (
                last if last == date(2026, 9, 30) else date(last.year, last.month, last.day - 1)
            )
            connection.execute(
                "insert into scope_days values ('AWS', ?, ?, ?, ?)", [scope, first, last, closed]
            )
        connection.execute(
            "create table charge_days as select provider, scope, unnest(generate_series("
            "first_date::timestamp, last_date::timestamp, interval 1 day))::date as charge_date"
            " from scope_days"
        )
        ones = ", ".join(f"1::decimal(38, 18) as {metric}" for metric in METRICS.split(", "))
        connection.execute(
            "create table cloud_cost_breakdown as select *, 'EUR' as billing_currency,"
            f" 'Category' as dimension, scope as dimension_value, 0 as kubernetes_percent, {ones}"
            " from charge_days"
        )
        yield connection


def changes(
    marts: duckdb.DuckDBPyConnection, before: tuple[date, date], after: tuple[date, date]
) -> dict[str, tuple[Decimal, Decimal]]:
    query = movers("net_cost", "Category", Filters("EUR", *after), before)
    found = marts.execute(query.sql, query.values).fetchall()
    return {value: (was, now) for value, _, was, now, *_ in found}


def test_only_days_that_both_spans_have_complete_are_compared(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    # Ten days of September against ten of October are no change of a scope that goes to the tenth,
    # nor is September from the tenth on a part of October.
    assert changes(marts, SEPTEMBER, OCTOBER) == {
        "from the tenth": (21, 22),
        "new": (0, 31),
        "to the tenth": (10, 10),
        "whole": (30, 31),
    }


def test_what_is_not_compared_wholly_is_told(marts: duckdb.DuckDBPyConnection) -> None:
    query = compared_scopes("net_cost", Filters("EUR", *OCTOBER), SEPTEMBER)
    found = marts.execute(query.sql, query.values).fetchall()
    assert {scope: told for _, scope, *told in found} == {
        "from the tenth": ["part", date(2026, 9, 10), date(2026, 10, 10), date(2026, 10, 31), 52],
        "new": ["new", date(2026, 10, 1), date(2026, 10, 1), date(2026, 10, 31), 31],
        "no October yet": ["missing", date(2026, 8, 1), date(2026, 10, 1), date(2026, 9, 30), 30],
        "to the tenth": ["part", date(2026, 8, 1), date(2026, 10, 1), date(2026, 10, 10), 41],
    }


def test_spans_may_be_compared_the_other_way_round(marts: duckdb.DuckDBPyConnection) -> None:
    found = changes(marts, OCTOBER, SEPTEMBER)
    assert (found["whole"], found["new"]) == ((31, 30), (31, 0))


def test_small_changes_are_told_as_one(marts: duckdb.DuckDBPyConnection) -> None:
    query = movers("net_cost", "Category", Filters("EUR", *OCTOBER), SEPTEMBER, top=1)
    found = marts.execute(query.sql, query.values).fetchall()
    assert [(value, was, now) for value, _, was, now, *_ in found] == [
        ("new", 0, 31),
        ("(other)", 61, 63),
    ]


def test_a_period_is_open_until_every_scope_that_goes_on_has_its_end() -> None:
    periods = [date(2026, 8, 31), date(2026, 9, 28), date(2026, 10, 5)]
    ends = [
        Scope("late", date(2026, 10, 11), date(2026, 10, 10)),
        Scope("on time", date(2026, 11, 5), date(2026, 11, 4)),
    ]
    assert open_periods(ends, periods, "week") == {date(2026, 10, 5)}
    ended = Scope("ended", date(2026, 3, 31), date(2026, 3, 31))
    assert open_periods([*ends, ended], periods, "week") == {date(2026, 10, 5)}
