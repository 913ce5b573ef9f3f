from collections.abc import Callable
from datetime import datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudbill.errors import CloudbillError
from cloudbill.lake.history import history
from cloudbill.lake.load import complete_lake
from cloudbill.workspace import Workspace

HEADER = "lineItem/UsageStartDate,lineItem/ProductCode,lineItem/UnblendedCost\n"
AWS = "name: a, kind: aws_cur, location: a"


@pytest.fixture
def deliver(write: Callable[[str, str], Path], loaded: Callable[..., Any]) -> Callable[..., Any]:
    def deliver(**costs: int) -> Any:
        lines = [f"2026-10-01T00:00:00Z,{service},{cost}\n" for service, cost in costs.items()]
        write("a/20261001-20261101/a.csv", HEADER + "".join(lines))
        return loaded(AWS)

    return deliver


def test_every_version_is_noted_with_what_changed_by_service(
    deliver: Callable[..., Any], workspace: Workspace
) -> None:
    deliver(EC2=10, S3=3, SNS=1)
    deliver(EC2=8, S3=3, SQS=2)
    deliver()
    first, second, third = history(workspace, "a")
    assert (first.bill, first.rows, first.cost, first.changes) == ("2026-10", 3, {None: 14}, {})
    assert (second.rows, second.cost) == (3, {None: 13})
    assert second.changes == {("EC2", None): -2, ("SNS", None): -1, ("SQS", None): 2}
    assert (third.rows, third.cost) == (0, {None: 0})
    assert third.changes[("EC2", None)] == Decimal(-8)
    assert first.loaded_at < second.loaded_at < third.loaded_at
    with pytest.raises(CloudbillError, match="there are loads of a"):
        list(history(workspace, "b"))


def test_a_load_that_died_before_it_was_noted_is_noted_by_the_next(
    deliver: Callable[..., Any], workspace: Workspace
) -> None:
    deliver(EC2=1)
    workspace.history.unlink()
    deliver(EC2=2)
    assert [entry.cost for entry in history(workspace, "a")] == [{None: 1}, {None: 2}]


def test_a_load_at_a_round_fraction_of_a_second_is_noted_once(
    deliver: Callable[..., Any], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(2026, 11, 2, 3, 4, 5, 120_000, tzinfo=tz)

    monkeypatch.setattr("cloudbill.lake.load.datetime", Clock)
    deliver(EC2=1)
    complete_lake(workspace)
    (noted,) = history(workspace, "a")
    assert (noted.rows, noted.cost) == (1, {None: 1})
    # A clock that stands still, or is set back, changes nothing: each load is later than the last.
    deliver(EC2=2)
    first, second = history(workspace, "a")
    assert first.loaded_at < second.loaded_at
    assert (first.cost, second.cost) == ({None: 1}, {None: 2})
