"""FOCUS files of AWS, Microsoft, Google Cloud and any other vendor."""

import re
from pathlib import Path

from cloudbill.exports import aws_cur, azure_cost
from cloudbill.exports.files import Found, bill_files, grouped, inner_path, parts

# Spreadsheets and some vendors write absent values as a word.
ABSENT = "NULL"


def find_bills(location: Path) -> Found:
    """Microsoft exports the month anew in every run; elsewhere the files of a period are parts."""
    found = Found()
    files = bill_files(location, found)
    if any(azure_cost.period(inner_path(location, path)) for path in files):
        return azure_cost.find_bills(location)
    for key, siblings in grouped(files, lambda path: aws_cur.period(inner_path(location, path))):
        parts(key, siblings, found)
    return found


def column(header: str) -> tuple[str, str | None]:
    """FOCUS tells names apart by more than their case."""
    return re.sub(r"\W+", "_", header.strip().lstrip("\ufeff")).lower(), None
