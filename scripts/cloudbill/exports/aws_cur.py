"""AWS Cost and Usage Reports: legacy CUR and CUR 2.0 (Data Exports)."""

import re
from pathlib import Path

from cloudbill.exports.files import Found, bill_files, grouped, inner_path, month, parts

# AWS, "Cost and Usage Report user guide", "Delivery timeline" and "Athena": the folders that state
# the billing period. Padding of the month is absent in older Athena folders.
PERIODS = (
    re.compile(r"billing_period=(\d{4})-(\d{2})(?!\d)", re.IGNORECASE),
    re.compile(r"year=(\d{4})/month=(\d{1,2})(?!\d)", re.IGNORECASE),
)
RANGE = re.compile(r"(?<!\d)(\d{4})(\d{2})01-(\d{4})(\d{2})01(?!\d)")
# The status table that AWS writes beside the Parquet files for Athena.
STATUS = "cost_and_usage_data_status"

FOLDED = {"resourcetags": "resource_tags", "costcategory": "cost_category"}


def find_bills(location: Path) -> Found:
    """Every delivery replaces a billing period; its files are parts of it."""
    found = Found()
    files = [path for path in bill_files(location, found) if STATUS not in path.parts]
    for key, siblings in grouped(files, lambda path: period(inner_path(location, path))):
        parts(key, siblings, found)
    return found


def period(path: str) -> str | None:
    """The billing period that a path states."""
    for pattern in PERIODS:
        if match := pattern.search(path):
            return month(*match.groups())
    if match := RANGE.search(path):
        year, number, end_year, end_number = map(int, match.groups())
        if (end_year * 12 + end_number) - (year * 12 + number) == 1:
            return month(str(year), str(number))
    return None


def column(header: str) -> tuple[str, str | None]:
    """The Athena spelling; tags and cost categories fold into the maps that CUR 2.0 has."""
    group, _, name = header.partition("/")
    if name and (folded := FOLDED.get(group.lower())):
        return folded, athena_name(name)
    spelled = athena_name(header)
    for folded in FOLDED.values():
        # Snake-case Parquet of the legacy CUR has a column per tag.
        if spelled.startswith(f"{folded}_"):
            return folded, spelled.removeprefix(f"{folded}_")
    return spelled, None


def athena_name(name: str) -> str:
    """The rule of the user guide, "Querying with Athena: column names"."""
    return re.sub(r"[\W_]+", "_", re.sub(r"([A-Z])", r"_\1", name).lower()).strip("_")


def map_key(key: str) -> str:
    """The same rule in SQL, for maps that keep the delivered spelling of tag keys."""
    spaced = f"lower(regexp_replace({key}, '([A-Z])', '_\\1', 'g'))"
    spelled = f"trim(regexp_replace({spaced}, '[^\\p{{L}}\\p{{N}}]+', '_', 'g'), '_')"
    return f"if(regexp_full_match({key}, '[a-z0-9]+(_[a-z0-9]+)*'), {key}, {spelled})"
