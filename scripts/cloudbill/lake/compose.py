"""Which rows of which delivery count: the rules that docs/exports/which-files-count.md tells.

Nothing here reads a file or knows an order of arrival: the same deliveries make the same bills.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from cloudbill.delivered.files import SETTLED, Delivery
from cloudbill.lake.evidence import Days, Evidence
from cloudbill.sql import literal

SAME_THING = 0.9
"""A version has nearly all charges of the one before; what is corrected away is little."""


@dataclass(frozen=True)
class Known:
    """A delivery, and what its rows say."""

    delivery: Delivery
    evidence: Evidence
    version: str
    is_gone: bool = False
    """It is not delivered any more: the lake alone has its rows."""
    is_in_lake: bool = False

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
            start = evidence.starts.get(month)
            start = start or (first if month == delivery.bill else f"{month}-01")
            ends = end_of(start) <= last or (delivery.is_cumulative and start <= last)
            if first <= start and ends:
                found.append(month)
        return tuple(found)

    @cached_property
    def looks(self) -> frozenset[tuple[str, int, str]]:
        """What each of its days looks like: lines and amounts."""
        days = self.evidence.days.values()
        return frozenset((day, *told) for of in days for day, told in of.items())

    @cached_property
    def neighbourhood(self) -> frozenset[Any]:
        """What it has in common with any delivery that it could have to do with."""
        spanned = months_between(*self.delivery.days) if self.delivery.days else ()
        looks = self.looks if self.delivery.adds else ()
        return frozenset((*self.evidence.accounts, *self.months, *spanned, *looks))

    @property
    def claims_nothing(self) -> bool:
        """Only its rows tell what it covers."""
        return self.delivery.days is None and self.delivery.bill is None

    def claims(self, bill: str, day: str) -> bool:
        """Whether it says of itself that it holds a bill's lines of a day."""
        if self.delivery.adds or self.claims_nothing or bill in self.months:
            return True
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

    def facts(self) -> list[Any]:
        """As JSON keeps it."""
        return [self.accounts and list(self.accounts), list(self.periods),
                self.days and list(self.days)]  # fmt: skip


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
        return {
            "id": delivery.id,
            "version": self.known.version,
            "files": sorted(item.path for item in delivery.files),
            "minus": [cover.facts() for cover in self.minus],
            "without": list(self.without),
            "is_stray": self.is_stray,
            "days": delivery.days and list(delivery.days),
            "time": delivery.time[:19],
        }


