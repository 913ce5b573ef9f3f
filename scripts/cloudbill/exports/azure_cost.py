"""Microsoft Cost Management exports of actual and amortized cost."""

import re
from calendar import monthrange
from pathlib import Path

from cloudbill.exports.files import Bill, Found, bill_files, grouped, inner_path

# Microsoft, "Tutorial: Create and manage Cost Management exports": the folder of a calendar month.
RANGE = re.compile(r"(?<!\d)(\d{4})(\d{2})01-(\d{4})(\d{2})(\d{2})(?!\d)")
GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
PART = re.compile(r"^part_\d+_\d+\.", re.IGNORECASE)

# Amortized files have unused commitments and a cost on reserved usage; actual ones have purchases
# and refunds of commitments, and reserved usage that costs nothing.
DATASET = """
    case
        when bool_or(chargetype ilike 'unused%' or is_reserved and is_usage and cost > 0)
            then 'amortized'
        when bool_or(is_commitment and is_purchase or is_reserved and is_usage and cost = 0)
            then 'actual'
    end
    from (
        select
            chargetype,
            pricingmodel = 'Reservation' as is_reserved,
            chargetype = 'Usage' as is_usage,
            chargetype in ('Purchase', 'Refund') as is_purchase,
            reservationid is not null or benefitid is not null or productorderid is not null
                and pricingmodel in ('Reservation', 'SavingsPlan') as is_commitment,
            coalesce({cost}) as cost
        from {rows}
    )
"""


def find_bills(location: Path) -> Found:
    """Every run exports the month anew: of several runs the newest counts."""
    found = Found()
    files = bill_files(location, found)
    for key, siblings in grouped(files, lambda path: period(inner_path(location, path))):
        runs = [
            tuple(run)
            for _, run in grouped(siblings, lambda p: p.parent if PART.match(p.name) else p)
        ]
        if key is None:
            found.bills += [Bill(None, run) for run in runs]
        elif len(runs) > 1 and not all(GUID.search(inner_path(location, run[0])) for run in runs):
            found.refused.append(
                (
                    key,
                    f"{runs[0][0]} and {runs[1][0]} both hold {key}, and nothing tells which is"
                    " the current version: keep only that one.",
                )
            )
        else:
            runs.sort(key=lambda run: (max(path.stat().st_mtime_ns for path in run), run))
            found.bills.append(Bill(key, runs[-1]))
            found.skipped += [
                f"{run[0]} is not read: {runs[-1][0]} is a newer version of {key}."
                for run in runs[:-1]
            ]
    return found


def period(path: str) -> str | None:
    """The calendar month that a path states; other ranges of days state none."""
    if match := RANGE.search(path):
        year, number, end_year, end_number, end_day = map(int, match.groups())
        whole = 1 <= number <= 12 and end_day == monthrange(year, number)[1]
        if whole and (year, number) == (end_year, end_number):
            return f"{year}-{number:02d}"
    return None


def column(header: str) -> tuple[str, str | None]:
    """The English name, in the last parentheses of a localised header, without its spelling."""
    match = re.search(r"\(([^()]*)\)[^()]*$", header)
    name = match.group(1) if match and match.group(1).strip() else header
    return re.sub(r"[\s-]+", "", name).lower(), None
