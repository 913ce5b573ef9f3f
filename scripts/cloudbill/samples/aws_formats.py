"""The lines of the AWS payers in the other forms that AWS delivers, and a member account's report.

AWS: Cost and Usage Report user guide, "Querying with Athena" and "Delivery"; Data Exports user
guide, "CUR 2.0".
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cloudbill.samples.aws import CUR2_PAYER, LEGACY_PAYER, aws_bills
from cloudbill.samples.columns import AWS_CUR2_DOUBLES, AWS_CUR2_TIMESTAMPS
from cloudbill.samples.lines import PERIODS, BillFile, Export, Line
from cloudbill.samples.parquet import athena_name, cur2_columns, cur2_row

ZIP = Export("aws-legacy-zip", "aws_cur", "formats/aws-legacy-zip")
ATHENA = Export("aws-legacy-athena", "aws_cur", "formats/aws-legacy-athena")
CUR2_CSV = Export("aws-cur2-csv", "aws_cur", "formats/aws-cur2-csv")
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
    """Maps are JSON text."""

    def respelled(line: Line) -> Line:
        row = cur2_row(line.row)
        return replace(
            line,
            row={
                name: json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else value
                for name, value in row.items()
            },
        )

    path = "data/BILLING_PERIOD=2026-10/cur2-{part}.csv.gz"
    chunks = [[respelled(line) for line in chunk] for chunk in bill.chunks]
    return replace(bill, export=CUR2_CSV, path=path, header=list(cur2_columns()), chunks=chunks)


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
