"""FOCUS files of AWS, Microsoft, Google Cloud and any other vendor."""

import re
from dataclasses import replace

from cloudbill.delivered.files import Delivery, Found, Listing
from cloudbill.delivered.kinds import aws_cur, azure_cost, gcp_billing

OWNERS = ("subaccountid",)
PAYERS = ("billingaccountid",)
RESOURCES = ("resourceid",)
ENDS = ("chargeperiodend",)
DAY_BELOW_A_MONTH = re.compile(r"/month=\d{1,2}/(?:day=)?\d{1,2}/", re.IGNORECASE)
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
        replace(delivery, bill=None, adds=True) if is_of_a_day(delivery) else delivery
        for delivery in found.deliveries
    ]
    return found


def is_of_a_day(delivery: Delivery) -> bool:
    """Whether its folder is of a day; AWS writes days below a period, too: of executions."""
    item = delivery.files[0]
    folder = f"{item.folder}/"
    may_be = delivery.bill is None or DAY_BELOW_A_MONTH.search(folder)
    return bool(may_be and gcp_billing.ingestion_day(folder, item.above))


def column(header: str) -> tuple[str, str | None]:
    """FOCUS tells names apart by more than their case."""
    return re.sub(r"\W+", "_", header.strip().lstrip("\ufeff")).lower(), None
