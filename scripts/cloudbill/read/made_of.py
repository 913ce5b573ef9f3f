"""What bills are made of, where that is more than one delivery, or only half of a pair."""

from collections import defaultdict
from collections.abc import Iterator

import duckdb

from cloudbill.lake.files import LakeFile
from cloudbill.lake.records import read_records
from cloudbill.read.notice import Notice
from cloudbill.sql import parquet
from cloudbill.workspace import Workspace

SHOWN = 3


def notices(
    connection: duckdb.DuckDBPyConnection, space: Workspace, files: list[LakeFile]
) -> list[Notice]:
    """Bills of several deliveries, cells without a reading; scopes with amortized cost only."""
    return [*deliveries(files), *unread(space, files), *amortized_only(connection, space)]


def deliveries(files: list[LakeFile]) -> Iterator[Notice]:
    """The deliveries of each bill that has several."""
    for file in files:
        parts = file.parts
        if len(parts) < 2:
            continue
        told = [
            part["id"] + (f" ({' to '.join(part['days'])})" if part["days"] else "")
            for part in parts[:SHOWN]
        ]
        further = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
        yield Notice(
            "made of",
            f"{file.export} {file.bill} is made of {len(parts)} deliveries:"
            f" {', '.join(told)}{further}.",
            {
                "export": file.export,
                "bill": file.bill,
                "deliveries": [part["id"] for part in parts],
            },
        )


def unread(space: Workspace, files: list[LakeFile]) -> Iterator[Notice]:
    """Cells of the lake's bills that could not be read, as the load told."""
    counting: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file in files:
        counting[file.kind, file.export] |= {part["version"] for part in file.parts}
    for (kind, export), versions in sorted(counting.items()):
        notes = sorted(read_records(space, kind, export).notes.items())
        for note in dict.fromkeys(note for version, note in notes if version in versions):
            yield Notice("unread", f"{export}: {note}", {"export": export})


def amortized_only(connection: duckdb.DuckDBPyConnection, space: Workspace) -> Iterator[Notice]:
    """Scopes of which only amortized cost is delivered: it stands for what is invoiced."""
    if not space.index.exists():
        return
    try:
        found = connection.execute(
            "select scope, billing_period"
            f" from {parquet(space.index)} where dataset is not null"
            " group by all having bool_and(dataset = 'amortized') order by all"
        ).fetchall()
    except duckdb.Error:
        return
    periods: dict[str, list[str]] = defaultdict(list)
    for scope, period in found:
        periods[scope].append(period)
    for scope, months in periods.items():
        span = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
        yield Notice(
            "amortized only",
            f"{scope} has amortized cost only ({span}): its invoiced cost is amortized, unused"
            " commitments among it; add the actual export to have what is invoiced.",
            {"scope": scope, "billing_periods": months},
        )
