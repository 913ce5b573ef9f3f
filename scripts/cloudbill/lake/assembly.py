"""The parts of a bill as one file: from what was landed now, or from the lake."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.lake.duplicates import OF_A_VERSION, Rows, in_other, restated_lines, rows_in
from cloudbill.lake.evidence import account_sql, day_sql
from cloudbill.lake.files import LakeFile
from cloudbill.lake.known import rows_known
from cloudbill.lake.parts import Part
from cloudbill.lake.reading import read
from cloudbill.lake.way import Way, period_of, period_sql
from cloudbill.landing.land import convert, write
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce, identifier, literal, parquet

UNION = "\nunion all by name\n"


def write_bill(
    way: Way, key: str, period: str, parts: list[Part], facts: dict[str, str]
) -> tuple[Path, list[str]]:
    """The parts of a bill as one file beside the lake, and what has to be told of them."""
    sources = [source_of(way, period, part) for part in parts]
    if len(parts) == 1:
        part = parts[0]
        landed = way.landed.get(part.known.version)
        is_all = set(part.known.evidence.accounts) <= {period}
        is_plain = not (part.minus or part.without or part.is_stray) and key == period
        if landed and landed.is_whole and is_all and is_plain and landed.facts == facts:
            del way.landed[part.known.version]
            return landed.path, []
    relations: list[str] = []
    notes: list[str] = []
    present: set[str] = set()
    own = sum(not part.is_stray for part in parts)
    for part, source in zip(parts, sources, strict=True):
        relation = f"select * from {source}"
        columns = set(way.con.sql(relation).columns)
        notes += held_elsewhere(way, part, source)
        if part.is_stray and relations:
            relation, note = strays(way, part, source, relations, own, sorted(columns & present))
            notes += [note] if note else []
        relations.append(relation)
        present |= columns
    lines = UNION.join(relations)
    target = way.workspace.temporary / "composed" / "bill.parquet"
    write(way.con, f"select * replace ({literal(key)} as bill) from ({lines})", facts, target)
    return target, notes


def source_of(way: Way, period: str, part: Part) -> str:
    """The rows that a part gives a bill, from what was landed now, or from the lake."""
    known = part.known
    landed = way.landed.get(known.version)
    if landed is None or not landed.is_whole:
        relation = reusable(way, part)
        if relation is None:
            relation = parquet(read(way, known.delivery, is_whole=True).path)
    else:
        relation = parquet(landed.path)
    own = f"(select * from {relation} where {period_sql(way.kind)} = {literal(period)})"
    return counted(way, part, own)


def held_elsewhere(way: Way, part: Part, source: str) -> Iterator[str]:
    """What is told of the lines of a part that others have, too, when it is read."""
    others = [cover.lines_of.known for cover in part.minus if cover.lines_of]
    if not others or part.known.version not in way.landed:
        return
    rest = tuple(cover for cover in part.minus if cover.lines_of is None)
    amount = way.table.amount(set(rows_in(way.con, way.table, source).present))
    total = f"select count(*) as lines, coalesce(sum({amount}), 0) as cost from"
    every = source_of(way, part.period, replace(part, minus=rest))
    found = way.con.execute(
        f"select every.lines - own.lines, every.cost - own.cost"
        f" from ({total} {every}) as every, ({total} {source}) as own"
    ).fetchone()
    if found and found[0]:
        names = " and ".join(sorted(other.delivery.name for other in others)[:2])
        yield (
            f"{found[0]:,} lines ({found[1]:,.2f}) of {part.known.delivery.name} are in {names}"
            " too, to the last column, and count once."
        )


def counted(way: Way, part: Part, relation: str) -> str:
    """Those rows of a part that count."""
    rows = rows_in(way.con, way.table, relation)
    present = set(rows.present)
    row = account_sql(way.kind, present), period_sql(way.kind), day_sql(way.table, present)
    conditions = []
    for cover in part.minus:
        if other := cover.lines_of:
            known = rows_known(way, other.known, is_whole=True)
            others = replace(known, relation=counted(way, other, known.relation))
            conditions.append(f"not {in_other(way.con, rows, others)}")
        else:
            conditions.append(f"not {cover.sql(*row)}")
    if part.without:
        conditions.append(f"source_file not in ({', '.join(map(literal, part.without))})")
    if not conditions:
        return relation
    return f"(select * from {relation} where {' and '.join(conditions)})"


def reusable(way: Way, part: Part) -> str | None:
    """The rows of a part that the lake has already, if it has them all."""
    relations = []
    minus = [cover.facts() for cover in part.minus]
    for file in way.files().values():
        for told in file.parts:
            if told["version"] != part.known.version or period_of(file) != part.period:
                continue
            has_all = all(cover in minus for cover in told["minus"])
            has_all = has_all and set(told["without"]) <= set(part.without)
            is_all = part.known.is_gone or (has_all and not told["is_stray"])
            if is_all or part.known.delivery.files == ():
                names = ", ".join(map(literal, told["files"]))
                relations.append(
                    f"select * from {parquet(current_schema(way, file))}"
                    f" where source_file in ({names})"
                )
    if not relations:
        return None
    return f"({' union all by name '.join(relations)})"


def current_schema(way: Way, file: LakeFile) -> Path:
    """A bill of the lake in the current schema."""
    if file.facts["schema"] == way.table.fingerprint:
        return file.path
    target = way.workspace.temporary / "converted" / f"{file.bill}.parquet"
    currency = way.export.currency or ""
    convert(
        way.con,
        way.kind,
        way.table,
        source=file.path,
        currency=currency,
        facts=file.facts,
        target=target,
    )
    return target


def strays(
    way: Way, part: Part, source: str, before: list[str], own: int, columns: list[str]
) -> tuple[str, str | None]:
    """Lines that lie where they do not belong count once: if no other part has them.

    Those of a resource are no more than another version where the period's own parts, the first of
    those `before`, have what they are for: a run that reaches into the next month knows only the
    first hours of its last day. What takes money back is none: it corrects what is there.
    """
    # In any letter case, and whether the line has an id or an invoice yet.
    types = way.table.columns
    compared = [
        f"lower(cast({identifier(name)} as varchar))"
        if types.get(name, "varchar") == "varchar"
        else identifier(name)
        for name in columns
        if name not in {*DERIVED, *OF_A_VERSION}
    ]
    line = f"hash({', '.join(compared)})" if compared else "0"
    rows = rows_in(way.con, way.table, source)
    is_claimed = claimed(way, part, rows)
    others = UNION.join(before)
    left = f"""
        select * exclude (line, number) from (
            select *, {line} as line, row_number() over (partition by {line}) as number
            from {source} where not ({is_claimed})
        ) anti join (
            select {line} as line, row_number() over (partition by {line}) as number
            from ({others})
        ) using (line, number)"""
    note = None
    if own:
        owns = rows_in(way.con, way.table, f"({UNION.join(before[:own])})")
        found = restated_lines(way.con, rows_in(way.con, way.table, f"({left})"), owns)
        left, count, cost = found
        if count:
            note = (
                f"{count:,} lines of {part.period} in {part.known.delivery.name} ({cost:,.2f}) are"
                " not counted: the month's own files have what they are for at another cost."
            )
    return f"{left}{UNION}select * from {source} where {is_claimed}", note


def claimed(way: Way, part: Part, rows: Rows) -> str:
    """The rows that a delivery says that it holds, in SQL."""
    day, period = day_sql(way.table, set(rows.present)), period_sql(way.kind)
    months, days = part.known.months, part.known.delivery.days
    told = [f"{period} in ({', '.join(map(literal, months))})"] if months else []
    if days:
        told.append(f"{day} between {literal(days[0])} and {literal(days[1])}")
    return " or ".join(told) or "false"


def totals(
    con: duckdb.DuckDBPyConnection, table: Table, path: Path
) -> tuple[int, dict[str | None, Any]]:
    """Rows, and cost by currency, of a landed bill."""
    present = set(con.sql(f"select * from {parquet(path)}").columns)
    currencies = [f"nullif({name}, '')" for name in table.currencies if name in present]
    rows = con.execute(
        f"select upper({coalesce([*currencies, 'stated_currency'])}) as currency,"
        f" coalesce(sum({table.amount(present)}), 0), count(*)"
        f" from {parquet(path)} group by all order by all"
    ).fetchall()
    return sum(lines for *_, lines in rows), {currency: cost for currency, cost, _ in rows}
