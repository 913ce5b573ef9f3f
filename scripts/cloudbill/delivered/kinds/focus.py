"""FOCUS files of AWS, Microsoft, Google Cloud and any other vendor."""

import re
from dataclasses import replace

from cloudbill.delivered.files import Found, Listing
from cloudbill.delivered.kinds import aws_cur, azure_cost

# Spreadsheets and some vendors write absent values as a word.
ABSENT = "NULL"


def find_bills(listing: Listing, dataset: str | None = None) -> Found:
    """Microsoft exports the month anew in every run; elsewhere as AWS delivers its reports."""
    if not any(azure_cost.period(item.path) for item in listing.items):
        return aws_cur.find_bills(listing)
    found = azure_cost.find_bills(listing, types=("focuscost",))
    found.bills = [replace(bill, dataset=None) for bill in found.bills]
    return found


def column(header: str) -> tuple[str, str | None]:
    """FOCUS tells names apart by more than their case."""
    return re.sub(r"\W+", "_", header.strip().lstrip("\ufeff")).lower(), None
