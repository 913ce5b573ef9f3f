"""The same charges or lines twice: in two deliveries of an export, or in two exports."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.lake.evidence import account_sql, day_sql, first_of, start_sql
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce, identifier

MOST = 0.5
"""Of the charges that two exports could both have; parts of an account have few in common."""
SAMPLED = 20_000
"""Lines that are looked at to tell which files to compare whole."""
TIMES = ("date", "timestamp")
"""Types of columns that say when."""
NEARLY_ALL = 0.9
"""Of a file's lines, those of which no other is for the same at the same time, or that are longer
than a day, as all are in a monthly report but for single fees."""
DAYS_APART = 2
"""Between the last days of two exports that run as often."""
OF_A_VERSION = frozenset({"identity_line_item_id", "bill_invoice_id", "invoiceid"})
"""Columns that differ between versions of one line."""


@dataclass(frozen=True)
class Rows:
    """Landed rows in SQL."""

    table: Table
    relation: str
    present: frozenset[str]


def rows_in(con: duckdb.DuckDBPyConnection, table: Table, relation: str) -> Rows:
    """Rows with the columns that they have."""
    return Rows(table, relation, frozenset(con.sql(f"select * from {relation}").columns))


def share_of_charges(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> float:
    """How much of the second one's charges, on days and of accounts that both have, the first has.

    What a run says nothing of it does not replace: a subscription's beside its billing account's.
    """
    keys = _charge_columns(con, one, other)
    return _share(con, _charges(one, keys), _charges(other, keys))


def restates(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> bool:
    """Whether the first has most of the second's charges, and of their cost, on days of both.

    Late lines and corrections are of some, or cost less, or take money back. Charge by charge: what
    usage and its credits come to tells nothing.
    """
    keys = _charge_columns(con, one, other)
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
    return found == (True, True)


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


def cost_told_anew(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> tuple[bool, bool]:
    """Whether lines for the same at the same time cost something else in two, and most as much."""
    found = con.execute(
        f"""
        {_lines_with_costs(con, one, other)}
        select count(*) > 0, sum(one.cost * sign(other.cost)) >= {MOST} * sum(abs(other.cost))
        from one inner join other using (line)
        where not {_is_same("one.cost", "other.cost")}
        """
    ).fetchone()
    return (bool(found[0]), bool(found[1])) if found else (False, False)


def _lines_with_costs(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> str:
    """What two are for and when, by what both tell of it, with the cost; to be selected from."""
    both = one.present & other.present
    told = frozenset(_told_in_both(con, one, other, sorted(both - {*DERIVED})))
    kind = KINDS[one.table.kind]
    line = f"hash({_what_and_when(replace(one, present=told)) or 'null'})"

    def lines(rows: Rows) -> str:
        present = set(rows.present)
        return (
            f"select {account_sql(kind, present)} as account, {line} as line,"
            f" sum({rows.table.amount(present)})::double as cost"
            f" from {rows.relation} group by all"
        )

    return f"with one as ({lines(one)}), other as ({lines(other)})"


def _is_same(one: str, other: str) -> str:
    """Whether two amounts differ by no more than how they were rounded and added."""
    return f"abs({one} - {other}) <= 1e-9 + 1e-6 * abs({other})"


def are_datasets_of_one(con: duckdb.DuckDBPyConnection, told: Rows, other: Rows) -> bool:
    """Whether two have the usage of the same accounts, but what only one dataset has in one alone.

    The other has usage of the day of a fee, or of what was unused, without having that; or the days
    of both are alike, where no such day is in both. Runs are hours apart: late lines and a day or
    two differ. A part of an account has other usage, an older version fewer days.
    """
    kind = KINDS[told.table.kind]
    usage = [replace(rows, relation=_only(rows, kind.usage)) for rows in (told, other)]
    keys = _charge_columns(con, *usage)
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
    told = frozenset(_told_in_both(con, one, other, sorted(one.present & other.present)))
    if not (listed := _columns(replace(one, present=told))):
        return one.relation
    return without(one.relation, other.relation, f"hash({listed})")


def without(one: str, other: str, line: str) -> str:
    """The lines of one relation but for those of another: of alike ones as many as it has."""
    numbered = f"{line} as line, row_number() over (partition by {line}) as number"
    return f"""(
        select * exclude (line, number) from (select *, {numbered} from {one})
        anti join (select {numbered} from {other}) using (line, number)
    )"""


def same_lines(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> bool:
    """Whether two landed files hold the same lines, in whatever order and under whatever id."""
    if one.present != other.present:
        return False
    listed = _columns(one, {"identity_line_item_id"})
    first, second = (
        con.execute(
            f"select count(*), sum(hash({listed})::hugeint) from {rows.relation}"
        ).fetchone()
        for rows in (one, other)
    )
    return first == second and first is not None and first[0] > 0


def files_alike(
    con: duckdb.DuckDBPyConnection,
    rows: Rows,
    files: list[str],
    *,
    is_restated: bool = False,
    among_all: bool = False,
) -> tuple[str, str] | None:
    """A file that has most of its lines in another one, but is no copy of it, and that one.

    They are versions of each other rather than parts. `among_all` the others together may have
    them: shards that another run wrote. Where every line may be restated, those of resources are
    told apart by what they are for and when. Neither judges files that say the same of many lines.
    """
    line = f"hash({_columns(rows, OF_A_VERSION)})"
    if is_restated:
        resource = first_of(KINDS[rows.table.kind].resources, set(rows.present))
        line = f"if({resource} is null, null, hash({_what_and_when(rows)}))"
    told_apart = NEARLY_ALL if is_restated or among_all else 0
    other, pair = ("min(other)", "") if among_all else ("other", ", other")
    found = con.execute(
        f"""
        with lines as (
            select source_file, {line} as line, count(*) as n,
                sum(hash({_columns(rows)})::hugeint) as digest
            from {rows.relation} where list_contains(?, source_file) group by all
        ),
        files as (
            select source_file, sum(n) as total, sum(digest) as digest
            from lines group by all
            having count(line) >= {told_apart} * sum(if(line is null, 0, n))
        ),
        pairs as (
            select mine.source_file as file, theirs.source_file as other, line, mine.total,
                one.n as mine, two.n as theirs
            from lines as one
            inner join lines as two using (line)
            inner join files as mine on one.source_file = mine.source_file
            inner join files as theirs on two.source_file = theirs.source_file
            where mine.source_file != theirs.source_file and mine.digest != theirs.digest
        ),
        shared as (
            select file, {other} as other, total, least(mine, sum(theirs)) as n
            from pairs group by file, line, total, mine{pair}
        )
        select file, min(other) from shared group by file, total{pair}
        having sum(n) > {MOST} * total
        order by all
        """,
        [files],
    ).fetchone()
    return (min(found), max(found)) if found else None


def files_with_lines_of_others(con: duckdb.DuckDBPyConnection, rows: Rows, count: int) -> list[str]:
    """By a sample, files of which others have many lines, and those others: to be compared."""
    times = [
        name for name, of in rows.table.columns.items() if of in TIMES and name in rows.present
    ]
    drawn = ", ".join([rows.table.amount(set(rows.present)), *map(identifier, times)])
    found = con.execute(
        f"""
        with lines as (
            select distinct source_file, hash({_columns(rows, OF_A_VERSION)}) as line
            from {rows.relation} where hash({drawn}) % {1 + count // SAMPLED} = 0
        ),
        compared as (
            select source_file, count(*) over (partition by line) > 1 as is_shared from lines
        ),
        suspects as (
            select source_file from compared group by all
            having count_if(is_shared) > {MOST} / 2 * count(*)
        )
        select distinct source_file from lines
        where line in (select line from lines where source_file in (from suspects))
        """
    ).fetchall()
    return [name for (name,) in found]


def not_restated(rows: Rows, own: Rows) -> str:
    """Of lines that lie astray those that are not other versions of the period's own.

    What a line is for tells, and when: with several such lines the own ones have to be as many.
    Lines without a resource say too little, and what takes money back corrects what is there.
    """
    both = replace(rows, present=rows.present & own.present)
    resource = first_of(KINDS[rows.table.kind].resources, set(both.present))
    told, amount = f"hash({_what_and_when(both)})", rows.table.amount(set(rows.present))
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
    and billed in the other is the same charge, too.
    """
    are_of_a_kind = one.table.kind == other.table.kind
    keys = _charge_columns(con, one, other) if are_of_a_kind else []
    whose = "owners" if all(_has(con, rows, "owners") for rows in (one, other)) else "payers"
    by_things = keys and whose == "owners"
    cost_the_same = _is_same("one.amount", "other.amount")
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


def sums_and_details(con: duckdb.DuckDBPyConnection, rows: Rows) -> tuple[str, str] | None:
    """A file of sums and one of what they add up, where most of the sums come out.

    Files without resources beside those with them, as of Google's standard and detailed exports, of
    days beside those of hours, or of months beside those of days. A detailed export, too, has files
    in which nothing is of a resource, or of an hour: amounts have to be equal, by account, day (or
    month) and what they are for.
    """
    kind, present = KINDS[rows.table.kind], set(rows.present)
    date = next((name for name in rows.table.dates if name in present), "")
    details = []
    if present.intersection(kind.resources):
        details.append((f"count({first_of(kind.resources, present)}) > 0", kind.resources))
    if rows.table.columns.get(date) == "timestamp":
        details.append((f"count_if({date} != date_trunc('day', {date})) > 0", ()))
    for is_detailed, summed in details:
        if found := _sums_and_details(con, rows, is_detailed, summed):
            return found
    return _sums_and_details(con, rows, f"not {_are_monthly(rows)}", (), "month")


def _sums_and_details(
    con: duckdb.DuckDBPyConnection,
    rows: Rows,
    is_detailed: str,
    summed: Collection[str],
    when: str = "day",
) -> tuple[str, str] | None:
    kind, present = KINDS[rows.table.kind], set(rows.present)
    keys = [key for key in kind.charge if key in present and key not in summed]
    told = "".join(f", coalesce({identifier(key)}, '')" for key in keys)
    day, account = _day(rows, when), account_sql(kind, present)
    files = f"select source_file, {is_detailed} as is_detailed from {rows.relation} group by all"
    names: dict[bool, list[str]] = defaultdict(list)
    for name, has_details in con.execute(files).fetchall():
        names[has_details].append(name)
    if len(names) < 2:
        return None
    found = con.execute(
        f"""
        with charges as (
            select
                is_detailed, hash({account}, {day}{told}) as charge,
                sum({rows.table.amount(present)})::double as amount
            from {rows.relation} inner join ({files}) using (source_file)
            group by all having amount != 0
        ),
        sums as (from charges where not is_detailed),
        details as (from charges where is_detailed)
        select (select count(*) from sums), count(*)
        from sums inner join details using (charge)
        where {_is_same("sums.amount", "details.amount")}
        """
    ).fetchone()
    total, shared = found or (0, 0)
    return (min(names[False]), min(names[True])) if shared and shared >= MOST * total else None


def _columns(rows: Rows, without: Collection[str] = ()) -> str:
    """All that a line says, but where it lies and these columns.

    The text of a list is spelled differently in each format; what is read from it is not.
    """
    names = rows.present - {*DERIVED, *rows.table.lists, *without}
    return ", ".join(map(identifier, sorted(names)))


def _what_and_when(rows: Rows) -> str:
    """What another price leaves as it is, in any letter case; a description may tell it."""
    kind, columns = KINDS[rows.table.kind], rows.table.columns
    told = {*kind.owners, *kind.payers, *kind.charge, *kind.dataset_columns}
    told |= {name for name, of in columns.items() if of in TIMES}
    names = sorted(n for n in told & rows.present if not n.endswith("description"))
    return ", ".join(f"lower(cast({identifier(name)} as varchar))" for name in names)


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
    return con.execute(f"select {_are_monthly(rows)} from {rows.relation}").fetchone() == (True,)


def _are_monthly(rows: Rows) -> str:
    """SQL of whether lines are those of a monthly report, where they say until when they are."""
    present = set(rows.present)
    ends = [f"cast({name} as timestamp)" for name in KINDS[rows.table.kind].ends if name in present]
    if not ends:
        return "false"
    is_long = f"{coalesce(ends)} - {start_sql(rows.table, present)} > interval 1 day"
    return f"coalesce(avg(cast({is_long} as integer)) >= {NEARLY_ALL}, false)"


def _day(rows: Rows, when: str) -> str:
    day = day_sql(rows.table, set(rows.present))
    return f"cast(date_trunc('month', {day}) as date)" if when == "month" else day


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
    return f"regexp_replace({owner}, '^/subscriptions/', '') as account, {_day(rows, when)} as day"


def _charge_columns(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> list[str]:
    """What both say of a charge."""
    keys = KINDS[one.table.kind].charge
    names = [name for name in keys if name in one.present and name in other.present]
    return _told_in_both(con, one, other, names)


def _told_in_both(
    con: duckdb.DuckDBPyConnection, one: Rows, other: Rows, names: list[str]
) -> list[str]:
    """Those of some columns that have a value in both."""
    if not names:
        return []
    listed = ", ".join(f"count(nullif(cast({identifier(n)} as varchar), '')) > 0" for n in names)
    told = [
        con.execute(f"select {listed} from {rows.relation}").fetchone() or ()
        for rows in (one, other)
    ]
    return [name for name, *has in zip(names, *told, strict=True) if all(has)]
