"""Google Cloud billing exports, as extracted from BigQuery."""

import re
from datetime import date

from cloudbill.delivered.files import Found, Listing, bill_files, grouped, parts

# 2026-10-08, 20261008, 2026/10/08, 2026-10/08/, and year=2026/month=10/day=08 as data lakes do.
DAY = re.compile(
    r"(?<![\d-])(\d{4})"
    r"(?:-(\d{2})-(\d{2})|(\d{2})(\d{2})|-(\d{2})/(?:\w+=)?(\d{1,2})(?=/)"
    r"|/(?:\w+=)?(\d{1,2})/(?:\w+=)?(\d{1,2}))"
    r"(?!\d)(?!-\d{8}(?!\d))"
)

# The table is partitioned by ingestion time and only ever appends, so that an ingestion day is what
# can be extracted again whole. Extracts have the partition time only if the query selects it.
OWNERS = ("project_id",)
PAYERS = ("billing_account_id",)
RESOURCES = ("resource_global_name", "resource_name")
CHARGE = ("resource_global_name", "service_id", "sku_id", "cost_type")
ENDS = ("usage_end_time",)
ADDITION_TIMES = ("export_time",)
INGESTION_TIMES = ("_partitiontime", "partitiontime", "export_time", "usage_start_time")


def find_bills(listing: Listing, dataset: str | None = None) -> Found:
    """A bill is an ingestion day; the table only ever appends, so that all files count."""
    found = Found()
    files = bill_files(listing, found)
    for key, siblings in grouped(files, lambda item: ingestion_day(item.path, item.above)):
        found.deliveries += parts(key, siblings, adds=True)
    return found


def ingestion_day(path: str, above: str = "") -> str | None:
    """The day that a path states: the last one, and only if it is a day.

    What is above the location may begin it, where that is the folder of a month (…/2026/10).
    """
    own_name = len(above) + len(path.partition("/")[0])
    for match in reversed(list(DAY.finditer(above + path))):
        if match.start() < len(above) and match.end() <= own_name:
            break
        year, month, day = (int(part) for part in match.groups() if part)
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            continue
    return None


def column(header: str) -> tuple[str, str | None]:
    """Nested names are joined with an underscore."""
    return re.sub(r"[\W]+", "_", header).lower(), None


def month_of(time: str) -> str:
    """Invoice months begin and end at midnight in California."""
    return f"strftime(timezone('America/Los_Angeles', timezone('UTC', {time})), '%Y-%m')"


def derived(name: str, sql: str) -> dict[str, str]:
    """Amounts by credit type, and their sum, from the list of credits."""
    if name != "credits":
        return {}
    kind = "coalesce(c.type, 'CREDIT_TYPE_UNSPECIFIED')"
    credits = f"list_transform({sql}, lambda c: {{'type': {kind}, 'amount': c.amount}})"
    types = f"list_sort(list_distinct(list_transform({credits}, lambda c: c.type)))"
    of_type = f"list_filter({credits}, lambda c: c.type = t)"
    total = f"list_sum(list_transform({of_type}, lambda c: c.amount))"
    entries = f"list_transform({types}, lambda t: {{'key': t, 'value': {total}}})"
    return {
        "credit_amounts": f"if(len({sql}) > 0, map_from_entries({entries}), null)",
        "credits_cost": f"coalesce(list_sum(list_transform({sql}, lambda c: c.amount)), 0)",
    }
