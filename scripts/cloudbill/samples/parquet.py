"""Parquet bills, written by DuckDB from the same rows."""

import tempfile
from pathlib import Path

import duckdb

from cloudbill.samples.columns import AWS_CUR2, GCP_DETAILED
from cloudbill.samples.cur2 import cur2_row
from cloudbill.samples.lines import ACCOUNT, COPY, BillFile, Line
from cloudbill.samples.writers import ACCOUNTS, COPY_NUMBER, encode_rows


def write_parquet_bill(bill: BillFile, folder: Path, copies: int, seed: int) -> list[Path]:
    """Write a bill as one Parquet file: JSON lines, copied, then read as the columns' types."""
    path = folder / bill.path.format(part="00001")
    path.parent.mkdir(parents=True, exist_ok=True)
    is_aws = bill.export.kind == "aws_cur"
    columns = AWS_CUR2 if is_aws else GCP_DETAILED
    multiplier, offset = COPY_NUMBER
    with tempfile.TemporaryDirectory() as temporary, duckdb.connect() as connection:
        source = Path(temporary) / "rows.csv"
        source.write_text("", encoding="utf-8")
