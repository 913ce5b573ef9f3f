"""The parts of a bill as one file: from what was landed now, or from the lake."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.lake.evidence import (
    account_sql,
    added_in_rows,
    all_tell_when_added,
    day_sql,
)
from cloudbill.lake.files import LakeFile
from cloudbill.lake.parts import Part
from cloudbill.lake.questions import lines_elsewhere, rows_known
from cloudbill.lake.reading import read
from cloudbill.lake.rows import OF_A_VERSION, Rows, rows_in
from cloudbill.lake.same_deliveries import not_restated, without, without_lines
from cloudbill.lake.way import Way, period_of, period_sql
from cloudbill.landing.land import convert, write
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce, identifier, literal, parquet


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
    own = [source for part, source in zip(parts, sources, strict=True) if not part.is_stray]
    for part, source in zip(parts, sources, strict=True):
        relation = without_repeated(way, part, source, notes)
        if part.is_stray and relations:
            relation = strays(way, part, relation, relations, own, notes)
        relations.append(relation)
    target = way.workspace.temporary / "composed" / "bill.parquet"
    rows = f"select * replace ({literal(key)} as bill) from {union(relations)}"
    write(way.con, rows, facts, target)
    return target, notes


def union(relations: list[str]) -> str:
    """Relations as one, whatever columns each has."""
    return f"({' union all by name '.join(f'select * from {relation}' for relation in relations)})"


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


def counted(way: Way, part: Part, relation: str) -> str:
    """Those rows of a part that newer deliveries and copies leave."""
    present = set(rows_in(way.con, way.table, relation).present)
    row = account_sql(way.kind, present), period_sql(way.kind), day_sql(way.table, present)
    conditions = [f"not {cover.sql(*row)}" for cover in part.minus if cover.lines_of is None]
    if part.without:
        conditions.append(f"source_file not in ({', '.join(map(literal, part.without))})")
    if not conditions:
        return relation
    return f"(select * from {relation} where {' and '.join(conditions)})"


def without_repeated(way: Way, part: Part, relation: str, notes: list[str]) -> str:
    """The rows of a part but for single lines that count as another one's; tell how many."""
    left = relation
    names: list[str] = []
    for other in may_repeat(way, part, relation):
        if names:
            # Else each look at what is left would take out again what the others before have.
            target = way.workspace.temporary / "left" / f"{part.known.version}-{len(names)}.parquet"
            write(way.con, f"select * from {left}", {}, target)
            left = parquet(target)
        known = rows_known(way, other.known, is_whole=True)
        lines = replace(known, relation=counted(way, other, known.relation))
        left = without_lines(way.con, rows_in(way.con, way.table, left), lines)
        names.append(other.known.delivery.name)
    whose = " and ".join(sorted(names)[:2])
    why = f"are in {whose} too, to the last column: counted there."
    notes += left_out(way, part, relation, left, why)
    return left


def may_repeat(way: Way, part: Part, relation: str) -> list[Part]:
    """The others as whose some lines of these rows may count.

    A file of all days has one of them in common with each daily extract: of its lines of a day only
    that extract is compared.
    """
    others = [cover.lines_of for cover in part.minus if cover.lines_of]
    before = lines_elsewhere(way, part.known) if others else set()
    others = [other for other in others if other.known.version not in before]
    if len(others) < 2:
        return others
    present = set(rows_in(way.con, way.table, relation).present)
    if not all_tell_when_added(way.con, way.table, relation, present):
        return others
    own = added_in_rows(way.con, way.table, relation, present)
    added = {other.known.version: other.known.evidence.added for other in others}
    return [o for o in others if not added[o.known.version] or own & added[o.known.version]]