@dataclass
class Composition:
    """What the bills of an export are made of, and what is left out of them."""

    parts: dict[tuple[str, str], list[Part]] = field(default_factory=dict)
    """By billing period (or ingestion day) and dataset."""
    left_out: list[tuple[Known, str]] = field(default_factory=list)
    """What does not count, and why."""
    refused: list[tuple[Known, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Compare:
    """Questions that only a look at the rows of two deliveries answers."""

    share: Callable[[Known, Known], float]
    """How much of the second one's charges, where both have days, the first one has."""
    same_file: Callable[[Known, str, Known, str], bool]
    """Whether two files have the same lines."""
    shared_lines: Callable[[Known, Known], float]
    """How much of the second one's lines, to the last column, the first one has."""


class _ConflictError(Exception):
    """Nothing tells what counts; `args` is the sentence."""


def compose(knowns: Iterable[Known], stated: str | None, compare: Compare) -> Composition:
    """Put deliveries together to bills; what cannot be told is refused and left out."""
    composition = Composition()
    candidates = sorted(knowns, key=_standing)
    told = datasets(candidates, stated)
    kept: dict[str, list[Known]] = defaultdict(list)
    for known in candidates:
        dataset = told[known.version]
        if dataset == "actual and amortized":
            composition.refused.append((known, mixed(known)))
        elif stated and dataset != stated and stated in told.values():
            why = f"{known.delivery.name} is not read: its rows are of {dataset} cost."
            composition.left_out.append((known, why))
        else:
            kept[dataset].append(known)
    for dataset, several in sorted(kept.items()):
        _compose_dataset(dataset, several, compare, composition)
    return composition


def _standing(known: Known) -> tuple[bool, bool, int, str]:
    """What counts first where nothing tells: what is in the lake, else what has the most days."""
    days = sum(map(len, known.evidence.days.values()))
    return known.is_gone, not known.is_in_lake, -days, known.delivery.id


def _compose_dataset(
    dataset: str, candidates: list[Known], compare: Compare, composition: Composition
) -> None:
    """The bills of one dataset."""
    accepted: list[Known] = []
    unclear: list[tuple[Known, str]] = []
    nearby: dict[Any, list[int]] = defaultdict(list)
    covers: dict[str, list[tuple[Known, Cover]]] = {}

    def near(known: Known) -> list[Known]:
        return [accepted[n] for n in sorted({n for at in known.neighbourhood for n in nearby[at]})]

    for known in candidates:
        found: list[tuple[Known, Known, Cover]] = []
        try:
            for other in near(known):
                found += _between(known, other, compare)
        except _ConflictError as conflict:
            unclear.append((known, str(conflict)))
            continue
        for at in known.neighbourhood:
            nearby[at].append(len(accepted))
        accepted.append(known)
        covers.setdefault(known.version, [])
        for newer, older, cover in found:
            covers[older.version].append((newer, cover))
    for known, why in unclear:
        # Of which of two is newer nothing depends, where a third one is newer than both.
        covering = [*_newer(known, near(known), compare)]
        if covering and _is_covered(known, covering):
            superseded = _superseded(known, [other for other, _ in covering])
            composition.left_out.append((known, superseded))
        else:
            composition.refused.append((known, why))
    _put_together(dataset, accepted, covers, compare, composition)


def _newer(
    known: Known, others: Iterable[Known], compare: Compare
) -> Iterator[tuple[Known, Cover]]:
    """Deliveries that are newer than one, and what they cover of it."""
    for other in others:
        with suppress(_ConflictError):
            for newer, older, cover in _between(known, other, compare):
                if older is known:
                    yield newer, cover


def _put_together(
    dataset: str,
    accepted: list[Known],
    covers: dict[str, list[tuple[Known, Cover]]],
    compare: Compare,
    composition: Composition,
) -> None:
    """Leave out what newer deliveries, or equal files, have; the rest makes up the bills."""
    standing = []
    for known in accepted:
        newer = [other for other, cover in covers[known.version]]
        if newer and _is_covered(known, covers[known.version]):
            composition.left_out.append((known, _superseded(known, newer)))
        else:
            standing.append(known)
    without = _copies(standing, compare, composition)
    for known in standing:
        delivery, evidence = known.delivery, known.evidence
        if without.get(known.version) == set(evidence.files) and evidence.files:
            continue
        minus = tuple(dict.fromkeys(cover for _, cover in covers[known.version]))
        bills = set(evidence.accounts)
        if not bills and not delivery.adds:
            # A delivery without lines replaces what its month had before.
            bills |= {delivery.bill} if delivery.bill else set()
        for bill in sorted(bills):
            if evidence.accounts and _gone_from(bill, evidence, minus):
                continue
            part = Part(known, bill, minus, tuple(sorted(without.get(known.version, ()))),
                        bill in known.strays)  # fmt: skip
            composition.parts.setdefault((bill, dataset), []).append(part)


def _between(one: Known, other: Known, compare: Compare) -> Iterator[tuple[Known, Known, Cover]]:
    """The rows that the newer of two deliveries replaces of the older one."""
    if one.delivery.adds and other.delivery.adds and not (one.is_gone or other.is_gone):
        yield from _among_additions(one, other, compare)
        return
    newer, older = _by_time(one, other)
    if newer is None or older is None:
        may_repeat = _overlap(one, other) and not _are_copies(one, other, compare)
        if may_repeat and compare.share(other, one) > 0:
            raise _ConflictError(unclear(one, other))
        return
    if cover := _cover(newer, older, compare):
        yield newer, older, cover


def _among_additions(
    one: Known, other: Known, compare: Compare
) -> Iterator[tuple[Known, Known, Cover]]:
    """Of deliveries of new lines one may have all lines of the other: extracted again, later."""
    is_same_day = one.delivery.bill is not None and one.delivery.bill == other.delivery.bill
    if not (is_same_day or one.looks & other.looks):
        return
    for whole, part in ((other, one), (one, other)):
        share = compare.shared_lines(whole, part)
        if share == 1:
            yield whole, part, Cover(None, tuple(sorted(part.evidence.accounts)))
            return
        if share == 0:
            return
    raise _ConflictError(twice(one, other))


def _by_time(one: Known, other: Known) -> tuple[Known | None, Known | None]:
    """The newer and the older of two deliveries; nothing where neither times nor rows tell."""
    if one.is_gone != other.is_gone:
        return (other, one) if one.is_gone else (one, other)
    first, second = sorted((one, other), key=lambda known: known.delivery.time)
    if not first.delivery.time or not second.delivery.time:
        return None, None
    return (second, first) if _are_dated(first, second) else _by_files(first, second)


def _by_files(first: Known, second: Known) -> tuple[Known | None, Known | None]:
    """The newer and the older of two deliveries of which only the times of files are known."""
    is_same = first.delivery.series == second.delivery.series
    if not is_same and (first.claims_nothing or second.claims_nothing):
        return None, None
    # Runs are hours apart; what is closer in time was copied, and its times tell nothing.
    if abs(second.delivery.written - first.delivery.written) > SETTLED * 10**9:
        return second, first
    if is_same and first.delivery.days == second.delivery.days:
        for newer, older in ((first, second), (second, first)):
            # The days of an export grow from run to run.
            if _days(newer) > _days(older):
                return newer, older
    return None, None


def _are_dated(one: Known, other: Known) -> bool:
    """Whether both state when they were written."""
    return one.delivery.is_dated and other.delivery.is_dated


def _days(known: Known) -> set[tuple[str, str]]:
    """The days, by bill, that a delivery has lines of."""
    return {(bill, day) for bill, days in known.evidence.days.items() for day in days}


def _cover(newer: Known, older: Known, compare: Compare) -> Cover | None:
    """What a newer delivery says anew of what an older one has."""
    mine, theirs = newer.evidence.everyone, older.evidence.everyone
    claims = newer.delivery, older.delivery
    shared = mine & theirs
    if claims[0].scope and claims[1].scope and claims[0].scope != claims[1].scope:
        shared -= {""}
    has_scope = bool(claims[0].scope) and claims[0].scope == claims[1].scope
    if not shared and ((mine and theirs) or not has_scope):
        return None
    accounts = None if has_scope else tuple(sorted(shared))
    days = newer.delivery.days
    periods = newer.months
    if newer.claims_nothing or newer.delivery.adds:
        periods = tuple(sorted(newer.evidence.accounts))
    cover = Cover(accounts, periods, days)
    covered = cover.days_in(older.evidence)
    if not covered:
        return None
    is_same = bool(claims[0].series) and claims[0].series == claims[1].series
    if older.is_gone:
        return cover if is_same or compare.share(newer, older) > 0 else None
    # Exports of parts of an account may be named alike: they have no charge in common.
    share = 1.0 if has_scope else compare.share(newer, older)
    if share == 0:
        return None
    if not _are_dated(newer, older) and (lacking := covered - cover.days_in(newer.evidence)):
        raise _ConflictError(lacks_a_day(newer, older, *min(lacking)))
    if not is_same and share < SAME_THING:
        raise _ConflictError(unclear(newer, older))
    return cover


def _overlap(one: Known, other: Known) -> bool:
    """Whether two deliveries say that they have an account's lines of a day of one bill."""
    shared = one.evidence.everyone & other.evidence.everyone
    return any(
        one.claims(bill, day) and other.claims(bill, day)
        for bill in one.evidence.accounts.keys() & other.evidence.accounts.keys()
        for day in one.evidence.days_of(bill, shared) & other.evidence.days_of(bill, shared)
    )


def _are_copies(one: Known, other: Known, compare: Compare) -> bool:
    """Whether all lines of a delivery are those of another."""
    mine, theirs = one.evidence.files, other.evidence.files
    return (
        sorted(mine.values()) == sorted(theirs.values()) and compare.shared_lines(one, other) == 1
    )


def _is_covered(known: Known, covers: list[tuple[Known, Cover]]) -> bool:
    """Whether nothing of a delivery counts beside the newer ones."""
    evidence = known.evidence
    if not evidence.accounts:
        return True
    is_claimed = False
    for bill, accounts in evidence.accounts.items():
        for account in accounts:
            span = evidence.span(bill, account)
            if not (known.claims(bill, span[0]) or known.claims(bill, span[1])):
                continue
            is_claimed = True
            if not any(cover.covers(bill, account, span) for _, cover in covers):
                return False
    if is_claimed:
        return True
    # It has lines of other months only: a run of the same days has them anew.
    return any(
        newer.delivery.series == known.delivery.series
        and newer.delivery.days == known.delivery.days
        for newer, _ in covers
    )


def _gone_from(bill: str, evidence: Evidence, minus: tuple[Cover, ...]) -> bool:
    """Whether newer deliveries have all of a bill anew."""
    return all(
        any(cover.covers(bill, account, evidence.span(bill, account)) for cover in minus)
        for account in evidence.accounts[bill]
    )


def _copies(
    standing: list[Known], compare: Compare, composition: Composition
) -> dict[str, set[str]]:
    """Files all of whose lines another file has, by the delivery that they are left out of."""
    seen: dict[tuple[int, str], list[tuple[Known, str]]] = defaultdict(list)
    without: dict[str, set[str]] = defaultdict(set)
    ordered = sorted(standing, key=lambda k: (k.is_gone, bool(k.strays), not k.delivery.is_listed,
                                              k.delivery.id))  # fmt: skip
    for known in ordered:
        addresses = {item.path: item.address for item in known.delivery.files}
        for file, told in sorted(known.evidence.files.items()):
            for other, its_file in seen[told]:
                if other is known and known.delivery.is_listed:
                    continue
                if compare.same_file(other, its_file, known, file):
                    without[known.version].add(file)
                    of = {item.path: item.address for item in other.delivery.files}
                    composition.left_out.append(
                        (
                            known,
                            f"{addresses.get(file, file)} is not counted: all its lines are those"
                            f" of {of.get(its_file, its_file)}.",
                        )
                    )
                    break
            else:
                seen[told].append((known, file))
    return without


def datasets(knowns: list[Known], stated: str | None) -> dict[str, str]:
    """What each delivery is of: told by its rows, else by its export's other rows, else stated.

    Without any word the rows are as good as actual cost: nothing in them tells the two apart.
    """
    by_series: dict[str, set[str]] = defaultdict(set)
    for known in knowns:
        if known.evidence.dataset:
            by_series[known.delivery.series or known.delivery.id].add(known.evidence.dataset)
    told = {}
    for known in knowns:
        delivery = known.delivery
        own = by_series.get(delivery.series or delivery.id, set())
        others: set[str] = set()
        if by_series and not own:
            for other in knowns:
                if other.delivery.series != delivery.series and _overlap(known, other):
                    others |= by_series.get(other.delivery.series or other.delivery.id, set())
        by_others = {"actual": "amortized", "amortized": "actual"}.get("".join(others), "")
        told[known.version] = (
            known.evidence.dataset
            or delivery.dataset
            or (next(iter(own)) if len(own) == 1 else "")
            or stated
            or by_others
            or "actual"
        )
    return told


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


def _superseded(known: Known, newer: list[Known]) -> str:
    newest = max(newer, key=lambda other: other.delivery.time)
    bills = sorted(known.evidence.accounts)
    what = f" of {bills[0]}" if bills else ""
    if newest.delivery.adds:
        name = known.delivery.name
        return f"{name} is not counted: all its lines are in {newest.delivery.name} too."
    return f"{known.delivery.name} is not read: {newest.delivery.name} is a newer version{what}."


def mixed(known: Known) -> str:
    """The refusal of a file that is of two datasets."""
    return (
        f"{known.delivery.name} has lines of unused commitments, which only amortized cost has, and"
        " purchases of commitments, which only actual cost has: export the two as files of their"
        " own."
    )


def lacks_a_day(newer: Known, older: Known, bill: str, day: str) -> str:
    """The refusal of what may be a slice, or has the time of its copy."""
    slices = " If they are slices, put each into a folder that is named by its days"
    slices = f"{slices} (20261001-20261031)." if newer.claims_nothing else ""
    return (
        f"{newer.delivery.name} was written after {older.delivery.name} and has no lines of {day},"
        f" which that one has, so that nothing tells which is the current version of {bill}: keep"
        f" only the one that counts.{slices}"
    )


def unclear(one: Known, other: Known) -> str:
    """The refusal of two deliveries that have some charges in common."""
    bills = sorted(one.evidence.accounts.keys() & other.evidence.accounts.keys())
    bill = next((bill for bill in bills), one.delivery.bill)
    return (
        f"{one.delivery.name} and {other.delivery.name} both hold charges of {bill} of the same"
        " accounts, and nothing tells which is the current version: keep only that one, else its"
        " charges would be counted twice."
    )


def twice(one: Known, other: Known) -> str:
    """The refusal of a delivery that has some lines of another."""
    return (
        f"{one.delivery.name} holds lines that {other.delivery.name} has too, to the last column:"
        " they would be counted twice; extract the two anew so that each line is in one of them."
    )
