"""Which rows of which delivery count: the rules that docs/exports/which-files-count.md tells.

Nothing here reads a file or knows an order of arrival: the same deliveries make the same bills.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from cloudbill.lake.evidence import Evidence
from cloudbill.lake.newer import ConflictError, between, by_time, is_part_of, overlap
from cloudbill.lake.parts import Composition, Cover, Known, Part
from cloudbill.lake.questions import Questions

OTHER = {"actual": "amortized", "amortized": "actual"}
"""The dataset that a pair has beside one."""


def compose(knowns: Iterable[Known], stated: str | None, ask: Questions) -> Composition:
    """Put deliveries together to bills; what cannot be told is refused and left out."""
    composition = Composition()
    candidates = sorted(knowns, key=standing_of)
    told = datasets(candidates, stated, ask)
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
        compose_dataset(dataset, several, ask, composition)
    return composition


def standing_of(known: Known) -> tuple[bool, bool, bool, bool, int, str]:
    """What counts first where nothing tells.

    What a manifest names, whole accounts, then what is in the lake, then what has the most days.
    """
    days = sum(map(len, known.evidence.days.values()))
    delivery = known.delivery
    is_part = bool(delivery.part_of)
    return known.is_gone, not delivery.is_listed, is_part, not known.is_in_lake, -days, delivery.id


def compose_dataset(
    dataset: str, candidates: list[Known], ask: Questions, composition: Composition
) -> None:
    """The bills of one dataset."""
    accepted: list[Known] = []
    unclear: list[tuple[Known, Known, str]] = []
    nearby: dict[Any, list[int]] = defaultdict(list)
    covers: dict[str, list[tuple[Known, Cover]]] = {}
    superseded_ones: list[tuple[Known, str]] = []
    refused: list[tuple[Known, str]] = []

    def near(known: Known) -> list[Known]:
        return [accepted[n] for n in sorted({n for at in known.neighbourhood for n in nearby[at]})]

    for known in candidates:
        found: list[tuple[Known, Known, Cover]] = []
        try:
            for other in near(known):
                against = other
                found += between(known, other, ask)
        except ConflictError as conflict:
            unclear.append((known, against, str(conflict)))
            continue
        for at in known.neighbourhood:
            nearby[at].append(len(accepted))
        accepted.append(known)
        covers.setdefault(known.version, [])
        for newer, older, cover in found:
            covers[older.version].append((newer, cover))
    for known, against, why in unclear:
        # Of which of two is newer nothing depends, where a third one is newer than both.
        covering = [*newer_than(known, near(known), ask)]
        if covering and is_covered(known, covering):
            superseded = superseded_by(known, [other for other, _ in covering])
            superseded_ones.append((known, superseded))
        elif known.is_gone:
            # What only the lake has cannot be delivered again: what came since has to wait.
            composition.refused.append((against, why))
            others = [other for other in candidates if other is not against]
            compose_dataset(dataset, others, ask, composition)
            return
        else:
            refused.append((known, why))
    composition.left_out += superseded_ones
    composition.refused += refused
    put_together(dataset, accepted, covers, ask, composition)


def newer_than(
    known: Known, others: Iterable[Known], ask: Questions
) -> Iterator[tuple[Known, Cover]]:
    """Deliveries that are newer than one, and what they cover of it."""
    for other in others:
        with suppress(ConflictError):
            for newer, older, cover in between(known, other, ask):
                if older is known:
                    yield newer, cover


def put_together(
    dataset: str,
    accepted: list[Known],
    covers: dict[str, list[tuple[Known, Cover]]],
    ask: Questions,
    composition: Composition,
) -> None:
    """Leave out what newer deliveries, or equal files, have; the rest makes up the bills."""
    standing = []
    for known in accepted:
        newer = [other for other, cover in covers[known.version]]
        if newer and is_covered(known, covers[known.version]):
            composition.left_out.append((known, superseded_by(known, newer)))
        else:
            standing.append(known)
    without = copies(standing, ask, composition)
    versions = {known.version for known in standing}

    def lines_that_count(known: Known) -> Cover:
        minus = tuple(cover for _, cover in covers[known.version] if cover.lines_of is None)
        left_out = tuple(sorted(without.get(known.version, ())))
        return Cover((), (), lines_of=Part(known, "", minus, left_out))

    for known in standing:
        delivery, evidence = known.delivery, known.evidence
        if without.get(known.version) == set(evidence.files) and evidence.files:
            continue
        minus = tuple(
            cover if cover.lines_of is None else lines_that_count(cover.lines_of.known)
            for cover in dict.fromkeys(cover for _, cover in covers[known.version])
            if cover.lines_of is None or cover.lines_of.known.version in versions
        )
        bills = set(evidence.accounts)
        if not bills and not delivery.adds:
            # A delivery without lines replaces what its month had before.
            bills |= {delivery.bill} if delivery.bill else set()
        for bill in sorted(bills):
            if evidence.accounts and is_gone_from(bill, evidence, minus):
                continue
            part = Part(known, bill, minus, tuple(sorted(without.get(known.version, ()))),
                        bill in known.strays)  # fmt: skip
            composition.parts.setdefault((bill, dataset), []).append(part)


def is_covered(known: Known, covers: list[tuple[Known, Cover]]) -> bool:
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


def is_gone_from(bill: str, evidence: Evidence, minus: tuple[Cover, ...]) -> bool:
    """Whether newer deliveries have all of a bill anew."""
    return all(
        any(cover.covers(bill, account, evidence.span(bill, account)) for cover in minus)
        for account in evidence.accounts[bill]
    )


def copies(standing: list[Known], ask: Questions, composition: Composition) -> dict[str, set[str]]:
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
                if ask.same_file(other, its_file, known, file):
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


def datasets(knowns: list[Known], stated: str | None, ask: Questions) -> dict[str, str]:
    """What each delivery is of: told by its rows, else by its export's other rows, else stated.

    Else by what other exports here hold: with the same usage, but not what only one dataset has, it
    is of the other; with some of the charges of the same. Without any word the rows are as good as
    actual cost, unless all others here are amortized: nothing in them tells the two apart.
    """
    by_series: dict[str, set[str]] = defaultdict(set)
    of_series: dict[str, list[Known]] = defaultdict(list)
    telling = [known for known in knowns if known.evidence.dataset in OTHER]
    for known in knowns:
        of_series[series_of(known)].append(known)
        if known.evidence.dataset:
            by_series[series_of(known)].add(known.evidence.dataset)
    all_told = {dataset for told in by_series.values() for dataset in told}
    of_location = "amortized" if all_told == {"amortized"} else "actual"
    by_others: dict[str, str | None] = {}
    told = {}
    for known in knowns:
        series = series_of(known)
        own = by_series[series]
        found = (
            known.evidence.dataset
            or known.delivery.dataset
            or (next(iter(own)) if len(own) == 1 else "")
            or stated
        )
        if not found and telling:
            if series not in by_others:
                by_others[series] = told_by_others(of_series[series], telling, ask)
            found = by_others[series]
        told[known.version] = found or of_location
    return told


def told_by_others(untold: list[Known], telling: list[Known], ask: Questions) -> str | None:
    """What an export without any line of a commitment is of, by those that have some."""
    pairs = [
        (known, other, str(other.evidence.dataset))
        for known in untold
        for other in telling
        if series_of(known) != series_of(other) and overlap(known, other)
    ]
    paired = {OTHER[told] for known, other, told in pairs if ask.are_datasets(other, known)}
    if len(paired) == 1:
        return paired.pop()
    alike = {told for known, other, told in pairs if ask.share(other, known) > 0}
    return alike.pop() if len(alike) == 1 else None


def series_of(known: Known) -> str:
    """The export that a delivery is of, as far as anything says so."""
    return known.delivery.series or known.delivery.id


def superseded_by(known: Known, newer: list[Known]) -> str:
    """Say what counts in the place of a delivery."""
    newest = max(newer, key=lambda other: other.delivery.time)
    bills = sorted(known.evidence.accounts)
    what = f" of {bills[0]}" if bills else ""
    is_newer_part = is_part_of(known, newest) and by_time(known, newest)[0] is known
    if newest.delivery.adds or is_newer_part:
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
