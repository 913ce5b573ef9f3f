"""The lines of the AWS payers in the other forms that AWS delivers, and a member account's report.

AWS: Cost and Usage Report user guide, "Querying with Athena" and "Delivery"; Data Exports user
guide, "CUR 2.0".
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cloudbill.samples.aws import CUR2_PAYER, LEGACY_PAYER, aws_bills
from cloudbill.samples.columns import AWS_CUR2_DOUBLES, AWS_CUR2_TIMESTAMPS
from cloudbill.samples.lines import COPY, PERIODS, ZERO, BillFile, Export, Line, digest, text
from cloudbill.samples.parquet import athena_name, cur2_columns, cur2_row

ZIP = Export("aws-legacy-zip", "aws_cur", "formats/aws-legacy-zip")
ATHENA = Export("aws-legacy-athena", "aws_cur", "formats/aws-legacy-athena")
CUR2_CSV = Export("aws-cur2-csv", "aws_cur", "formats/aws-cur2-csv")
SPLIT_COLUMNS = (
    "split_line_item_parent_resource_id",
    "split_line_item_split_usage_ratio",
    "split_line_item_split_cost",
    "split_line_item_unused_cost",
)
MEMBER = Export("aws-member", "aws_cur", "formats/aws-member")


def aws_format_bills(seed: int) -> Iterator[BillFile]:
    """A month in each form."""
    for bill in aws_bills(seed):
        of_month = all(line.billing_period == PERIODS[1] for chunk in bill.chunks for line in chunk)
        if not of_month:
            continue
        if bill.export is CUR2_PAYER.export:
            yield _cur2_csv(bill)
        elif bill.export is LEGACY_PAYER.export:
            yield replace(bill, export=ZIP, path="20261001-20261101/payer-{part}.csv.zip")
            yield _athena(bill)
            yield _member(bill)


def _cur2_csv(bill: BillFile) -> BillFile:
    """Maps are JSON text; split cost allocation is on."""
    path = "data/BILLING_PERIOD=2026-10/cur2-{part}.csv.gz"
    header = [*cur2_columns(), *SPLIT_COLUMNS]
    chunks = [
        [
            replace(told, row={name: _json_text(value) for name, value in told.row.items()})
            for line in chunk
            for told in _with_pods(replace(line, row=cur2_row(line.row)))
        ]
        for chunk in bill.chunks
    ]
    return replace(bill, export=CUR2_CSV, path=path, header=header, chunks=chunks)


def _json_text(value: Any) -> Any:
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else value


def _with_pods(line: Line) -> Iterator[Line]:
    """A line, and for an instance of a cluster those of a pod, which tell its cost again."""
    yield line
    row = line.row
    cluster = row["resource_tags"].get("aws_eks_cluster_name")
    if not (cluster and row.get("line_item_resource_id", "").startswith("i-")):
        return
    for part, weight in (("vCPU", "0.9"), ("GB", "0.1")):
        yield Line(
            row=row
            | {
                "identity_line_item_id": digest("pod", row["identity_line_item_id"], part),
                "line_item_line_item_type": "Usage",
                "line_item_operation": "EKSPod-EC2",
                "line_item_usage_type": f"EUC1-EKS-EC2-{part}-Hours",
                "line_item_resource_id": "arn:aws:eks:eu-central-1:"
                f"{row['line_item_usage_account_id']}:pod/{cluster}/jobs/etl/{COPY}",
                "line_item_unblended_cost": "0",
                "line_item_net_unblended_cost": "0",
                "pricing_public_on_demand_cost": "",
                "split_line_item_parent_resource_id": row["line_item_resource_id"],
                "split_line_item_split_usage_ratio": "1",
                "split_line_item_split_cost": text(line.amortized * Decimal(weight)),
                "split_line_item_unused_cost": "0",
            },
            billing_period=line.billing_period,
            currency=line.currency,
            charge_type="Usage",
            cost=ZERO,
            list=ZERO,
            net=ZERO,
            amortized_net=ZERO,
            amortized=ZERO,
            is_repetition=True,
        )


def _athena(bill: BillFile) -> BillFile:
    """Snake case, a column per tag, typed as the AWS documentation says."""
    names = {header: athena_name(header) for header in bill.header}
    types: dict[str, object] = dict.fromkeys(names.values(), "varchar")
    for name in types:
        if name in AWS_CUR2_DOUBLES or name.startswith("discount_"):
            types[name] = "double"
        elif name in AWS_CUR2_TIMESTAMPS:
            types[name] = "timestamp"

    def respelled(row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[header] for header, name in names.items() if row.get(header, "") != ""}

    chunks = [[replace(line, row=respelled(line.row)) for line in chunk] for chunk in bill.chunks]
    path = "payer/year=2026/month=10/payer-00001.snappy.parquet"
    return replace(bill, export=ATHENA, path=path, chunks=chunks, columns=types)


def _member(bill: BillFile) -> BillFile:
    """What one account sees, without resource ids and before any tag was activated."""
    header = [
        name
        for name in bill.header
        if name != "lineItem/ResourceId" and not name.startswith("resourceTags/")
    ]
    chunks = [
        [
            replace(line, is_kubernetes=line.row["lineItem/ProductCode"] == "AmazonEKS")
            for line in chunk
            if line.row["lineItem/UsageAccountId"] == LEGACY_PAYER.members[0]
        ]
        for chunk in bill.chunks
    ]
    path = "20261001-20261101/member-{part}.csv"
    return replace(bill, export=MEMBER, path=path, header=header, chunks=chunks)