def left_out(way: Way, part: Part, before: str, after: str, why: str) -> Iterator[str]:
    """Tell the lines of a part that do not count, and what they cost."""
    if before == after:
        return
    (lines, costs), (rest, others) = (
        totals(way.con, way.table, relation) for relation in (before, after)
    )
    if lines > rest:
        differences = {c: cost - others.get(c, 0) for c, cost in costs.items()}
        listed = " and ".join(
            f"{cost:,.2f} {currency or ''}".strip()
            for currency, cost in differences.items()
            if cost
        )
        name = part.known.delivery.name
        yield f"{lines - rest:,} of {lines:,} lines of {name} ({listed or 0}) {why}"


def reusable(way: Way, part: Part) -> str | None:
    """The rows of a part that the lake has already, if it has them all."""
    relations = []
    minus = [cover.facts() for cover in part.minus]
    for file in way.files().values():
        for told in file.parts:
            is_its = told["version"] in part.known.versions_in_lake
            if not is_its or period_of(file) != part.period:
                continue
            has_all = all(cover in minus for cover in told["minus"])
            has_all = has_all and set(told["without"]) <= set(part.without)
            is_all = part.known.is_gone or (has_all and not told["is_stray"])
            if is_all or part.known.is_recovered:
                own = sorted(item.path for item in part.known.delivery.files)
                names = ", ".join(map(literal, own))
                rows = parquet(current_schema(way, file))
                # What bills.yml says now, since that is what the bill will say of itself.
                stated = literal(way.export.currency) if way.export.currency else "null"
                stated = f"cast({stated} as varchar) as stated_currency"
                relations.append(
                    f"(select * replace ({stated}) from {rows} where source_file in ({names}))"
                )
    return union(relations) if relations else None


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
    way: Way, part: Part, source: str, before: list[str], own: list[str], notes: list[str]
) -> str:
    """Lines that lie where they do not belong count once: if no other part has them.

    Those of a resource are no more than another version where the period's own parts have what they
    are for: a run that reaches into the next month knows only the first hours of its last day.
    """
    rows, others = (rows_in(way.con, way.table, r) for r in (source, union(before)))
    in_place = claimed(way, part, rows)
    # In any letter case, and whether the line has an id or an invoice yet.
    types = way.table.columns
    compared = [
        f"lower(cast({identifier(name)} as varchar))"
        if types.get(name, "varchar") == "varchar"
        else identifier(name)
        for name in sorted(rows.present & others.present - {*DERIVED, *OF_A_VERSION})
    ]
    astray = f"(select * from {source} where not ({in_place}))"
    left = without(astray, others.relation, f"hash({', '.join(compared) or 'null'})")
    if own:
        owns = rows_in(way.con, way.table, union(own))
        new = not_restated(rows_in(way.con, way.table, left), owns)
        why = f"lie astray: {part.period}'s own files have what they are for, and count."
        notes += left_out(way, part, left, new, why)
        left = new
    return union([left, f"(select * from {source} where {in_place})"])


def claimed(way: Way, part: Part, rows: Rows) -> str:
    """The rows that a delivery says that it holds, in SQL."""
    day, period = day_sql(way.table, set(rows.present)), period_sql(way.kind)
    months, days = part.known.months, part.known.delivery.days
    told = [f"{period} in ({', '.join(map(literal, months))})"] if months else []
    if days:
        told.append(f"{day} between {literal(days[0])} and {literal(days[1])}")
    return " or ".join(told) or "false"


def totals(
    con: duckdb.DuckDBPyConnection, table: Table, relation: str
) -> tuple[int, dict[str | None, Any]]:
    """Rows, and cost by currency, of landed lines."""
    present = set(rows_in(con, table, relation).present)
    currencies = [f"nullif({name}, '')" for name in table.currencies if name in present]
    rows = con.execute(
        f"select upper({coalesce([*currencies, 'stated_currency'])}) as currency,"
        f" coalesce(sum({table.amount(present)}), 0), count(*)"
        f" from {relation} group by all order by all"
    ).fetchall()
    return sum(lines for *_, lines in rows), {currency: cost for currency, cost, _ in rows}
