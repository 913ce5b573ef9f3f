"""Microsoft Cost Management exports of actual and amortized cost."""

import re
import zlib
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from cloudbill.delivered.files import BEGINNING, COPY, Delivery, Found, Listing, bill_files, grouped
from cloudbill.delivered.locations import Item
from cloudbill.delivered.manifests import Manifest, manifests, named
from cloudbill.errors import CloudbillError

# Microsoft, "Tutorial: Create and manage Cost Management exports": a run's folder is its range.
RANGE = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})-(\d{4})(\d{2})(\d{2})(?!\d)")
GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# With "create new report" there is a folder of the run's time, YYYYMMDDHHMM.
RUN_TIME = re.compile(r"/(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(?=/|$)")
TYPES = {"actualcost": "actual", "usage": "actual", "amortizedcost": "amortized"}
# The id of the export that a manifest names: its scope, and the export's own name.
EXPORT = re.compile(r"/providers/microsoft\.costmanagement/exports/.*$")
CUMULATIVE = ("monthtodate", "billingmonthtodate", "thelastmonth", "thelastbillingmonth",
              "thecurrentmonth")  # fmt: skip
PART = re.compile(rf"^part_\d+_\d+({COPY.pattern})?\.", re.IGNORECASE)

# Microsoft, "Understand reservation charges": amortized cost has unused commitments, and a cost on
# covered usage; actual cost has purchases and refunds of commitments, and covered usage that costs
# nothing.
DATASET = """
    case
        when bool_or(is_unused) and bool_or(is_commitment and is_purchase and cost != 0)
            then 'actual and amortized'
        when bool_or(is_unused or is_covered and is_usage and cost > 0) then 'amortized'
        when bool_or(is_commitment and is_purchase or is_covered and is_usage and cost = 0)
            then 'actual'
    end
    from (
        select
            chargetype like 'unused%' as is_unused,
            chargetype = 'usage' as is_usage,
            chargetype in ('purchase', 'refund') as is_purchase,
            model in ('reservation', 'savingsplan') as is_covered,
            model in ('reservation', 'savingsplan') and is_named as is_commitment,
            cost
        from (
            select
                lower(chargetype) as chargetype,
                coalesce(
                    replace(lower(nullif(pricingmodel, '')), ' ', ''),
                    -- As int_azure__described_lines tells them.
                    if(
                        lower(benefitid) like '%savingsplan%'
                        or lower(chargetype) like 'unusedsaving%'
                        or replace(lower(productordername), '_', ' ') like '%savings plan%'
                        and lower(publishertype) is distinct from 'marketplace',
                        'savingsplan', null
                    ),
                    if(nullif(reservationid, '') is not null, 'reservation', null)
                ) as model,
                coalesce(
                    nullif(reservationid, ''), nullif(benefitid, ''), nullif(productorderid, '')
                ) is not null as is_named,
                coalesce({cost}) as cost
            from {rows}
        )
    )
"""
USAGE = "lower(chargetype) = 'usage'"
TELLING = "lower(chargetype) in ('purchase', 'refund') or lower(chargetype) like 'unused%'"
DATASET_COLUMNS = ("chargetype", "pricingmodel", "reservationid", "benefitid", "productorderid",
                   "productordername", "publishertype")  # fmt: skip
