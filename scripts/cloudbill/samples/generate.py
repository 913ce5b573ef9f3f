"""Writing the sample: bills, `bills.yml` and `truth.json`."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml

from cloudbill.samples.aws import aws_bills
from cloudbill.samples.aws_formats import aws_format_bills
from cloudbill.samples.azure import azure_bills
from cloudbill.samples.azure_formats import azure_format_bills
from cloudbill.samples.gcp import gcp_bills
from cloudbill.samples.gcp_formats import gcp_format_bills
from cloudbill.samples.inventory import inventory_config, inventory_files
from cloudbill.samples.lines import BillFile, Export
from cloudbill.samples.parquet import write_parquet_bill
from cloudbill.samples.truth import Truth, merged_views
from cloudbill.samples.writers import copy_values, csv_encoder, encode_json, fill, write_text_bill


def write_samples(
    out: Path,
    *,
    lines: int | None = None,
    seed: int = 1,
    formats: Literal["first", "all"] = "first",
) -> dict[str, Any]:
    """Write bills of about `lines` lines in all into a folder; return what is in `truth.json`."""
    _remove_earlier_sample(out)
    bills = list(_bills(seed, formats))
    base = sum(len(chunk) for bill in bills for chunk in bill.chunks)
    copies = max(1, round((lines or base) / base))
    truths: dict[Export, Truth] = defaultdict(Truth)
    scopes: dict[str, Truth] = defaultdict(Truth)
    files: dict[str, str] = {}
    for bill in bills:
        paths = _write(bill, out / bill.export.location, copies, seed)
        lines_of_bill = [line for chunk in bill.chunks for line in chunk]
        truths[bill.export].add(lines_of_bill, copies)
        if bill.export.scope:
            scopes[bill.export.scope].add(merged_views(lines_of_bill, bill.export.dataset), copies)
        files |= {str(path.relative_to(out)): bill.export.name for path in paths}
    truth = {
        "seed": seed,
        "copies": copies,
        "lines": base * copies,
        "exports": {
            export.name: {"kind": export.kind, "bills": totals.as_dict()}
            for export, totals in truths.items()
        },
        "scopes": {name: totals.as_dict() for name, totals in scopes.items()},
        "files": files,
    }
    for name, content in inventory_files().items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(fill(content.encode(), copy_values(0, seed)))
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    _write_config(out / "bills.yml", list(truths), seed)
    return truth


def _remove_earlier_sample(out: Path) -> None:
    """Parts of a bigger sample, or of another seed, would count as parts of this one."""
    truth = out / "truth.json"
    if truth.exists():
        for name in json.loads(truth.read_text(encoding="utf-8"))["files"]:
            (out / name).unlink(missing_ok=True)


def _bills(seed: int, formats: Literal["first", "all"]) -> Iterator[BillFile]:
    yield from aws_bills(seed)
    yield from azure_bills(seed)
    yield from gcp_bills(seed)
    if formats == "all":
        yield from aws_format_bills(seed)
        yield from azure_format_bills(seed)
        yield from gcp_format_bills(seed)


def _write(bill: BillFile, folder: Path, copies: int, seed: int) -> list[Path]:
    if bill.path.endswith(".parquet"):
        return write_parquet_bill(bill, folder, copies, seed)
    encode, head = csv_encoder(bill.header, bill.export.bom)
    if ".json" in bill.path:
        encode, head = encode_json, b""
    return write_text_bill(bill, folder, encode=encode, head=head, copies=copies, seed=seed)


def _write_config(path: Path, exports: list[Export], seed: int) -> None:
    entries: list[dict[str, str]] = [
        {
            key: value
            for key in ("name", "kind", "location", "dataset", "scope", "currency")
            if (value := getattr(export, key))
        }
        # The same charges in another format: they are meant to count again.
        | ({"may_repeat": "true"} if export.location.startswith("formats/") else {})
        for export in exports
    ]
    config = yaml.safe_dump({"bills": entries} | inventory_config(), sort_keys=False)
    path.write_bytes(fill(config.encode(), copy_values(0, seed)))
