"""What `--json` writes: one document for load, build, refresh and status (docs/deploy.md)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from cloudbill import __version__
from cloudbill.lake.files import LakeFile, lake_files, lines_of
from cloudbill.lake.listed import last_load
from cloudbill.read import attention

if TYPE_CHECKING:
    from cloudbill.lake.load import LoadResult
    from cloudbill.runs import Run
    from cloudbill.workspace import Workspace

SCHEMA = 1
"""Of the document: raised when a key changes its meaning or goes; keys may come."""

KINDS = {
    "refusals": ("refused",),
    "held": ("held",),
    "not_listed": ("not listed",),
    "clusters_not_listed": ("cluster not listed",),
    "invoices": ("invoice",),
    "gaps": ("missing period", "missing days", "missing ingestion days", "stopped"),
}
"""Lists of facts, by kinds of notices."""


def document(run: Run) -> dict[str, Any]:
    """All that an alert may need of a run and of what it left behind."""
    space = run.space
    with duckdb.connect() as connection:
        files = lake_files(connection, space, also_damaged=True)
        notices = attention.notices(connection, space, files)
        files = [file for file in files if file.is_whole]
        in_lake = bills_in_lake(connection, files) if run.command == "status" else []
    exports = {*(last.exports if (last := last_load(space)) else ())}
    exports |= {file.export for file in files}
    loaded = [outcome(result) for result in run.results if result.export in exports]
    return {
        "schema": SCHEMA,
        "command": run.command,
        "version": __version__,
        "workspace": str(space.root),
        "started_at": moment(datetime.fromtimestamp(run.started, UTC)),
        "seconds": round(time.time() - run.started, 1),
        "exit_code": run.exit_code,
        "error": run.error,
        "attention": [{"kind": notice.kind, "sentence": notice.sentence} for notice in notices],
        "bills": loaded or in_lake,
        "lists": [outcome(result) for result in run.results if result.export not in exports],
        **{
            name: [notice.facts for notice in notices if notice.kind in kinds]
            for name, kinds in KINDS.items()
        },
        "build": build(run),
        "publication": publication(space),
    }


def outcome(result: LoadResult) -> dict[str, Any]:
    """What happened to a bill or a list; amounts are text, since they are exact."""
    costs: Iterable[tuple[str | None, Any]] = result.cost.items()
    return {
        "export": result.export,
        "bill": result.bill,
        "status": result.status,
        "rows": result.rows,
        "cost": [{"currency": currency, "amount": f"{cost:f}"} for currency, cost in costs],
        "reason": result.reason,
    }


def bills_in_lake(
    connection: duckdb.DuckDBPyConnection, files: list[LakeFile]
) -> list[dict[str, Any]]:
    """What the lake holds."""
    rows = lines_of(connection, files)
    return [
        {
            "export": file.export,
            "bill": file.bill,
            "status": "in the lake",
            "rows": rows[str(file.path)],
            "cost": [],
            "reason": None,
            "kind": file.kind,
            "scope": file.facts["scope"],
            "loaded_at": moment(datetime.fromisoformat(file.facts["loaded_at"])),
        }
        for file in files
    ]


def build(run: Run) -> dict[str, Any] | None:
    """What a build did, if there was one."""
    if run.report is None:
        return None
    return {
        "passed": run.report.passed,
        "warnings": run.report.warnings,
        "failures": run.report.failures,
    }


def publication(space: Workspace) -> dict[str, Any] | None:
    """What readers see now, and since when."""
    if not space.published.exists():
        return None
    return {
        "path": str(space.published.resolve()),
        "published_at": moment(attention.published_at(space)),
    }


def moment(at: datetime) -> str:
    """A time as ISO 8601 writes it, in UTC."""
    return at.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
