"""AWS Cost and Usage Reports: legacy CUR and CUR 2.0 (Data Exports)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

from cloudbill.delivered.files import Delivery, Found, Listing, bill_files, grouped, month, parts
from cloudbill.delivered.locations import Item
from cloudbill.delivered.manifests import Manifest, manifests, named
from cloudbill.errors import CloudbillError

# AWS, "Cost and Usage Report user guide", "Delivery timeline" and "Athena": the folders that state
# the billing period. Padding of the month is absent in older Athena folders.
PERIODS = (
    re.compile(r"billing_period=(\d{4})-(\d{2})(?!\d)", re.IGNORECASE),
    re.compile(r"year=(\d{4})/month=(\d{1,2})(?!\d)", re.IGNORECASE),
)
RANGE = re.compile(r"(?<!\d)(\d{4})(\d{2})01-(\d{4})(\d{2})01(?!\d)")
PERIOD_FOLDER = re.compile(r"^(billing_period=\d{4}-\d{2}|year=\d{4}|\d{8}-\d{8})$", re.IGNORECASE)
# AWS, "Data Exports user guide", "Understanding export delivery": with "create new" each execution
# has a folder that starts with its time.
EXECUTION = re.compile(r"\d{4}-?\d{2}-?\d{2}T[\d:.]+Z?(?=-)")
# The status table that AWS writes beside the Parquet files for Athena.
STATUS = "cost_and_usage_data_status"

OWNERS = ("line_item_usage_account_id",)
PAYERS = ("bill_payer_account_id",)
RESOURCES = ("line_item_resource_id",)
CHARGE = (*RESOURCES, "line_item_product_code", "line_item_usage_type",
          "line_item_operation", "line_item_line_item_type")  # fmt: skip
ENDS = ("line_item_usage_end_date",)
FOLDED = {"resourcetags": "resource_tags", "costcategory": "cost_category"}
# Legacy reports have hundreds of product/…; few matter, and those are columns of the lake.
UNFOLDED = frozenset({"product", "discount"})


def find_bills(listing: Listing, dataset: str | None = None) -> Found:
    """Every delivery replaces a billing period: what its newest manifest names is the bill."""
    found = Found()
    files = [item for item in bill_files(listing, found) if STATUS not in item.path.split("/")]
    told = {
        key: several
        for key, several in grouped(manifests(listing, found), period_of)
        if key is not None
    }
    for key, siblings in grouped(files, lambda item: period(item.path)):
        if key not in told:
            found.deliveries += unlisted(key, siblings, found)
    for key, several in told.items():
        own = [item for item in files if period(item.path) == key]
        for report, versions in grouped(several, lambda manifest: root(manifest.item.path)):
            newest = max(map(recency, versions))
            current = [manifest for manifest in versions if recency(manifest) == newest]
            for manifest in current:
                listed(key, report, manifest, own, listing, found, is_only=len(current) == 1)
        reports = tuple(f"{root(manifest.item.path)}/" for manifest in several)
        others = [item for item in own if not item.path.startswith(reports)]
        found.deliveries += unlisted(key, others, found)
        now = [d for d in found.deliveries if d.bill == key]
        read = {item for d in now for item in d.files}
        if read:
            left = [item for item in own if item not in read and item not in others]
            # What lies beside files that a manifest names is more of the bill, or left of a version
            # before: the rows tell.
            named_in = {item.folder: d.id for d in now if d.is_listed for item in d.files}
            for folder, files in grouped(left, lambda item: item.folder):
                if named := named_in.get(folder):
                    id_ = f"{folder} {key} unnamed"
                    found.deliveries.append(Delivery(id_, tuple(files), bill=key, beside=named))
            left = [item for item in left if item.folder not in named_in]
            found.superseded(key, left, min(read, key=lambda item: item.path))
    return found


def listed(
    key: str,
    report: str,
    manifest: Manifest,
    files: list[Item],
    listing: Listing,
    found: Found,
    *,
    is_only: bool,
) -> None:
    """The files that a manifest names, if all of them are there.

    Where several may be the current one, their rows and the times of the files are asked.
    """
    names = manifest.list_of("reportKeys") + manifest.list_of("dataFiles")
    try:
        items = [named(manifest, name, files, PERIOD_FOLDER, listing.bucket) for name in names]
    except CloudbillError as error:
        found.refused.append((key, str(error)))
        return
    present = tuple(item for item in items if item)
    if not names or len(set(present)) < len(names):
        missing = next((n for n, item in zip(names, items, strict=True) if not item), "no file")
        what = f"{manifest.item.address} names {missing}, which is not there"
        found.incomplete(key, [manifest.item, *present], what)
        return
    own = tuple(sorted(set(present), key=lambda item: item.path))
    delivery = Delivery(f"{report} {key}", own, bill=key, is_listed=True)
    if not is_only:
        written = datetime.fromtimestamp(delivery.written / 1e9, UTC).isoformat()
        delivery = replace(
            delivery, id=f"{manifest.item.folder} {key}", series=delivery.id, time=written
        )
    found.deliveries.append(delivery)


def unlisted(key: str | None, files: list[Item], found: Found) -> Iterator[Delivery]:
    """Files without a manifest: parts, of the newest execution where their folders tell."""
    for report, own in grouped(files, lambda item: root(item.path)):
        executions = {f: EXECUTION.match(PurePosixPath(f.folder).name) for f in own}
        started = {match.group() for match in executions.values() if match}
        if key is None or not all(executions.values()):
            yield from parts(key, own)
            continue
        newest = [f for f in own if PurePosixPath(f.folder).name.startswith(max(started))]
        found.superseded(key, [f for f in own if f not in newest], newest[0])
        yield Delivery(f"{report} {key}", tuple(newest), bill=key)


def recency(manifest: Manifest) -> tuple[bool, str]:
    """The manifest of the period's own folder is the current one, else the newest execution's."""
    folder = PurePosixPath(manifest.item.path).parent.name
    started = EXECUTION.match(folder)
    return bool(PERIOD_FOLDER.search(folder)), started.group() if started else ""


def root(path: str) -> str:
    """The report's own folder: what comes before the period."""
    segments = path.split("/")
    where = next((n for n, s in enumerate(segments) if PERIOD_FOLDER.search(s)), len(segments) - 1)
    return "/".join(segments[: where - (segments[where - 1] == "metadata")])


