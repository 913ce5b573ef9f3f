"""Which of two deliveries is newer, and what it says anew of what the older one has.

Times and names are claims: where the rows contradict them, or nothing tells, both are refused.
"""

from collections.abc import Iterator

from cloudbill.delivered.files import SETTLED
from cloudbill.lake.parts import Cover, Known, Part
from cloudbill.lake.questions import Questions
from cloudbill.lake.rows import MOST

SAME_THING = 0.9
"""A version has nearly all charges of the one before; what is corrected away is little."""
FEW = 0.25
"""Late lines and corrections are of few charges."""


class ConflictError(Exception):
    """Nothing tells what counts; `args` is the sentence."""


def between(one: Known, other: Known, ask: Questions) -> Iterator[tuple[Known, Known, Cover]]:
    """The rows that the newer of two deliveries replaces of the older one."""
    if one.is_gone and other.is_gone:
        # The lake has of each what counted beside the other.
        return
    if one.delivery.adds and other.delivery.adds:
        found = list(among_additions(one, other, ask))
        are_timed = one.evidence.added and other.evidence.added
        if found or are_timed or not (one.is_gone or other.is_gone):
            yield from found
            return
    newer, older = by_time(one, other)
    if newer is None or older is None:
        may_repeat = overlap(one, other) and not are_copies(one, other, ask)
        if may_repeat and ask.share(other, one) > 0:
            raise ConflictError(unclear(one, other))
        return
    if is_part_of(newer, older) and ask.share(older, newer) > 0:
        # It says nothing of the rest of the account, so that it cannot stand for the whole.
        if ask.shared_lines(older, newer) < 1:
            raise ConflictError(unclear(one, other))
        newer, older = older, newer
    if cover := cover_of(newer, older, ask):
        yield newer, older, cover
    elif older.is_gone and not (newer.delivery.adds and older.delivery.adds):
        yield from lines_of_gone(newer, older, ask)


def lines_of_gone(
    newer: Known, older: Known, ask: Questions
) -> Iterator[tuple[Known, Known, Cover]]:
    """The lines that what is gone has, too: they count as its own, since it cannot change."""
    if not overlap(newer, older) or ask.share(newer, older) == 0:
        return
    if ask.may_share_lines(older, newer):
        yield older, newer, Cover((), (), lines_of=Part(older, ""))


def among_additions(
    one: Known, other: Known, ask: Questions
) -> Iterator[tuple[Known, Known, Cover]]:
    """Of deliveries of new lines one may have lines of the other: extracted again, later.

    Where lines tell when they were added, those alike to the last column are the same ones.
    """
    is_same_day = one.delivery.bill is not None and one.delivery.bill == other.delivery.bill
    may_repeat = one.looks & other.looks or one.evidence.added & other.evidence.added
    are_of_same_days = one.days_of_untimed & other.days_of_untimed
    if not (is_same_day or may_repeat or are_of_same_days):
        return
    if one.evidence.added and other.evidence.added:
        # Of the same day, too: at another location it may be delivered whole once more.
        if ask.may_share_lines(one, other):
            first, second = sorted((one, other), key=lambda it: (not it.is_gone, it.delivery.id))
            yield first, second, Cover((), (), lines_of=Part(first, ""))
        return
    if is_same_day and (one.is_gone or other.is_gone):
        # What replaces files of its own day need not hold their lines.
        return
    shares = []
    for whole, part in ((other, one), (one, other)):
        if whole.is_gone:
            continue
        share = ask.shared_lines(whole, part)
        if share == 1:
            yield whole, part, Cover(None, tuple(sorted(part.evidence.accounts)))
            return
        if share < MOST and ask.is_restated(whole, part):
            raise ConflictError(told_anew(one, other))
        if share == 0:
            return
        shares.append(share)
    # A few lines that do not tell when they were added may be alike without being the same.
    if is_same_day or may_repeat or max(shares, default=0) >= MOST:
        raise ConflictError(twice(one, other))


def by_time(one: Known, other: Known) -> tuple[Known | None, Known | None]:
    """The newer and the older of two deliveries; nothing where neither times nor rows tell."""
    if one.is_gone != other.is_gone:
        return (other, one) if one.is_gone else (one, other)
    for listed, unnamed in ((one, other), (other, one)):
        # It forgot the other's files, or they are left of a version before: its own come first.
        if unnamed.delivery.beside == listed.delivery.id:
            return listed, unnamed
    first, second = sorted((one, other), key=lambda known: known.delivery.time)
    if not first.delivery.time or not second.delivery.time:
        return None, None
    return (second, first) if are_dated(first, second) else by_files(first, second)


