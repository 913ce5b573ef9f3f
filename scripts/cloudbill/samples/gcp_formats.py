"""The lines of the Google Cloud accounts as text: numbers in quotes, and flattened to CSV.

Google: "Export Cloud Billing data to BigQuery"; BigQuery writes INT64 and NUMERIC as text in JSON.
Flattened, as people extract it, a nested field has a dot, and a list is JSON text.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cloudbill.samples.gcp import NDJSON, PARQUET, gcp_bills
from cloudbill.samples.lines import BillFile, Export, Line

TEXT = Export("gcp-text", "gcp_billing", "formats/gcp-text")
FLAT = Export("gcp-flat", "gcp_billing", "formats/gcp-flat")
# Columns that came to the export in 2024 and 2025.
NEWER = (
    "consumption_model.",
    "cost_at_effective_price_default",
    "price.",
    "subscription.",
    "tags",
    "transaction_type",
)


def gcp_format_bills(seed: int) -> Iterator[BillFile]:
    """All ingestion days of both accounts."""
    bills = list(gcp_bills(seed))
    flat = [(bill, [_flat(bill.chunks[i]) for i in range(len(bill.chunks))]) for bill in bills]
    header = sorted(
        {
            name
            for bill, chunks in flat
            if bill.export is PARQUET
            for chunk in chunks
            for line in chunk
            for name in line.row
            if not name.startswith(NEWER)
        }
    )
    for bill, chunks in flat:
        path = bill.path.removesuffix(".parquet").removesuffix(".json")
        if bill.export is NDJSON:
            texts = [
                [replace(line, row=_quoted(line.row)) for line in chunk] for chunk in bill.chunks
            ]
            yield replace(bill, export=TEXT, path=f"{path}.json.gz", chunks=texts)
        else:
            yield replace(bill, export=FLAT, path=f"{path}.csv", header=header, chunks=chunks)


def _quoted(value: Any) -> Any:
    """Numbers as text."""
    if isinstance(value, dict):
        return {name: _quoted(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_quoted(inner) for inner in value]
    return str(value) if isinstance(value, int | float) else value


def _flat(chunk: Any) -> list[Line]:
    return [replace(line, row=dict(_leaves("", line.row))) for line in chunk]


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{prefix}.{name}" if prefix else name, inner)
    else:
        yield prefix, json.dumps(value) if isinstance(value, list) else value
