"""Exports side by side: the same charges under two names count once."""

from collections import defaultdict
from dataclasses import dataclass, field

import duckdb

from cloudbill.config import Export
from cloudbill.delivered.kinds import KINDS
from cloudbill.errors import CloudbillError, RepeatedError
from cloudbill.lake.evidence import account_sql, dataset_in_rows
from cloudbill.lake.files import LakeFile, lake_files
from cloudbill.lake.rows import MOST, rows_in
from cloudbill.lake.same_exports import charges_in_both
from cloudbill.lake.same_files import same_lines, sums_and_details
from cloudbill.lake.store import count
from cloudbill.schema import Schema
from cloudbill.sql import parquet
from cloudbill.workspace import Workspace


@dataclass
class Lake:
    """The lake while a load changes it: what is in it is looked up once per change."""

    con: duckdb.DuckDBPyConnection
    workspace: Workspace
    schema: Schema
    known: list[LakeFile] | None = None
    accounts: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """Of bills, by path and version."""
    delivered: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    """By export of this load, its scope and the files that it has now."""

    def files(self) -> list[LakeFile]:
        """All landed bills."""
        if self.known is None:
            self.known = lake_files(self.con, self.workspace)
        return self.known

    def changed(self) -> None:
        """A bill was moved in or taken out."""
        self.known = None

    def has_moved(self, file: LakeFile) -> bool:
        """Whether the files of a bill are those of another export of its scope now.

        So it is where two exports exchange their locations: what they were is no bill beside it.
        """
        scope, own = self.delivered.get(file.export, ("", file.sources))
        return not file.sources & own and any(
            file.sources <= files for of, files in self.delivered.values() if of == scope
        )

    def accounts_of(self, file: LakeFile) -> set[str]:
        """The accounts that a bill has lines of, without what only one format writes."""
        key = str(file.path), file.facts["version"]
        if key not in self.accounts:
            rows = rows_in(self.con, self.schema[file.kind], parquet(file.path))
            account = account_sql(KINDS[file.kind], set(rows.present))
            found = self.con.execute(f"select distinct {account} from {rows.relation}").fetchall()
            self.accounts[key] = {plain(name) for (name,) in found}
        return self.accounts[key]


def plain(account: str) -> str:
    """An account as native exports write it: FOCUS files of Microsoft have a path."""
    return account.removeprefix("/subscriptions/")


def check_counted_once(
    lake: Lake, export: Export, candidate: LakeFile, name: str, dataset: str | None
) -> list[str]:
    """Refuse a bill whose charges another export in the lake has; tell which has some of them."""
    rows = rows_in(lake.con, lake.schema[candidate.kind], parquet(candidate.path))
    if not export.may_repeat and (both := sums_and_details(lake.con, rows)):
        raise CloudbillError(
            f"{both[0]} holds the same charges as {both[1]}, as the standard export does beside the"
            " detailed one, or a daily report beside an hourly one or a monthly one: they would be"
            " counted twice; keep one of the two at this location."
        )
    others: dict[str, list[LakeFile]] = defaultdict(list)
    for other in lake.files():
        if other.export != export.name and other.bill[:7] == candidate.bill[:7]:
            others[other.export].append(other)
    notes = []
    for other_name, files in sorted(others.items()):
        if files[0].facts["scope"] == export.scope:
            check_dataset(lake, export, files, dataset)
        elif not export.may_repeat:
            shared, most = repeated(lake, candidate, files)
            what_to_do = (
                "say `counts: false` in bills.yml for the one that is not to count, or"
                " `may_repeat: true` for this one if both are."
            )
            if shared and shared >= MOST * most:
                pair = ""
                if KINDS[export.kind].dataset and KINDS[files[0].kind].dataset:
                    pair = (
                        " give both the same `scope:` if one is actual and one amortized cost, or"
                    )
                raise RepeatedError(
                    f"{name} holds the same charges as {files[0].bill} of '{other_name}': they"
                    f" would be counted twice, so this one is not counted;{pair} {what_to_do}"
                )
            if shared:
                notes.append(
                    f"{shared:,} of {most:,} charges of {name} look like charges of"
                    f" {files[0].bill} of '{other_name}', and both count: {what_to_do}"
                )
    return notes


def repeated(lake: Lake, candidate: LakeFile, files: list[LakeFile]) -> tuple[int, int]:
    """How many charges of a bill those of another export have, of how many that they could."""
    table = lake.schema[candidate.kind]
    mine = lake.accounts_of(candidate)
    near = [file for file in files if mine & (lake.accounts_of(file) - {""})]
    rows = rows_in(lake.con, table, parquet(candidate.path))
    # Without accounts only whole lines tell.
    for file in files:
        if (
            file.kind == candidate.kind
            and file.bill == candidate.bill
            and (lines := count(lake.con, file.path)) == count(lake.con, candidate.path)
            and same_lines(lake.con, rows, rows_in(lake.con, table, parquet(file.path)))
        ):
            return lines, lines
    if not near:
        return 0, 0
    relation = parquet([file.path for file in near], "union_by_name = true")
    others = rows_in(lake.con, lake.schema[near[0].kind], relation)
    return charges_in_both(lake.con, rows, others)


def check_dataset(lake: Lake, export: Export, files: list[LakeFile], dataset: str | None) -> None:
    """Two exports of one scope must not tell the same thing: it would be counted twice."""
    for file in files:
        if lake.has_moved(file):
            continue
        other = file.facts["dataset"] or dataset_in_rows(
            lake.con, lake.schema[file.kind], file.path
        )
        if dataset and other == dataset:
            raise CloudbillError(
                f"'{export.name}' and '{file.export}' have the same scope '{export.scope}' and"
                f" both hold {dataset} cost: give one another scope, or forget the other with"
                f" `cloudbill forget {file.export}`."
            )
