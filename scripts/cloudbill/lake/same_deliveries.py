"""Whether two deliveries of an export hold the same charges or lines, and what is left of one."""

from collections.abc import Iterable
from dataclasses import replace

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.lake.evidence import account_sql, day_sql, first_of
from cloudbill.lake.rows import (
    MOST,
    Rows,
    but_for_spelling,
    charge_columns,
    columns_of,
    is_same_cost,
    of_loading,
    told_in_both,
    what_and_when,
)
from cloudbill.schema import DERIVED
from cloudbill.sql import identifier

DAYS_APART = 2
"""Between the last days of two exports that run as often."""


def share_of_charges(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> float:
    """How much of the second one's charges, on days and of accounts that both have, the first has.

    What a run says nothing of it does not replace: a subscription's beside its billing account's.
    """
    keys = charge_columns(con, one, other)
    found = _share(con, _charges(one, keys), _charges(other, keys))
    return found or _share_but_for_spelling(con, one, other, keys)


def _share_but_for_spelling(
    con: duckdb.DuckDBPyConnection, one: Rows, other: Rows, keys: list[str]
) -> float:
    """The same by fewer columns at the same cost, if it is most of the second one's."""
    for fewer in but_for_spelling(con, one, other, keys):
        first, second = (_charges(rows, fewer, is_with_cost=True) for rows in (one, other))
        found = con.execute(
            f"""
            with one as ({first}), other as ({second})
            select count(*), count_if({is_same_cost("one.cost", "other.cost")})
            from other left join one using (h)
            where other.cost != 0 and (other.account, other.day) in (select (account, day) from one)
            """
        ).fetchone()
        total, shared = found or (0, 0)
        if shared and shared >= MOST * total:
            return float(shared / total)
    return 0.0


def restates(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> bool:
    """Whether the first has most of the second's charges, and of their cost, on days of both.

    Late lines and corrections are of some, or cost less, or take money back. Charge by charge: what
    usage and its credits come to tells nothing.
    """
    keys = charge_columns(con, one, other)
    first, second = (_charges(rows, keys, is_with_cost=True) for rows in (one, other))
    found = con.execute(
        f"""
        with one as ({first}), other as ({second})
        select count(one.h) >= {MOST} * count(*),
            coalesce(sum(one.cost * sign(other.cost)), 0) >= {MOST} * sum(abs(other.cost))
        from other left join one using (h)
        where (other.account, other.day) in (select (account, day) from one)
        """
    ).fetchone()
    return found == (True, True) or _share_but_for_spelling(con, one, other, keys) > 0


def share_told_anew(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> float:
    """How much of the second's lines, by what they are for and when, the first has on all its days.

    None where it takes their money back. All of a few may have late lines or be corrected: so one
    is lacking from any.
    """
    found = con.execute(
        f"""
        {_lines_with_costs(con, one, other)}
        select if(sum(one.cost * sign(other.cost)) < 0, 0, count(one.line)) / (count(*) + 1)
        from other left join one using (line)
        where other.account in (select account from one)
        """
    ).fetchone()
    return found[0] if found else 0.0


def cost_of_differing(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> float:
    """What lines for the same at the same time cost in the first, by what they do in the second.

    Of those that cost something else there; nothing where the first takes money back, and less than
    that where none differ.
    """
    found = con.execute(
        f"""
        {_lines_with_costs(con, one, other)}
        select case
            when count(*) = 0 then -1
            when sum(abs(other.cost)) = 0 then 1
            else greatest(sum(one.cost * sign(other.cost)) / sum(abs(other.cost)), 0)
        end
        from one inner join other using (line)
        where not {is_same_cost("one.cost", "other.cost")}
        """
    ).fetchone()
    return found[0] if found else -1


def _lines_with_costs(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> str:
    """What two are for and when, by what both tell of it, with the cost; to be selected from."""
    both = one.present & other.present
    told = frozenset(told_in_both(con, one, other, sorted(both - {*DERIVED})))
    kind = KINDS[one.table.kind]
    line = f"hash({what_and_when(replace(one, present=told)) or 'null'})"

    def lines(rows: Rows) -> str:
        present = set(rows.present)
        return (
            f"select {account_sql(kind, present)} as account, {line} as line,"
            f" sum({rows.table.amount(present)})::double as cost"
            f" from {rows.relation} group by all"
        )

    return f"with one as ({lines(one)}), other as ({lines(other)})"


def are_datasets_of_one(con: duckdb.DuckDBPyConnection, told: Rows, other: Rows) -> bool:
    """Whether two have the usage of the same accounts, but what only one dataset has in one alone.

    The other has usage of the day of a fee, or of what was unused, without having that; or the days
    of both are alike, where no such day is in both. Runs are hours apart: late lines and a day or
    two differ. A part of an account has other usage, an older version fewer days.
    """
    kind = KINDS[told.table.kind]
    usage = [replace(rows, relation=_only(rows, kind.usage)) for rows in (told, other)]
    keys = charge_columns(con, *usage)
    first, second = (_charges(rows, keys) for rows in usage)
    if min(_share(con, first, second), _share(con, second, first)) < MOST:
        return False
    telling, every = replace(told, relation=_only(told, kind.telling)), _charges(other, keys)
    found = con.execute(
        f"""
        with one as ({first}), other as ({second}),
        accounts as (select account from one intersect select account from other),
        mine as (select min(day) as a, max(day) as z from one where account in (from accounts)),
        theirs as (select min(day) as a, max(day) as z from other where account in (from accounts)),
        lacking as (
            from ({_charges(telling, keys)})
            where h not in (select h from ({every})) and day in (select day from other)
        )
        select
            exists (from lacking)
            or greatest(abs(mine.a - theirs.a), abs(mine.z - theirs.z)) <= {DAYS_APART}
        from mine, theirs
        """
    ).fetchone()
    return found == (True,)


def share_of_lines(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> float:
    """How much of the second one's lines, to the last column that both tell, the first one has."""
    left = without_lines(con, other, one)
    counts = f"select (select count(*) from {other.relation}), (select count(*) from {left})"
    total, rest = con.execute(counts).fetchone() or (0, 0)
    return 1 - rest / total if total else 0.0


def without_lines(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> str:
    """The lines of one but for those that the other has, to the last column that both tell."""
    told = frozenset(told_in_both(con, one, other, sorted(one.present & other.present)))
    told -= of_loading(con, one, other, told - {*DERIVED})
    if not (listed := columns_of(replace(one, present=told))):
        return one.relation
    return without(one.relation, other.relation, f"hash({listed})")


def without(one: str, other: str, line: str) -> str:
    """The lines of one relation but for those of another: of alike ones as many as it has."""
    numbered = f"{line} as line, row_number() over (partition by {line}) as number"
    return f"""(
        select * exclude (line, number) from (select *, {numbered} from {one})
        anti join (select {numbered} from {other}) using (line, number)
    )"""


def not_restated(rows: Rows, own: Rows) -> str:
    """Of lines that lie astray those that are not other versions of the period's own.

    What a line is for tells, and when: with several such lines the own ones have to be as many.
    Lines without a resource say too little, and what takes money back corrects what is there.
    """
    both = replace(rows, present=rows.present & own.present)
    resource = first_of(KINDS[rows.table.kind].resources, set(both.present))
    told, amount = f"hash({what_and_when(both)})", rows.table.amount(set(rows.present))
    return f"""(
        select * from {rows.relation}
        where {resource} is null or {told} not in (
            select told
            from (
                select {told} as told, count(*) as lines, min({amount}) as least
                from {rows.relation} where {resource} is not null group by all
            )
            inner join (
                select {told} as told, count(*) as own_lines from {own.relation} group by all
            ) using (told)
            where lines <= own_lines and least >= 0
        )
    )"""


def _only(rows: Rows, condition: str) -> str:
    """Lines that are something; none where nothing says what a line is."""
    kind, columns = KINDS[rows.table.kind], rows.table.columns
    absent = ", ".join(f"cast(null as {columns[name]}) as {name}" for name in kind.dataset_columns)
    every = f"select {absent} where false union all by name select * from {rows.relation}"
    return f"(select * from ({every}) where {condition})"


def _charges(rows: Rows, keys: Iterable[str], *, is_with_cost: bool = False) -> str:
    kind = KINDS[rows.table.kind]
    day, account = day_sql(rows.table, set(rows.present)), account_sql(kind, set(rows.present))
    listed = "".join(f", lower(cast({identifier(key)} as varchar))" for key in keys)
    charge = f"{day} as day, {account} as account, hash({day}, {account}{listed}) as h"
    if is_with_cost:
        charge += f", sum({rows.table.amount(set(rows.present))})::double as cost"
    return f"select {charge} from {rows.relation} group by all"


def _share(con: duckdb.DuckDBPyConnection, first: str, second: str) -> float:
    found = con.execute(
        f"""
        with one as ({first}), other as ({second}),
        accounts as (select account from one intersect select account from other),
        days as (select day from one intersect select day from other)
        select count(*), count_if(h in (select h from one)) from other
        where account in (from accounts) and day in (from days)
        """
    ).fetchone()
    total, shared = found or (0, 0)
    return shared / total if total else 0.0
