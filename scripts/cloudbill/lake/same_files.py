"""Whether files that lie together hold the same charges: copies, versions, sums of each other."""

from collections import defaultdict
from collections.abc import Collection

import duckdb

from cloudbill.delivered.kinds import KINDS
from cloudbill.lake.evidence import account_sql, first_of
from cloudbill.lake.rows import (
    MOST,
    NEARLY_ALL,
    OF_A_VERSION,
    TIMES,
    Rows,
    are_monthly,
    columns_of,
    day_or_month,
    is_same_cost,
    what_and_when,
)
from cloudbill.sql import identifier

SAMPLED = 20_000
"""Lines that are looked at to tell which files to compare whole."""


def same_lines(con: duckdb.DuckDBPyConnection, one: Rows, other: Rows) -> bool:
    """Whether two landed files hold the same lines, in whatever order and under whatever id."""
    if one.present != other.present:
        return False
    listed = columns_of(one, {"identity_line_item_id"})
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
    line = f"hash({columns_of(rows, OF_A_VERSION)})"
    if is_restated:
        resource = first_of(KINDS[rows.table.kind].resources, set(rows.present))
        line = f"if({resource} is null, null, hash({what_and_when(rows)}))"
    told_apart = NEARLY_ALL if is_restated or among_all else 0
    other, pair = ("min(other)", "") if among_all else ("other", ", other")
    found = con.execute(
        f"""
        with lines as (
            select source_file, {line} as line, count(*) as n,
                sum(hash({columns_of(rows)})::hugeint) as digest
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
            select distinct source_file, hash({columns_of(rows, OF_A_VERSION)}) as line
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
    return _sums_and_details(con, rows, f"not {are_monthly(rows)}", (), "month")


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
    day, account = day_or_month(rows, when), account_sql(kind, present)
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
        where {is_same_cost("sums.amount", "details.amount")}
        """
    ).fetchone()
    total, shared = found or (0, 0)
    return (min(names[False]), min(names[True])) if shared and shared >= MOST * total else None
