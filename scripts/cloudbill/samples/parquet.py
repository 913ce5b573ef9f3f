"""Parquet bills, written by DuckDB from the same rows."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from cloudbill.samples.columns import (
    AWS_BILL,
    AWS_CUR2_DOUBLES,
    AWS_CUR2_PRODUCT,
    AWS_CUR2_TIMESTAMPS,
    AWS_IDENTITY,
    AWS_LINE_ITEM,
    AWS_NET,
    AWS_PRICING,
    AWS_RESERVATION,
    AWS_SAVINGS_PLAN,
    GCP_DETAILED,
)
from cloudbill.samples.lines import ACCOUNT, COPY, COPY_NUMBER, BillFile
from cloudbill.samples.writers import COPY_MULTIPLIER, SHARED_ACCOUNTS, copy_offset, json_lines

AWS_COLUMNS = [
    *AWS_IDENTITY,
    *AWS_BILL,
    *AWS_LINE_ITEM,
    *AWS_CUR2_PRODUCT,
    *AWS_PRICING,
    *AWS_RESERVATION,
    *AWS_SAVINGS_PLAN,
    *AWS_NET,
]
AWS_MAPS = {"resourceTags/": "resource_tags", "costCategory/": "cost_category"}


def write_parquet_bill(bill: BillFile, folder: Path, copies: int, seed: int) -> list[Path]:
    """Write a bill as one Parquet file: rows as JSON, repeated, cast to the columns' types."""
    path = folder / bill.path.format(part="00001")
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [line.row for chunk in bill.chunks for line in chunk]
    columns: Mapping[str, object] = GCP_DETAILED
    if bill.columns:
        columns = bill.columns
    elif bill.export.kind == "aws_cur":
        rows = [cur2_row(row) for row in rows]
        columns = cur2_columns()
    with tempfile.TemporaryDirectory() as temporary, duckdb.connect() as connection:
        source = Path(temporary) / "rows.json"
        source.write_bytes(json_lines(rows))
        connection.execute("set memory_limit = '1GB'; set timezone = 'UTC'")
        connection.execute(
            f"""
            copy (
                select line.*
                from (
                    select from_json(
                        replace(replace(replace(
                            cast(json as varchar),
                            '{COPY}', printf('%08x', number)),
                            '{COPY_NUMBER}', printf('%010d', number)),
                            '{ACCOUNT}', printf('%04d', copy % {SHARED_ACCOUNTS})
                        ),
                        '{json.dumps(dict(columns))}'
                    ) as line
                    from (
                        select
                            copy,
                            (copy * {COPY_MULTIPLIER} + {copy_offset(seed)}) % 4294967296 as number
                        from range({copies}) as copies (copy)
                    ),
                        read_json_objects('{source}', format = 'newline_delimited')
                )
            ) to '{path}' (format parquet, compression snappy, row_group_size 50000)
            """
        )
    return [path]


def athena_name(header: str) -> str:
    """The name of a legacy column in Athena and CUR 2.0, by AWS's rule."""
    name = re.sub(r"([A-Z])", r"_\1", header).lower()
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9]", "_", name)).strip("_")


def cur2_columns() -> dict[str, object]:
    """Columns of CUR 2.0 and their types."""
    names = [athena_name(header) for header in AWS_COLUMNS]
    types: dict[str, object] = dict.fromkeys(names, "varchar")
    types |= dict.fromkeys(AWS_CUR2_DOUBLES, "double")
    types |= dict.fromkeys(AWS_CUR2_TIMESTAMPS, "timestamp")
    types |= {"bill_payer_account_name": "varchar", "line_item_usage_account_name": "varchar"}
    types |= dict.fromkeys(
        ("product", "resource_tags", "cost_category"), "map(varchar, varchar)"
    ) | {"discount": "map(varchar, double)"}
    return dict(sorted(types.items()))


def cur2_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the legacy report as CUR 2.0 has it."""
    result: dict[str, Any] = {
        "bill_payer_account_name": "Holding",
        "line_item_usage_account_name": f"account {row['lineItem/UsageAccountId']}",
        "product": {},
        "resource_tags": {},
        "cost_category": {},
        "discount": {},
    }
    for header, value in row.items():
        prefix, name = header.split("/", maxsplit=1)
        if value == "":
            continue
        if f"{prefix}/" in AWS_MAPS:
            result[AWS_MAPS[f"{prefix}/"]][athena_name(name)] = value
        elif prefix == "product" and header not in AWS_CUR2_PRODUCT:
            result["product"][athena_name(name)] = value
        elif prefix == "discount":
            result["discount"][athena_name(name)] = value
        else:
            result[athena_name(header)] = value
    return result
