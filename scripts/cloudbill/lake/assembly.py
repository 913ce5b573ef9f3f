"""The parts of a bill as one file: from what was landed now, or from the lake."""

from pathlib import Path
from typing import Any

import duckdb

from cloudbill.lake.duplicates import OF_A_VERSION
from cloudbill.lake.evidence import account_sql, day_sql
from cloudbill.lake.files import LakeFile
from cloudbill.lake.parts import Part
from cloudbill.lake.reading import read
from cloudbill.lake.way import Way, period_of, period_sql
from cloudbill.landing.land import convert, write
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce, identifier, literal, parquet


def write_bill(way: Way, key: str, period: str, parts: list[Part], facts: dict[str, str]) -> Path:
    """The parts of a bill as one file beside the lake."""
    sources = [source_of(way, period, part) for part in parts]
    if len(parts) == 1:
        part = parts[0]
        landed = way.landed.get(part.known.version)
        is_all = set(part.known.evidence.accounts) <= {period}
        is_plain = not (part.minus or part.without or part.is_stray) and key == period
        if landed and landed.is_whole and is_all and is_plain and landed.facts == facts:
            del way.landed[part.known.version]
            return landed.path
    relations = [f"select * from {source}" for source in sources]
    present: set[str] = set()
    for number, part in enumerate(parts):
        if part.is_stray:
            columns = set(way.con.sql(f"select * from {sources[number]}").columns)
            relations[number] = strays(
                way, part, sources[number], relations[:number], sorted(columns & present)
            )
        present |= set(way.con.sql(relations[number]).columns)
    lines = "\nunion all by name\n".join(relations)
    target = way.workspace.temporary / "composed" / "bill.parquet"
    write(way.con, f"select * replace ({literal(key)} as bill) from ({lines})", facts, target)
    return target


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
    present = set(way.con.sql(f"select * from {relation}").columns)
    row = account_sql(way.kind, present), period_sql(way.kind), day_sql(way.table, present)
    conditions = [f"{period_sql(way.kind)} = {literal(period)}"]
    conditions += [f"not {cover.sql(*row)}" for cover in part.minus]
    if part.without:
        conditions.append(f"source_file not in ({', '.join(map(literal, part.without))})")
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


def strays(way: Way, part: Part, source: str, before: list[str], columns: list[str]) -> str:
    """Lines that lie where they do not belong count once: if no other part has them."""
    # In any letter case, and whether the line has an id or an invoice yet.
    types = way.table.columns
    compared = [
        f"lower(cast({identifier(name)} as varchar))"
        if types.get(name, "varchar") == "varchar"
        else identifier(name)
        for name in columns
        if name not in {*DERIVED, *OF_A_VERSION}
    ]
    present = set(way.con.sql(f"select * from {source}").columns)
    day, period = day_sql(way.table, present), period_sql(way.kind)
    days = part.known.delivery.days
    claimed = [f"{period} in ({', '.join(map(literal, part.known.months))})"] if (
        part.known.months) else []  # fmt: skip
    if days:
        claimed.append(f"{day} between {literal(days[0])} and {literal(days[1])}")
    is_claimed = " or ".join(claimed) or "false"
    if not before:
        return f"select * from {source}"
    others = "\nunion all by name\n".join(before)
    line = f"hash({', '.join(compared)})" if compared else "0"
    return f"""
        select * exclude (line, number) from (
            select *, {line} as line, row_number() over (partition by {line}) as number
            from {source} where not ({is_claimed})
        ) anti join (
            select {line} as line, row_number() over (partition by {line}) as number
            from ({others})
        ) using (line, number)
        union all by name
        select * from {source} where {is_claimed}"""


def totals(
    con: duckdb.DuckDBPyConnection, table: Table, path: Path
) -> tuple[int, dict[str | None, Any]]:
    """Rows, and cost by currency, of a landed bill."""
    present = set(con.sql(f"select * from {parquet(path)}").columns)
    currencies = [f"nullif({name}, '')" for name in table.currencies if name in present]
    rows = con.execute(
        f"select {coalesce([*currencies, 'stated_currency'])} as currency,"
        f" coalesce(sum({table.amount(present)}), 0), count(*)"
        f" from {parquet(path)} group by all order by all"
    ).fetchall()
    return sum(lines for *_, lines in rows), {currency: cost for currency, cost, _ in rows}
