"""What the rows of a delivery say it is: accounts, days, billing periods, dataset, files."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.delivered.kinds import KINDS, Kind
from cloudbill.schema import Table
from cloudbill.sql import coalesce, parquet

Days = tuple[str, str]


@dataclass(frozen=True)
class Evidence:
    """A summary of rows that says which of them could be those of another delivery."""

    rows: int = 0
    accounts: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    """By bill and account: the first day, and a bit for each day with lines from then on."""
    days: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)
    """By bill and day: lines, and a sum of hashes of their days and amounts."""
    starts: dict[str, str] = field(default_factory=dict)
    """First day of billing periods, where the rows state it."""
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By delivered file: lines, and a sum of hashes of their days and amounts."""
    dataset: str | None = None
    """What it is of, where the kind knows several things and the rows tell."""
    added: frozenset[Days] = frozenset()
    """When lines were added to the export, where they tell, and the day that they are of: extracts
    without a pair in common have no line in common."""

    @cached_property
    def everyone(self) -> set[str]:
        """All accounts."""
        return {account for accounts in self.accounts.values() for account in accounts}

    def days_of(self, bill: str, accounts: Iterable[str]) -> set[str]:
        """Days on which any of the accounts has lines in a bill."""
        own = self.accounts.get(bill, {})
        return {day for account in accounts if account in own for day in unpacked(*own[account])}

    def span(self, bill: str, account: str) -> Days:
        """First and last day of an account in a bill."""
        first, mask = self.accounts[bill][account]
        last = date.fromisoformat(first) + timedelta(days=mask.bit_length() - 1)
        return first, last.isoformat()

    @property
    def sum_of_others(self) -> str | None:
        """A file that is all others put together."""
        lines = sum(count for count, _ in self.files.values())
        total = sum(int(digest) for _, digest in self.files.values())
        for name, (count, digest) in self.files.items():
            if len(self.files) > 2 and (2 * count, 2 * int(digest)) == (lines, total):
                return name
        return None

    def only(self, bills: Iterable[str]) -> "Evidence":
        """What it says of some bills; of their files no more."""
        kept = set(bills) & set(self.accounts)
        accounts = {bill: self.accounts[bill] for bill in sorted(kept)}
        days = {bill: self.days[bill] for bill in sorted(kept)}
        return replace(self, accounts=accounts, days=days, files={})

    def facts(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {**asdict(self), "added": sorted(self.added)}

    @staticmethod
    def known(facts: dict[str, Any]) -> "Evidence":
        """From what JSON kept."""
        return Evidence(
            facts["rows"],
            {b: {a: (f, m) for a, (f, m) in of.items()} for b, of in facts["accounts"].items()},
            {b: {d: (n, h) for d, (n, h) in of.items()} for b, of in facts["days"].items()},
            facts["starts"],
            {name: (n, h) for name, (n, h) in facts["files"].items()},
            facts["dataset"],
            frozenset((added, day) for added, day in facts.get("added", ())),
        )


def packed(days: list[str]) -> tuple[str, int]:
    """Days as the first of them and a bit for each."""
    first = min(days)
    start = date.fromisoformat(first)
    return first, sum(1 << (date.fromisoformat(day) - start).days for day in set(days))


def unpacked(first: str, mask: int) -> list[str]:
    """The days that `packed` took."""
    start = date.fromisoformat(first)
    found = (start + timedelta(days=n) for n in range(mask.bit_length()) if mask >> n & 1)
    return [day.isoformat() for day in found]


def first_of(names: Iterable[str], present: set[str]) -> str:
    """SQL of the first of some columns that says something."""
    listed = [f"nullif(cast({name} as varchar), '')" for name in names if name in present]
    return coalesce(listed) if listed else "cast(null as varchar)"


def day_sql(table: Table, present: set[str]) -> str:
    """SQL of the day of a row; a line without one (tax, fees) is of the first of its period."""
    days = [f"cast({name} as date)" for name in table.dates if name in present]
    return coalesce([*days, "cast(billing_period || '-01' as date)"])


def start_sql(table: Table, present: set[str]) -> str:
    """SQL of the time from which on a row is."""
    times = [f"cast({name} as timestamp)" for name in table.dates if name in present]
    return coalesce([*times, "cast(billing_period || '-01' as timestamp)"])


def account_sql(kind: Kind, present: set[str]) -> str:
    """SQL of the account of a row: the one that used what it is for, else the one that pays."""
    owner = f"nullif(lower({first_of(kind.owners, present)}), '{NOBODY}')"
    payer = f"'payer ' || lower({first_of(kind.payers, present)})"
    return f"coalesce({owner}, {payer}, '')"


# Lines of no subscription have this one in older files.
NOBODY = "00000000-0000-0000-0000-000000000000"


def columns_needed(table: Table) -> set[str]:
    """The columns that evidence is read from."""
    kind = KINDS[table.kind]
    return {
        "bill", "billing_period", "source_file", *kind.addition_times,
        *table.dates, *table.billing_periods, *table.costs, *table.credits,
        *kind.owners, *kind.payers, *kind.charge, *kind.dataset_columns,
    }  # fmt: skip


def read_evidence(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Evidence:
    """Read from landed rows what they say."""
    relation = parquet(path)
    kind = KINDS[table.kind]
    present = set(con.sql(f"select * from {relation}").columns)
    starts = [n for n in table.billing_periods if n in present and table.columns[n] == "date"]
    start = f"min({starts[0]})::varchar" if starts else "cast(null as varchar)"
    con.execute(
        f"create or replace temp table cells as select bill, source_file,"
        f" {account_sql(kind, present)} as account, {day_sql(table, present)} as day,"
        f" count(*) as lines, {start} as start,"
        f" sum(hash({day_sql(table, present)}, {table.amount(present)})::hugeint) as digest"
        f" from {relation} group by all"
    )

    def rows(query: str) -> list[Any]:
        return con.execute(f"{query} from cells group by all order by all").fetchall()

    accounts: dict[str, dict[str, tuple[str, int]]] = {}
    for bill, account, days in rows("select bill, account, list(distinct day::varchar)"):
        accounts.setdefault(bill, {})[account] = packed(days)
    days_: dict[str, dict[str, tuple[int, str]]] = {}
    for bill, day, lines, digest in rows(
        "select bill, day::varchar, sum(lines)::bigint, sum(digest)::varchar"
    ):
        days_.setdefault(bill, {})[day] = (lines, digest)
    files = {
        name: (lines, digest)
        for name, lines, digest in rows(
            "select source_file, sum(lines)::bigint, sum(digest)::varchar"
        )
        if name is not None
    }
    stated = {bill: first for bill, first in rows("select bill, min(start)") if first}
    return Evidence(
        sum(lines for lines, _ in files.values()),
        accounts,
        days_,
        stated,
        files,
        dataset_in_rows(con, table, path),
        added_in_rows(con, table, relation, present),
    )


def added_in_rows(
    con: duckdb.DuckDBPyConnection, table: Table, relation: str, present: set[str]
) -> frozenset[Days]:
    """The days on which lines were added, with the days that they are of."""
    times = [name for name in KINDS[table.kind].addition_times if name in present]
    if not times:
        return frozenset()
    found = con.execute(
        f"select distinct cast({coalesce(times)} as date)::varchar as added,"
        f" {day_sql(table, present)}::varchar from {relation} where added is not null"
    )
    return frozenset(found.fetchall())


def all_tell_when_added(
    con: duckdb.DuckDBPyConnection, table: Table, relation: str, present: set[str]
) -> bool:
    """Whether each line says when it was added."""
    times = [name for name in KINDS[table.kind].addition_times if name in present]
    if not times:
        return False
    every = f"select count(*) = count({coalesce(times)}) from {relation}"
    return con.execute(every).fetchone() == (True,)


def files_with_a_day_alike(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Files of the rows that evidence was read from last, of which two have all of a day alike."""
    found = con.execute(
        "select distinct unnest([one.source_file, other.source_file])"
        " from cells as one inner join cells as other using (bill, account, day, lines, digest)"
        " where one.source_file < other.source_file"
    ).fetchall()
    return [name for (name,) in found]


def files_of_the_same_days(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Files of those rows that have most of their lines on days that another one has, too."""
    found = con.execute(
        "with files as (select source_file, sum(lines) as lines from cells group by all)"
        " select distinct unnest([one.source_file, other.source_file])"
        " from cells as one inner join cells as other using (bill, account, day)"
        " inner join files as mine on one.source_file = mine.source_file"
        " inner join files as theirs on other.source_file = theirs.source_file"
        " where one.source_file < other.source_file group by one.source_file, other.source_file"
        " having 2 * sum(least(one.lines, other.lines))"
        " > least(any_value(mine.lines), any_value(theirs.lines))"
    ).fetchall()
    return [name for (name,) in found]


def dataset_in_rows(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> str | None:
    """What the rows say the export is of; None when they say nothing."""
    kind = KINDS[table.kind]
    if not kind.dataset:
        return None
    relation = parquet(path)
    absent = ", ".join(f"cast(null as {t}) as {name}" for name, t in table.columns.items())
    rows = f"(select {absent} where false union all by name select * from {relation})"
    query = kind.dataset.format(cost=", ".join(table.costs), rows=rows)
    row = con.execute(f"select {query}").fetchone()
    return row[0] if row else None
