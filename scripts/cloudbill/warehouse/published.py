"""What was published last: what the next build starts from, and `status` tells of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cloudbill.warehouse import files as warehouse
from cloudbill.warehouse.project import CHECKS, fingerprint, rules_fingerprint
from cloudbill.workspace import Workspace

HELD_BACK = "assert_no_bill_is_held_back"
"""What fails without keeping the other bills from being published."""
TOLD_BY_NOTICES = (HELD_BACK, "assert_invoices_tie_out", "assert_no_bill_is_missing")
"""Tests whose findings every command tells from the marts."""


@dataclass(frozen=True)
class Published:
    """What the last publication was made of."""

    state: str
    """Of the warehouse, and of what made and tested it."""
    sources: dict[str, str]
    """Fingerprints of the tables of the lake."""
    findings: dict[str, str]
    """Tests that found something, and what, in a sentence."""


def published_state(workspace: Workspace) -> str:
    """Tell one state of the warehouse, and of what made and tested it, from another."""
    checks = fingerprint(*CHECKS)
    return f"{warehouse.state(workspace)} made by {rules_fingerprint()} tested by {checks}"


def note_published(workspace: Workspace, published: Published) -> None:
    """Remember what was published last; what another target published before is out of date."""
    for other in notes(workspace):
        other.unlink()
    workspace.rules.write_text(rules_fingerprint())
    workspace.last_published.write_text(json.dumps(asdict(published)))


def notes(workspace: Workspace) -> list[Path]:
    """Notes of what was published last, by this target or another."""
    patterns = ("warehouse.published", "*/warehouse.published")
    return [file for pattern in patterns for file in workspace.root.glob(pattern)]


def last_published(file: Path) -> Published | None:
    """Return what was published last, if this version of Cloudbill noted it."""
    try:
        return Published(**json.loads(read(file) or ""))
    except (ValueError, TypeError):
        return None


def read(file: Path) -> str | None:
    """Return what a file says, if it exists."""
    return file.read_text() if file.exists() else None