def period_of(manifest: Manifest) -> str | None:
    """The billing period that a manifest's path states, or else the manifest."""
    start = re.match(r"(\d{4})-?(\d{2})", manifest.text("billingPeriod", "start"))
    return period(manifest.item.path) or (month(*start.groups()) if start else None)


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


def account(sql: str) -> str:
    """An account of twelve digits, of which a program that took it for a number left out zeros.

    AWS, "Account Management reference guide", "View AWS account identifiers". What has fewer than
    nine digits is no account.
    """
    is_cut = f"strlen({sql}) between 9 and 11 and regexp_full_match({sql}, '[0-9]+')"
    return f"if({is_cut}, lpad({sql}, 12, '0'), {sql})"


def athena_name(name: str) -> str:
    """The rule of the user guide, "Querying with Athena: column names"."""
    return re.sub(r"[\W_]+", "_", re.sub(r"([A-Z])", r"_\1", name).lower()).strip("_")


def key_name(key: str) -> str:
    """The same of a key within a map, which may state its kind, as in the column of all tags."""
    return athena_name(re.sub(r"(?i)^resourcetags/", "", key))


def map_key(key: str) -> str:
    """The same rule in SQL, for maps that keep the delivered spelling of tag keys."""
    bare = f"regexp_replace({key}, '^resourcetags/', '', 'i')"
    spaced = f"lower(regexp_replace({bare}, '([A-Z])', '_\\1', 'g'))"
    spelled = f"trim(regexp_replace({spaced}, '[^\\p{{L}}\\p{{N}}]+', '_', 'g'), '_')"
    return f"if(regexp_full_match({key}, '[a-z0-9]+(_[a-z0-9]+)*'), {key}, {spelled})"


def derived(name: str, sql: str) -> dict[str, str]:
    """Tags of resources and cost categories, which the newer column of all tags has too.

    AWS, "Data Exports user guide", resource tags columns: who selects `tags` need not select
    `resource_tags`; its keys start with the kind of the tag (resourceTags/user:team).
    """
    if name != "tags":
        return {}

    def of_kind(group: str) -> str:
        own = f"list_filter(map_entries({sql}), lambda e: starts_with(lower(e.key), '{group}/'))"
        key = map_key(f"substr(e.key, {len(group) + 2})")
        entry = f"{{'key': {key}, 'value': coalesce(e.value, '')}}"
        entries = f"list_sort(list_transform({own}, lambda e: {entry}))"
        is_first = f"i = 1 or {entries}[i - 1].key != e.key"
        return f"map_from_entries(list_filter({entries}, lambda e, i: {is_first}))"

    return {column: of_kind(group) for group, column in FOLDED.items()}