def by_files(first: Known, second: Known) -> tuple[Known | None, Known | None]:
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
            if days_of(newer) > days_of(older):
                return newer, older
    return None, None


def are_dated(one: Known, other: Known) -> bool:
    """Whether both state when they were written."""
    return one.delivery.is_dated and other.delivery.is_dated


def are_of_two_scopes(one: Known, other: Known) -> bool:
    """Whether manifests say that they are of different billing accounts or subscriptions."""
    scopes = {one.delivery.scope, other.delivery.scope}
    return "" not in scopes and len(scopes) > 1


def are_of_one_scope(one: Known, other: Known) -> bool:
    """Whether both state one billing account or subscription."""
    return bool(one.delivery.scope) and one.delivery.scope == other.delivery.scope


def are_of_one_series(one: Known, other: Known) -> bool:
    """Whether both are named as runs of one export."""
    return bool(one.delivery.series) and one.delivery.series == other.delivery.series


def is_part_of(one: Known, other: Known) -> bool:
    """Whether one is of a part (a resource group), and the other of more than that."""
    return bool(one.delivery.part_of) and not (
        other.delivery.part_of or other.delivery.scope == one.delivery.scope
    )


def days_of(known: Known) -> set[tuple[str, str]]:
    """The days, by bill, that a delivery has lines of."""
    return {(bill, day) for bill, days in known.evidence.days.items() for day in days}


def cover_of(newer: Known, older: Known, ask: Questions) -> Cover | None:
    """What a newer delivery says anew of what an older one has."""
    mine, theirs = newer.evidence.everyone, older.evidence.everyone
    shared = mine & theirs
    if are_of_two_scopes(newer, older):
        shared -= {""}
    has_scope = are_of_one_scope(newer, older)
    if not shared and ((mine and theirs) or not has_scope):
        return None
    accounts = None if has_scope else tuple(sorted(shared))
    days = newer.delivery.days
    periods = newer.months
    if newer.claims_nothing or newer.delivery.adds:
        periods = tuple(sorted(newer.evidence.accounts))
    elif days:
        # Any range as long as a month has the name of one: other days may be another month's.
        periods = tuple(m for m in periods if newer.start_of(m) == older.start_of(m))
    cover = Cover(accounts, periods, days)
    covered = cover.days_in(older.evidence)
    if not covered:
        return None
    if older.is_gone:
        return cover_of_gone(newer, older, cover, ask)
    is_same = are_of_one_series(newer, older)
    # Exports of parts of an account may be named alike: they have no charge in common.
    share = 1.0 if has_scope else ask.share(newer, older)
    if share == 0:
        return None
    # Another billing account may have had a subscription before: it was transferred.
    is_version = are_dated(newer, older) and not are_of_two_scopes(newer, older)
    has = cover.days_in(newer.evidence)
    if days and not newer.evidence.starts:
        # Rows that state no period have the name that the range gives them.
        has |= covered & {(bill, day) for bill, _ in covered for _, day in has}
    if not is_version and (lacking := covered - has):
        raise ConflictError(lacks_a_day(newer, older, *min(lacking)))
    if not is_same and share < SAME_THING:
        raise ConflictError(unclear(newer, older))
    return cover


def cover_of_gone(newer: Known, older: Known, cover: Cover, ask: Questions) -> Cover | None:
    """What is restated of what only the lake has: all of it, or where some days are lacking, days.

    Nobody can deliver the others again.
    """
    has, covered = cover.days_in(newer.evidence), cover.days_in(older.evidence)
    is_whole = bool(newer.months or newer.delivery.days) or covered <= has
    is_same = are_of_one_series(newer, older)
    # Who takes the last run away goes back to the one before.
    is_before = bool(newer.delivery.time) and newer.delivery.time < older.delivery.time
    if is_same and (is_whole or is_before):
        return cover
    if is_whole and are_of_one_scope(newer, older) and ask.share(newer, older) > 0:
        return cover
    is_version = ask.restates(newer, older)
    if not is_version and not newer.delivery.adds and ask.cost_of_differing(newer, older) >= 0:
        is_version = stands_for(newer, older, sorted(covered - has), ask)
    if not is_version:
        return None
    if is_whole:
        return cover
    days = {day for _, day in has & covered}
    span = min(days), max(days)
    for bill, day in sorted(covered - has):
        if span[0] <= day <= span[1]:
            raise ConflictError(lacks_a_day(newer, older, bill, day))
    return Cover(cover.accounts, (), span)