# As stg_azure__cost_lines reads them.
OWNERS = ("subscriptionguid", "entitlementid", "subscriptionid")
PAYERS = ("billingaccountid", "billingaccountname", "customerid")
RESOURCES = ("resourceid", "instanceid", "instancename", "resourceuri")
CHARGE = (*RESOURCES, "meterid", "metercategory", "chargetype")
# Its lines are of days.
ENDS = ()


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
    def path(self) -> str:
        """The folder of its parts, or the only file."""
        item = self.items[0]
        return item.folder if self.manifest or PART.match(item.name) else item.path

    @property
    def dataset(self) -> str | None:
        """What the manifest says it is of, in its own words where they are not ours."""
        told = self.manifest.text("exportConfig", "type") if self.manifest else ""
        return TYPES.get(told.lower(), told) or None

    @property
    def scope(self) -> str:
        """Whose charges they are: the manifest names the export, which belongs to a scope."""
        told = self.manifest.text("exportConfig", "resourceId") if self.manifest else ""
        return EXPORT.sub("", told.lower()).rstrip("/")

    @property
    def part_of(self) -> str:
        """The subscription, where its scope is a resource group."""
        subscription, is_group, _ = self.scope.partition("/resourcegroups/")
        return subscription if is_group else ""

    @property
    def days(self) -> tuple[str, str] | None:
        """The days that its path or manifest states."""
        if stated := days_of(self.items[0].path):
            return stated
        names = ("startDate", "endDate")
        told = [self.manifest.text("runInfo", n)[:10] for n in names] if self.manifest else []
        return days_between(*told) if all(told) and told else None

    @property
    def is_cumulative(self) -> bool:
        """Whether the manifest says that its days grow until the month is over."""
        told = self.manifest.text("exportConfig", "timeFrame") if self.manifest else ""
        return told.lower() in CUMULATIVE

    @property
    def series(self) -> str:
        """What the runs of one export have in common."""
        path = RUN_TIME.sub("/*", RANGE.sub("*", GUID.sub("*", self.path)))
        return self.scope or path

    @property
    def submitted(self) -> str:
        """When it was submitted, as the manifest or its folder says; empty where neither does."""
        told = self.manifest.text("runInfo", "submittedTime") if self.manifest else ""
        if not told and (folder := RUN_TIME.search(self.items[0].folder)):
            told = "{}-{}-{}T{}:{}".format(*folder.groups())
        return told[:19]

    @property
    def recency(self) -> tuple[str, int, str]:
        """When it was submitted, else when it was written."""
        modified = max(item.modified for item in self.items)
        written = datetime.fromtimestamp(modified / 1e9, UTC).isoformat()[:19]
        return self.submitted or written, modified, self.items[0].path

    def delivery(self) -> Delivery:
        """What it claims."""
        time, modified, path = self.recency
        days = self.days
        # Of files without an id of their run, any may be a copy: their times tell nothing.
        is_run = self.manifest or GUID.search(path) or RUN_TIME.search(path)
        return Delivery(
            self.path,
            tuple(self.files),
            bill=billing_month(*days) if days else None,
            days=days,
            is_cumulative=self.is_cumulative,
            series=self.series,
            scope=self.scope,
            part_of=self.part_of,
            dataset=self.dataset,
            rows=self.manifest.count("dataRowCount") if self.manifest else None,
            time=f"{time} {modified:020} {path}" if is_run else "",
            is_dated=bool(self.submitted),
            is_listed=self.manifest is not None,
        )


def find_bills(
    listing: Listing,
    dataset: str | None = None,
    types: Sequence[str] = ("actual", "amortized"),
) -> Found:
    """Every run restates the days that it covers: of several whole ones the newest counts."""
    found = Found()
    runs = find_runs(listing, found)
    of_costs = [run for run in runs if run.dataset is None or run.dataset.lower() in types]
    for run in runs:
        if run not in of_costs:
            why = f"it is an export of type {run.dataset}, not {' or '.join(types)}"
            found.skipped.append(f"{run.items[0].address} is not read: {why}.")
    runs = [run for run in of_costs if not dataset or run.dataset in (None, dataset)]
    with_manifest = {root(run.path) for run in runs if run.manifest}
    unfinished = [run for run in runs if not run.manifest and root(run.path) in with_manifest]
    whole = [run for run in runs if run not in unfinished]
    for (_, _, days), siblings in grouped(whole, lambda run: (run.series, run.dataset, run.days)):
        whole_runs(days, siblings, listing, found)
    for run in unfinished:
        # Microsoft writes the manifest last.
        leave(run, f"{run.files[0].address} has no manifest beside it", found)
    return found


def whole_runs(
    days: tuple[str, str] | None, runs: list[Run], listing: Listing, found: Found
) -> None:
    """Runs of one export and range of days; those that are not whole are left."""
    key = days[0][:7] if days else None
    runs = sorted(runs, key=lambda run: run.recency, reverse=True)
    whole: list[Run] = []
    problems = []
    for run in runs:
        try:
            problem = what_lacks(run, listing)
        except CloudbillError as error:
            found.refused.append((key, str(error)))
            return
        if problem:
            problems.append((run, problem))
            continue
        whole.append(run)
        if run.scope and days and all(other.submitted for other in runs):
            # The manifests say that these runs are of one scope, dataset and range, and when.
            older = runs[runs.index(run) + 1 :]
            found.superseded(key, [old.items[0] for old in older], run.items[0])
            break
    found.deliveries += [run.delivery() for run in whole]
    for run, problem in problems:
        leave(run, problem, found)


