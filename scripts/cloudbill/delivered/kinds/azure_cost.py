"""Microsoft Cost Management exports of actual and amortized cost."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cloudbill.delivered.files import SETTLED, Bill, Found, Listing, bill_files, grouped, month
from cloudbill.delivered.locations import Item
from cloudbill.delivered.manifests import Manifest, manifests, named
from cloudbill.errors import CloudbillError

# Microsoft, "Tutorial: Create and manage Cost Management exports": the folder of a calendar month.
RANGE = re.compile(r"(?<!\d)(\d{4})(\d{2})01-(\d{4})(\d{2})(\d{2})(?!\d)")
GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# With "create new report" there is a folder of the run's time, YYYYMMDDHHMM.
RUN_TIME = re.compile(r"/(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(?=/|$)")
TYPES = {"actualcost": "actual", "usage": "actual", "amortizedcost": "amortized"}
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


@dataclass(frozen=True)
class Run:
    """One run of an export: its parts, and the manifest that it ends with."""

    files: list[Item]
    manifest: Manifest | None = None

    @property
    def items(self) -> list[Item]:
        """All its files."""
        return self.files + ([self.manifest.item] if self.manifest else [])

    @property
    def dataset(self) -> str | None:
        """What the manifest says it is of, in its own words where they are not ours."""
        told = self.manifest.text("exportConfig", "type") if self.manifest else ""
        return TYPES.get(told.lower(), told) or None

    @property
    def scope(self) -> str:
        """Whose charges they are."""
        return self.manifest.text("exportConfig", "resourceId").lower() if self.manifest else ""

    @property
    def recency(self) -> tuple[str, int, str]:
        """When it was submitted, as the manifest or its folder says, else when it was written."""
        modified = max(item.modified for item in self.items)
        submitted = self.manifest.text("runInfo", "submittedTime") if self.manifest else ""
        if not submitted and (folder := RUN_TIME.search(self.items[0].folder)):
            submitted = "{}-{}-{}T{}:{}".format(*folder.groups())
        written = datetime.fromtimestamp(modified / 1e9, UTC).isoformat()
        return (submitted or written)[:19], modified, self.items[0].path


def find_bills(
    listing: Listing,
    dataset: str | None = None,
    types: Sequence[str] = ("actual", "amortized"),
) -> Found:
    """Every run exports the month anew: of several runs the newest whole one counts."""
    found = Found()
    runs = find_runs(listing, found)
    of_costs = [run for run in runs if run.dataset is None or run.dataset.lower() in types]
    for run in runs:
        if run not in of_costs:
            why = f"it is an export of type {run.dataset}, not {' or '.join(types)}"
            found.skipped.append(f"{run.items[0].address} is not read: {why}.")
    runs = [run for run in of_costs if not dataset or run.dataset in (None, dataset)]
    if len(several := sorted({run.dataset for run in runs if run.dataset})) > 1:
        found.refused.append((None, apart(listing, "datasets", several)))
    elif len(several := sorted({run.scope for run in runs if run.scope})) > 1:
        found.refused.append((None, apart(listing, "scopes", several)))
    else:
        has_manifests = any(run.manifest for run in runs)
        for key, siblings in grouped(runs, month_of):
            if key is None and not any(run.manifest for run in siblings):
                found.bills += unplaced(siblings)
            else:
                newest_run(key, siblings, listing, found, has_manifests=has_manifests)
    return found


def unplaced(runs: list[Run]) -> list[Bill]:
    """Runs whose month only the rows tell, the newest first.

    Runs of an export are hours apart; files that are closer in time were copied, and their times
    tell nothing.
    """

    def written(run: Run) -> int:
        return max(item.modified for item in run.files)

    def versions(run: Run) -> list[Run]:
        name = GUID.sub("*", run.items[0].path)
        return [
            other
            for other in runs
            if GUID.sub("*", other.items[0].path) == name != run.items[0].path
            and abs(written(other) - written(run)) > SETTLED * 10**9
        ]

    bills = []
    for run in sorted(runs, key=lambda run: (-written(run), run.items[0].path)):
        newer: set[str] = set()
        older: set[str] = set()
        for other in versions(run):
            addresses = newer if written(other) > written(run) else older
            addresses |= {item.address for item in other.files}
        bills.append(Bill(None, tuple(run.files), newer=frozenset(newer), older=frozenset(older)))
    return bills


def find_runs(listing: Listing, found: Found) -> list[Run]:
    """Parts and manifest of one folder are one run; any other file is one by itself."""
    told = {manifest.item.folder: manifest for manifest in manifests(listing, found)}
    runs = []
    for folder, siblings in grouped(
        bill_files(listing, found),
        lambda i: i.folder if PART.match(i.name) or i.folder in told else i.path,
    ):
        runs.append(Run(siblings, told.pop(folder, None)))
    return runs + [Run([], manifest) for manifest in told.values()]


def newest_run(
    key: str | None, runs: list[Run], listing: Listing, found: Found, *, has_manifests: bool
) -> None:
    """The bill of a month; runs that are not whole are left."""
    if not has_manifests and len(runs) > 1:
        unclear = [run for run in runs if not GUID.search(run.items[0].path)]
        if unclear:
            found.refused.append(
                (
                    key,
                    f"{runs[0].items[0].address} and {runs[1].items[0].address} both hold {key},"
                    " and nothing tells which is the current version: keep only that one.",
                )
            )
            return
    runs = sorted(runs, key=lambda run: run.recency, reverse=True)
    for number, run in enumerate(runs):
        try:
            problem = what_lacks(run, listing, has_manifests=has_manifests)
        except CloudbillError as error:
            found.refused.append((key, str(error)))
            return
        if problem is None:
            manifest = run.manifest
            rows = manifest.count("dataRowCount") if manifest else None
            found.bills.append(Bill(key, tuple(run.files), run.dataset, rows))
            found.superseded(key, [old.items[0] for old in runs[number + 1 :]], run.items[0])
            return
        if number + 1 < len(runs):
            found.skipped.append(f"{problem}: the run before it counts for {key}.")
        else:
            found.incomplete(key, run.items, problem)


def what_lacks(run: Run, listing: Listing, *, has_manifests: bool) -> str | None:
    """What keeps a run from being whole: Microsoft writes the manifest last."""
    if run.manifest is None:
        return f"{run.files[0].address} has no manifest beside it" if has_manifests else None
    blobs = run.manifest.list_of("blobs")
    where = run.manifest.item.address
    for blob in blobs:
        facts = blob if isinstance(blob, dict) else {}
        item = named(run.manifest, facts.get("blobName"), run.files, RANGE, listing.bucket)
        if item is None:
            return f"{where} names {facts['blobName']}, which is not there"
        if facts.get("byteCount") not in (None, item.size):
            return f"{item.address} has {item.size} bytes, and {where} says {facts['byteCount']}"
    if len(blobs) != len(run.files):
        return f"{where} names {len(blobs)} files, and there are {len(run.files)}"
    return None


def apart(listing: Listing, what: str, several: Sequence[str | None]) -> str:
    """Exports that must not be one entry."""
    return (
        f"{listing.items[0].address.rpartition('/')[0]} and its neighbours hold exports of several"
        f" {what} ({several[0]}, {several[1]}): give each an entry of its own in bills.yml, with"
        " its own location or dataset."
    )


def month_of(run: Run) -> str | None:
    """The month of a run, by its path, or else its manifest."""
    key = period(run.items[0].path)
    if key is None and run.manifest:
        start = re.match(r"(\d{4})-(\d{2})", run.manifest.text("runInfo", "startDate"))
        return month(*start.groups()) if start else None
    return key


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
