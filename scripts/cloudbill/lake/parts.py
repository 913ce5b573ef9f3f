"""What a delivery covers, and what the bills of an export are made of: the words of composing."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from cloudbill.delivered.files import Delivery
from cloudbill.lake.evidence import Days, Evidence
from cloudbill.sql import literal


@dataclass(frozen=True)
class Known:
    """A delivery, and what its rows say."""

    delivery: Delivery
    evidence: Evidence
    version: str
    is_gone: bool = False
    """It is not delivered any more: the lake alone has its rows."""
    is_in_lake: bool = False
    lies_as: str = ""
    """The version as which the lake has its rows, where it is some files of that alone."""
    is_recovered: bool = False
    """What it claimed is known from the lake alone."""

    @property
    def versions_in_lake(self) -> set[str]:
        """As which the lake may have its rows."""
        return {self.version, self.lies_as}

    @cached_property
    def months(self) -> tuple[str, ...]:
        """The billing periods that it covers from their first day on."""
        delivery, evidence = self.delivery, self.evidence
        if delivery.adds:
            return ()
        if delivery.days is None:
            return (delivery.bill,) if delivery.bill else ()
        first, last = delivery.days
        found = []
        for month in sorted({*evidence.accounts, *months_between(first, last)}):
            start = self.start_of(month)
            ends = end_of(start) <= last or (delivery.is_cumulative and start <= last)
            if first <= start and ends:
                found.append(month)
        return tuple(found)

    def start_of(self, month: str) -> str:
        """The first day of what it calls a month: as its rows state, else as its days do."""
        days, bill = self.delivery.days, self.delivery.bill
        own = days[0] if days and month == bill else f"{month}-01"
        return self.evidence.starts.get(month, own)

    @cached_property
    def looks(self) -> frozenset[tuple[str, int, str]]:
        """What each of its days looks like: lines and amounts."""
        days = self.evidence.days.values()
        return frozenset((day, *told) for of in days for day, told in of.items())

    @cached_property
    def days_of_untimed(self) -> frozenset[str]:
        """The days that its lines are of, where they do not tell when they were added."""
        days = self.evidence.days.values()
        return frozenset() if self.evidence.added else frozenset(day for of in days for day in of)

    @cached_property
    def neighbourhood(self) -> frozenset[Any]:
        """What it has in common with any delivery that it could have to do with."""
        spanned = months_between(*self.delivery.days) if self.delivery.days else ()
        lines: tuple[Any, ...] = ()
        if self.delivery.adds:
            lines = (*self.looks, *self.evidence.added, *self.days_of_untimed)
        return frozenset((*self.evidence.accounts, *self.months, *spanned, *lines))

    @property
    def claims_nothing(self) -> bool:
        """Only its rows tell what it covers."""
        return self.delivery.days is None and self.delivery.bill is None

    def claims(self, bill: str, day: str) -> bool:
        """Whether it says of itself that it holds a bill's lines of a day."""
        if self.delivery.adds or self.claims_nothing or bill in self.months:
            return True
        return self.spans(day)

    def spans(self, day: str) -> bool:
        """Whether a day is one of those that its path or manifest states."""
        days = self.delivery.days
        return days is not None and days[0] <= day <= days[1]

    @cached_property
    def strays(self) -> frozenset[str]:
        """The bills that it has lines of without saying so."""
        days = self.evidence.days.items()
        return frozenset(b for b, of in days if not all(self.claims(b, day) for day in of))


@dataclass(frozen=True)
class Cover:
    """What a newer delivery says anew: the rows of older ones that do not count for it."""

    accounts: tuple[str, ...] | None
    """None: all of them."""
    periods: tuple[str, ...]
    days: Days | None = None
    lines_of: "Part | None" = field(default=None, hash=False)
    """Nothing but lines that count as this one's."""

    def covers(self, bill: str, account: str, span: Days) -> bool:
        """Whether all lines of an account in a bill are covered."""
        if self.accounts is not None and account not in self.accounts:
            return False
        inside = self.days is not None and self.days[0] <= span[0] and span[1] <= self.days[1]
        return bill in self.periods or inside

    def days_in(self, evidence: Evidence) -> set[tuple[str, str]]:
        """The days, by bill, of which it covers lines."""
        found = set()
        for bill, accounts in evidence.accounts.items():
            names = accounts if self.accounts is None else accounts.keys() & set(self.accounts)
            found |= {
                (bill, day)
                for day in evidence.days_of(bill, names)
                if bill in self.periods or (self.days and self.days[0] <= day <= self.days[1])
            }
        return found

    def sql(self, account: str, period: str, day: str) -> str:
        """The rows that it covers."""
        when = []
        if self.periods:
            when.append(f"{period} in ({', '.join(map(literal, self.periods))})")
        if self.days:
            when.append(f"{day} between {literal(self.days[0])} and {literal(self.days[1])}")
        whose = "true"
        if self.accounts is not None:
            whose = f"{account} in ({', '.join(map(literal, self.accounts))})"
        return f"({whose} and ({' or '.join(when) or 'false'}))"

    @staticmethod
    def of_lines(facts: list[Any]) -> str | None:
        """By what JSON keeps, the version whose lines it covers, if single lines."""
        return facts[3] if len(facts) > 3 else None

    def facts(self) -> list[Any]:
        """As JSON keeps it."""
        accounts = None if self.accounts is None else list(self.accounts)
        rows: list[Any] = [accounts, list(self.periods), self.days and list(self.days)]
        if part := self.lines_of:
            covers = [cover.facts() for cover in part.minus]
            rows += [part.known.version, covers, list(part.without)]
        return rows


@dataclass(frozen=True)
class Part:
    """What a bill has of a delivery."""

    known: Known
    period: str
    minus: tuple[Cover, ...] = ()
    without: tuple[str, ...] = ()
    """Files that hold the same lines as others."""
    is_stray: bool = False
    """Some of its lines are not where it says: only those count that no other part has."""

    def facts(self) -> dict[str, Any]:
        """As the bill's file keeps it."""
        delivery = self.known.delivery
        adds = {"adds": True} if delivery.adds else {}
        return {
            "id": delivery.id,
            "version": self.known.version,
            "files": sorted(item.path for item in delivery.files),
            "minus": [cover.facts() for cover in self.minus],
            "without": list(self.without),
            "is_stray": self.is_stray,
            "days": delivery.days and list(delivery.days),
            "time": delivery.time[:19],
            **adds,
        }


@dataclass
class Composition:
    """What the bills of an export are made of, and what is left out of them."""

    parts: dict[tuple[str, str], list[Part]] = field(default_factory=dict)
    """By billing period (or ingestion day) and dataset."""
    left_out: list[tuple[Known, str]] = field(default_factory=list)
    """What does not count, and why."""
    refused: list[tuple[Known, str]] = field(default_factory=list)


def months_between(first: str, last: str) -> list[str]:
    """The calendar months that a range of days touches."""
    found, day = [], date.fromisoformat(first).replace(day=1)
    while day.isoformat() <= last:
        found.append(day.isoformat()[:7])
        day += timedelta(days=monthrange(day.year, day.month)[1])
    return found


def end_of(start: str) -> str:
    """The last day of a billing month that starts on a day."""
    day = date.fromisoformat(start)
    return (day + timedelta(days=monthrange(day.year, day.month)[1] - 1)).isoformat()