def leave(run: Run, problem: str, found: Found) -> None:
    """A run that is not whole is left where another one has its days, else waited for."""
    key = run.days[0][:7] if run.days else None
    if any(
        delivery.days == run.days and root(delivery.id) == root(run.path)
        for delivery in found.deliveries
    ):
        found.skipped.append(f"{problem}: the run before it counts for {key}.")
    else:
        found.incomplete(key, run.items, problem)


def find_runs(listing: Listing, found: Found) -> list[Run]:
    """Parts and manifest of one folder are one run; any other file is one by itself."""
    told = {manifest.item.folder: manifest for manifest in manifests(listing, found)}
    runs = []
    for folder, siblings in grouped(
        bill_files(listing, found),
        lambda i: i.folder if PART.match(i.name) or i.folder in told else i.path,
    ):
        run = Run(siblings, told.pop(folder, None))
        if run.manifest:
            files = [*siblings, run.manifest.item]
            blobs = run.manifest.list_of("blobs")
            stated = {
                str(b.get("blobName")).rpartition("/")[2] for b in blobs if isinstance(b, dict)
            }
            copies = [
                item
                for item in siblings
                if item.name not in stated and is_copy(item, files, listing)
            ]
            found.skipped += [
                f"{copy.address} is not read: it is a copy of a file of the run that"
                f" {run.manifest.item.address} tells of."
                for copy in copies
            ]
            run = replace(run, files=[item for item in siblings if item not in copies])
        runs.append(run)
    return runs + [Run([], manifest) for manifest in told.values()]


def is_copy(item: Item, siblings: list[Item], listing: Listing) -> bool:
    """Whether it is another file by name, also packed or unpacked (`gunzip -k`), and beginning."""
    for other in siblings:
        if COPY.sub("", item.name) == other.name != item.name and item.size == other.size:
            if listing.read(item, BEGINNING) == listing.read(other, BEGINNING):
                return True
        elif f"{item.name}.gz" == other.name or item.name == f"{other.name}.gz":
            one, two = beginning(item, listing), beginning(other, listing)
            if one and two and (one.startswith(two) or two.startswith(one)):
                return True
    return False


def beginning(item: Item, listing: Listing) -> bytes:
    """What a file begins with, unpacked; nothing where it is damaged."""
    read = listing.read(item, BEGINNING)
    try:
        return zlib.decompressobj(31).decompress(read) if item.name.endswith(".gz") else read
    except zlib.error:
        return b""


def what_lacks(run: Run, listing: Listing) -> str | None:
    """What keeps a run from being what its manifest says."""
    if run.manifest is None:
        return None
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


def root(path: str) -> str:
    """The export's own folder: what comes before the range of days."""
    match = RANGE.search(path)
    return path[: match.start()] if match else path.rpartition("/")[0]


def days_of(path: str) -> tuple[str, str] | None:
    """The range of days that a path states; AWS's ranges end on the first day that is not in it."""
    for match in RANGE.finditer(path):
        year, number, day, *end = match.groups()
        if stated := days_between(f"{year}-{number}-{day}", "-".join(end)):
            return stated
    return None


def days_between(first: str, last: str) -> tuple[str, str] | None:
    """A range of days, if it is one."""
    try:
        return (first, last) if date.fromisoformat(first) <= date.fromisoformat(last) else None
    except ValueError:
        return None


def billing_month(first: str, last: str) -> str | None:
    """The month in which a billing period starts, when a range is one: 15th to 14th is."""
    start = date.fromisoformat(first)
    length = monthrange(start.year, start.month)[1]
    return first[:7] if date.fromisoformat(last) == start + timedelta(days=length - 1) else None


def column(header: str) -> tuple[str, str | None]:
    """The English name, in the last parentheses of a localised header, without its spelling."""
    match = re.search(r"\(([^()]*)\)[^()]*$", header)
    name = match.group(1) if match and match.group(1).strip() else header
    return re.sub(r"[\s-]+", "", name).lower(), None
