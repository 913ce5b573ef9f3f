"""FOCUS files of AWS, Microsoft, Google Cloud and any other vendor."""

import re
from dataclasses import replace

from cloudbill.delivered.files import Found, Listing
from cloudbill.delivered.kinds import aws_cur, azure_cost, gcp_billing

OWNERS = ("subaccountid",)
PAYERS = ("billingaccountid",)
RESOURCES = ("resourceid",)
CHARGE = (*RESOURCES, "servicename", "skuid", "chargecategory", "chargedescription")


def find_bills(listing: Listing, dataset: str | None = None) -> Found:
    """Microsoft exports the month anew in every run, Oracle adds a folder a day; else as AWS."""
    ranges = (item.path for item in listing.items if azure_cost.days_of(item.path))
    if any(aws_cur.period(path) is None for path in ranges):
        found = azure_cost.find_bills(listing, types=("focuscost",))
        found.deliveries = [replace(delivery, dataset=None) for delivery in found.deliveries]
        return found
    found = aws_cur.find_bills(listing)
    found.deliveries = [
        replace(delivery, adds=True)
        if delivery.bill is None and gcp_billing.ingestion_day(delivery.id)
        else delivery
        for delivery in found.deliveries
    ]
    return found


def column(header: str) -> tuple[str, str | None]:
    """FOCUS tells names apart by more than their case."""
    return re.sub(r"\W+", "_", header.strip().lstrip("\ufeff")).lower(), None