def stands_for(newer: Known, older: Known, lacking: list[tuple[str, str]], ask: Questions) -> bool:
    """Whether what has charges of a gone one, for less or for nothing, is a version of it.

    Who says that it holds a month or days restates them. Else it may be late lines or corrections,
    but not of nearly all charges; what has most of them, or more than a few at half of their cost
    or more, may be either.
    """
    if newer.months or newer.delivery.days:
        if lacking:
            raise ConflictError(lacks_a_day(newer, older, *lacking[0]))
        if ask.share(newer, older) >= SAME_THING:
            return True
        raise ConflictError(restated_in_part(newer, older))
    share = ask.told_anew(newer, older)
    is_alike = share >= FEW and ask.cost_of_differing(newer, older) >= MOST
    if share < SAME_THING and (share >= MOST or is_alike):
        raise ConflictError(restated_in_part(newer, older))
    return share >= SAME_THING


def overlap(one: Known, other: Known) -> bool:
    """Whether two deliveries say that they have an account's lines of a day.

    Days count in one bill, or where both state them: what is billed late has the days of a month
    before.
    """
    shared = one.evidence.everyone & other.evidence.everyone
    return not claimed_days(one, shared).isdisjoint(claimed_days(other, shared))


def claimed_days(known: Known, accounts: set[str]) -> set[tuple[str, str]]:
    """The days with lines of accounts that a delivery claims, by bill; and those that it states."""
    found = set()
    for bill in known.evidence.accounts:
        days = known.evidence.days_of(bill, accounts)
        found |= {(bill, day) for day in days if known.claims(bill, day)}
        found |= {("", day) for day in days if known.spans(day)}
    return found


def are_copies(one: Known, other: Known, ask: Questions) -> bool:
    """Whether all lines of a delivery are those of another."""
    mine, theirs = one.evidence.files, other.evidence.files
    return sorted(mine.values()) == sorted(theirs.values()) and ask.shared_lines(one, other) == 1


def lacks_a_day(newer: Known, older: Known, bill: str, day: str) -> str:
    """The refusal of what may be a slice, or has the time of its copy."""
    if_both_count = ""
    if newer.claims_nothing:
        if_both_count = (
            " If they are slices, put each into a folder that is named by its days"
            " (20261001-20261031)."
        )
    elif are_of_two_scopes(newer, older):
        if_both_count = (
            " If both count, since another account pays for the subscription now, make them two"
            " exports in bills.yml, each with `may_repeat: true`."
        )
    return (
        f"{newer.delivery.name} was written after {older.delivery.name} and has no lines of {day},"
        f" which that one has, so that nothing tells which is the current version of {bill}: keep"
        f" only the one that counts.{if_both_count}"
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


def restated_in_part(newer: Known, older: Known) -> str:
    """The refusal of what has some charges of a gone one at another cost."""
    return (
        f"{newer.delivery.name} holds some charges of {older.delivery.name} at another cost, and"
        " nothing tells whether it is a newer version or is added to that one, which is gone and of"
        " which the lake keeps all: put that one back, or let go of its bills with `cloudbill"
        " forget`, so that what is delivered now counts alone."
    )


def told_anew(one: Known, other: Known) -> str:
    """The refusal of what is there once more at another cost, where days are added up."""
    return (
        f"{one.delivery.name} and {other.delivery.name} hold most of the same charges, for the same"
        " times, at another cost: each seems to be all of the month to date, and not what its day"
        " adds. Keep the newest of each month only, else they would be counted twice."
    )


def twice(one: Known, other: Known) -> str:
    """The refusal of a delivery that has some lines of another."""
    newer, older = by_time(one, other)
    if newer and older and older.is_gone:
        return (
            f"{newer.delivery.name} holds some lines of {older.delivery.name}, which is gone and of"
            " which the lake keeps all, to the last column: they would be counted twice. Extract"
            " all lines of that one anew or put it back; `cloudbill forget` lets go of it, and of"
            " the lines that nothing else holds."
        )
    return (
        f"{one.delivery.name} holds lines that {other.delivery.name} has too, to the last column:"
        " they would be counted twice; extract the two anew so that each line is in one of them, or"
        " keep only the newer one, if it is to hold all that the other does."
    )
