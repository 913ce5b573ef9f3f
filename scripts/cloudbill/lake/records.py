"""What is known of the deliveries of an export, kept beside its bills: _deliveries.json.

Their files are read once. All of it can be read again, so that nothing is lost with the file.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any

from cloudbill.delivered.files import Delivery
from cloudbill.delivered.locations import Item
from cloudbill.lake.evidence import Evidence
from cloudbill.lake.store import export_folder, replace
from cloudbill.workspace import Workspace

# Spark takes what has no underscore first for a file of the table.
NAME = "_deliveries.json"
FORMAT = 1


@dataclass
class Records:
    """What is known of deliveries by version, and what was compared."""

    deliveries: dict[str, tuple[Delivery, Evidence]] = field(default_factory=dict)
    """Their claims, and what their rows say."""
    notes: dict[str, str] = field(default_factory=dict)
    """Cells that could not be read."""
    compared: dict[str, float] = field(default_factory=dict)

    def keep(self, versions: set[str]) -> None:
        """Forget all others."""
        self.deliveries = {v: known for v, known in self.deliveries.items() if v in versions}
        self.notes = {v: note for v, note in self.notes.items() if v in versions}
        self.compared = {
            pair: share
            for pair, share in self.compared.items()
            if versions.issuperset(pair.split(" ")[1:3])
        }


def read_records(workspace: Workspace, kind: str, export: str) -> Records:
    """What the last load knew; nothing where it is not there or not whole."""
    try:
        facts = json.loads((export_folder(workspace, kind, export) / NAME).read_text("utf-8"))
        if facts["format"] != FORMAT:
            return Records()
        deliveries = {
            version: (_delivery(told["delivery"]), Evidence.known(told["evidence"]))
            for version, told in facts["deliveries"].items()
        }
        # Earlier versions noted nothing.
        return Records(deliveries, facts.get("notes", {}), facts["compared"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Records()


def write_records(workspace: Workspace, kind: str, export: str, records: Records) -> None:
    """Keep what is known."""
    facts = {
        "format": FORMAT,
        "deliveries": {
            version: {"delivery": asdict(delivery), "evidence": evidence.facts()}
            for version, (delivery, evidence) in records.deliveries.items()
        },
        "notes": records.notes,
        "compared": records.compared,
    }
    target = export_folder(workspace, kind, export) / NAME
    text = json.dumps(facts, sort_keys=True)
    if target.exists() and target.read_text("utf-8") == text:
        return
    written = workspace.temporary / NAME
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(text, "utf-8")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.parent.stat()
    replace(written, target)
    # No bill changed with it, which is what the folder's time tells.
    os.utime(target.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))


def _delivery(facts: dict[str, Any]) -> Delivery:
    days = facts.pop("days")
    files = tuple(Item(**item) for item in facts.pop("files"))
    return Delivery(files=files, days=tuple(days) if days else None, **facts)
