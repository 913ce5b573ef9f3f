"""Whether two exports hold the same charges."""

from collections.abc import Iterable

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.lake.evidence import first_of, start_sql
from cloudbill.lake.rows import (
    MOST,
    Rows,
    are_monthly,
    but_for_spelling,
    charge_columns,
    day_or_month,
    is_same_cost,
)
from cloudbill.sql import identifier


def charges_in_both(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> tuple[int, int]:
    """How many charges of the same accounts, things and days two exports have, of how many.

    How many they could: on days and of accounts that both have, those of the smaller one.

    Amounts are added up by day, so that an hourly and a daily report are alike, and by what both
    say of a charge, so that one with resources is like one without. They may differ: what was
    restated in between, or has another margin, is still the same charge. Only where the two say
    nothing alike of charges, or nobody below who pays, do the amounts have to be equal.

    A monthly report dates what is of any day to the first: beside it, months are added up. Where
    each says that somebody else pays, an account went from one to the other, and may have the same
    things on that day with both: they are the same charge only at the same time. Where lines tell
    days alone, amounts tell on the day of the move, the last of the one and the first of the other:
    each bills its part of that day.

    Two kinds of exports name resources alike, if nothing else: what is amortized in one of them
    and billed in the other is the same charge, too. Two of a kind may spell a column otherwise:
    by the others most charges cost the same then.
    """
    are_of_a_kind = one.table.kind == other.table.kind
    keys = charge_columns(con, one, other) if are_of_a_kind else []
    whose = "owners" if all(_has(con, rows, "owners") for rows in (one, other)) else "payers"
    by_things = keys and whose == "owners"
    cost_the_same = is_same_cost("one.amount", "other.amount")
    equal = "true" if by_things else cost_the_same
    when = "day"
    if are_of_a_kind and _others_pay(con, one, other):
        when = "time"
        if by_things and all(_is_daily(con, rows) for rows in (one, other)):
            equal = f"({cost_the_same} or account not in (from moved))"
    elif any(_is_monthly(con, rows) for rows in (one, other)):
        when = "month"
    amounts = [_amounts(rows, keys, whose, when) for rows in (one, other)]
    found = _in_both(con, amounts, equal)
    if not are_of_a_kind:
        resources = [_resources(rows, whose, when) for rows in (one, other)]
        things = _in_both(con, resources, "true")
        return max(found, things, key=lambda told: told[0] / max(told[1], 1))
    if found[0] < MOST * found[1]:
        for fewer in but_for_spelling(con, one, other, keys):
            amounts = [_amounts(rows, fewer, whose, when) for rows in (one, other)]
            shared, most = _in_both(con, amounts, cost_the_same)
            if shared and shared >= MOST * most:
                return shared, most
    return found


def _in_both(con: duckdb.DuckDBPyConnection, charges: list[str], equal: str) -> tuple[int, int]:
    one, other = charges
    found = con.execute(
        f"""
        with one as ({one}), other as ({other}),
        accounts as (select account from one intersect select account from other),
        days as (select day from one intersect select day from other),
        moved as (
            select account
            from (select account, min(day) as a, max(day) as z from one group by all) as mine
            inner join (select account, min(day) as a, max(day) as z from other group by all)
                as theirs using (account)
            where mine.a < mine.z and theirs.a < theirs.z
                and (mine.z = theirs.a or theirs.z = mine.a)
        )
        select
            (select count(*) from one where account in (from accounts) and day in (from days)),
            (select count(*) from other where account in (from accounts) and day in (from days)),
            (select count(*) from one inner join other using (account, day, charge) where {equal})
        """
    ).fetchone()
    mine, theirs, shared = found or (0, 0, 0)
    return shared, min(mine, theirs)


def _has(con: duckdb.DuckDBPyConnection, rows: Rows, whose: str) -> bool:
    """Whether any row says who used, or who pays, what it is for."""
    names = getattr(KINDS[rows.table.kind], whose)
    told = first_of(names, set(rows.present))
    return con.execute(f"select count({told}) > 0 from {rows.relation}").fetchone() == (True,)


def _others_pay(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> bool:
    """Whether both say who pays, and none pays in both."""

    def payers(rows: Rows) -> set[str]:
        payer = first_of(KINDS[rows.table.kind].payers, set(rows.present))
        query = f"select distinct lower({payer}) as payer from {rows.relation}"
        return {name for (name,) in con.execute(query).fetchall() if name}

    mine, theirs = payers(one), payers(other)
    return bool(mine and theirs and mine.isdisjoint(theirs))


def _is_daily(con: duckdb.DuckDBPyConnection, rows: Rows) -> bool:
    """Whether no line tells more of when it starts than its day."""
    start = start_sql(rows.table, set(rows.present))
    query = f"select count_if({start} != date_trunc('day', {start})) = 0 from {rows.relation}"
    return con.execute(query).fetchone() == (True,)


def _is_monthly(con: duckdb.DuckDBPyConnection, rows: Rows) -> bool:
    return con.execute(f"select {are_monthly(rows)} from {rows.relation}").fetchone() == (True,)


def _amounts(rows: Rows, keys: Iterable[str], whose: str, when: str) -> str:
    listed = "".join(f", coalesce(lower(cast({identifier(k)} as varchar)), '')" for k in keys)
    if when == "time":
        listed += f", {start_sql(rows.table, set(rows.present))}"
    return (
        f"select {_account_and_day(rows, whose, when)}, hash(0{listed}) as charge,"
        f" sum({rows.table.amount(set(rows.present))})::double as amount"
        f" from {rows.relation} where account is not null group by all having amount != 0"
    )


def _resources(rows: Rows, whose: str, when: str) -> str:
    """By account and day, with the last part of their names, which every kind of export has."""
    resource = first_of(KINDS[rows.table.kind].resources, set(rows.present))
    return (
        f"select distinct {_account_and_day(rows, whose, when)},"
        f" regexp_extract(lower({resource}), '[^/:]+$') as charge"
        f" from {rows.relation} where account is not null and charge != ''"
    )


def _account_and_day(rows: Rows, whose: str, when: str) -> str:
    kind, present = KINDS[rows.table.kind], set(rows.present)
    owner = f"lower({first_of(getattr(kind, whose), present)})"
    account, day = f"regexp_replace({owner}, '^/subscriptions/', '')", day_or_month(rows, when)
    return f"{account} as account, {day} as day"
