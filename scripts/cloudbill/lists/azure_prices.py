"""Azure price sheets and subscriptions, and what all small lists share: each is one table."""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

import duckdb

from cloudbill.config import Config, Located
from cloudbill.delivered.kinds.azure_cost import column
from cloudbill.errors import CloudbillError
from cloudbill.landing.readers import file_format, text_of
from cloudbill.sql import literal, literals
from cloudbill.workspace import Workspace

LANDING = "1"
"""Raise this when what follows lands lists differently."""

TABLES = {
    "azure_price_sheets": {
        "source_file": "varchar",
        "version": "varchar",
        "billing_account_id": "varchar",
        "billing_period": "varchar",
        "offer_id": "varchar",
        "meter_id": "varchar",
        "meter_name": "varchar",
        "price_type": "varchar",
        "tier_minimum": "decimal(38, 18)",
        "unit_of_measure": "varchar",
        "unit_block": "decimal(38, 18)",
        "is_hourly": "boolean",
        "unit_price": "decimal(38, 18)",
        "currency": "varchar",
    },
    "azure_subscriptions": {
        "source_file": "varchar",
        "version": "varchar",
        "subscription_id": "varchar",
        "subscription_name": "varchar",
        "quota_id": "varchar",
    },
    "azure_reservations": {
        "source_file": "varchar",
        "version": "varchar",
        "exported_at": "timestamp",
        "dataset": "varchar",
        "order_id": "varchar",
        "reservation_id": "varchar",
        "event_date": "date",
        "event_type": "varchar",
        "quantity": "decimal(38, 18)",
        "amount": "decimal(38, 18)",
    },
}

UNIT = re.compile(r"^\s*(\d[\d,]*)?\s*([KMB](?![A-Za-z]))?\s*(.*?)\s*$")
THOUSANDS = {None: 1, "K": 10**3, "M": 10**6, "B": 10**9}
HOURS = {"hour", "hours", "hr", "hrs", "hora", "horas", "小时"}
# Words in the units of Microsoft's price sheets (finops-toolkit, PricingUnits.csv).
UNIT_WORDS = """
    hour hours hr hrs hora horas 小时
    actions activities activity agents annual api apis app authentications border call calling
    callingminutes calls certificate checks concurrent connection connections content core count
    cubic daily data database day days db dbu device devices domain domains du dvc endpoints events
    executions faces gb gib hosted hourly instance iops job key keys licenses machine machines maps
    maus mb mbps mes messages messaging meter million minute minutes month monthly months named
    node nodes operation operations pack pb per pib pipeline pipelines plan plans points policies
    por predictions print privacy pushes queries relay renders request requests reserved resource
    rights rotation rotations routers runs s second seconds service sites subject subscription
    subscriptions tb tib transactions unassigned unit units use user users virtual vm website year
    zones 月 天 年
"""

SHEET = frozenset({"meterid", "unitprice"})

Row = dict[str, Any]
Outcome = tuple[str, int, Literal["new", "changed", "unchanged", "refused", "skipped"], str | None]
"""Name, rows, status and reason of one file."""
Versions = tuple[list[tuple[str | None, str]], list[str]]
"""Billing period and version of price sheets, versions of subscriptions."""


def land_lists(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, config: Config
) -> list[Outcome]:
    """Land the price sheets and subscriptions that bills.yml lists.

    The lake holds the files that bills.yml lists now; where it lists none of a kind, those that it
    listed last. What is refused leaves what was there before.
    """
    outcomes: list[Outcome] = []
    for table, listed, parse in (
        ("azure_price_sheets", config.azure_price_sheets, price_sheet),
        ("azure_subscriptions", config.azure_subscriptions, subscriptions),
    ):
        write_empty_table(con, workspace, table)
        if listed:
            outcomes += list(land_list(con, workspace, table, listed, parse))
    return outcomes


def land_list(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    table: str,
    listed: list[Located],
    parse: Any,
) -> Iterator[Outcome]:
    """Land the files of one table; unchanged ones are not parsed again."""
    target = path_of(workspace, table)
    con.execute(f"create or replace temp table landed as from read_parquet({literals([target])})")
    known: dict[str, str] = dict(
        con.execute("select distinct source_file, version from landed").fetchall()
    )
    kept: list[str] = []
    changed = False
    for path in files_of(listed):
        name = str(path)
        kept += [name, *(other for other in known if other.startswith(f"{name}/"))]
        try:
            of_file = {"source_file": name, "version": version_of(path)}
            if known.get(name) == of_file["version"]:
                yield path.name, rows_of(con, name), "unchanged", None
                continue
            rows = list(parse(path))
        except CloudbillError as error:
            yield path.name, 0, "refused", str(error)
            continue
        con.execute(f"delete from landed where source_file = {literal(name)}")
        insert(con, workspace, TABLES[table], [{**row, **of_file} for row in rows])
        changed = True
        yield path.name, len(rows), "changed" if name in known else "new", None
    if changed or set(known) - set(kept):
        listed_files = ", ".join(map(literal, kept))
        query = f"from landed where source_file in ({listed_files}) order by all"
        write_table(con, workspace, table, query)


def insert(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, columns: dict[str, str], rows: list[Row]
) -> None:
    """Add rows to those landed, by way of a file: a sheet may have a million prices."""
    written = workspace.temporary / "rows.csv"
    written.parent.mkdir(parents=True, exist_ok=True)
    with written.open("w", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, list(columns)).writerows(rows)
    types = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in columns.items())
    con.execute(
        f"insert into landed from read_csv({literals([written])}, columns = {{{types}}},"
        " auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"')"
    )
    written.unlink()


def rows_of(con: duckdb.DuckDBPyConnection, name: str) -> int:
    """Rows of one landed file."""
    row = con.execute(f"select count(*) from landed where source_file = {literal(name)}").fetchone()
    return row[0] if row else 0


def files_of(listed: Iterable[Located]) -> Iterator[Path]:
    """The files at the listed locations; a folder stands for those in it."""
    for path in (entry.path for entry in listed):
        inside = path.iterdir() if path.is_dir() else ()
        yield from sorted(inner for inner in inside if inner.is_file()) or [path]


def version_of(path: Path) -> str:
    """Fingerprint of a file's content."""
    try:
        return hashlib.md5(LANDING.encode() + path.read_bytes()).hexdigest()
    except OSError as error:
        raise CloudbillError(
            f"{path} cannot be read ({error.strerror}): correct the location in bills.yml."
        ) from None


def path_of(workspace: Workspace, table: str) -> Path:
    """Where a table of the lake lies."""
    return workspace.lake / f"{table}.parquet"


def write_empty_table(con: duckdb.DuckDBPyConnection, workspace: Workspace, table: str) -> None:
    """A table without rows has all columns, so that models build without any list."""
    if not path_of(workspace, table).exists():
        columns = ", ".join(f"cast(null as {t}) as {name}" for name, t in TABLES[table].items())
        write_table(con, workspace, table, f"select {columns} where false")


def write_table(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, table: str, query: str
) -> None:
    """Replace a table of the lake in one step."""
    written = workspace.temporary / f"{table}.parquet"
    written.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"copy ({query}) to {literal(str(written))} (format parquet, compression zstd)")
    written.replace(path_of(workspace, table))


def versions(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> Versions:
    """What the lake holds of price sheets and subscriptions."""
    for table in TABLES:
        write_empty_table(con, workspace, table)
    sheets = literals([path_of(workspace, "azure_price_sheets")])
    lists = literals([path_of(workspace, "azure_subscriptions")])
    return (
        con.execute(
            "select distinct billing_period, version"
            f" from read_parquet({sheets}) order by all nulls first"
        ).fetchall(),
        [v for (v,) in con.execute(
            f"select distinct version from read_parquet({lists}) order by all"
        ).fetchall()],
    )  # fmt: skip


def relevant(versions: Versions, period: str) -> list[str]:
    """What prices of a billing period depend on, as int_vm_reservation_prices chooses sheets.

    Sheets up to the period count, or, when all are of later periods, those.
    """
    sheets, lists = versions
    first = min((p for p, _ in sheets if p), default="")
    return [
        f"{p}:{version}" for p, version in sheets if p is None or p <= period or period < first
    ] + lists


def price_sheet(path: Path) -> Iterator[Row]:
    """The prices of a sheet: API or ARM JSON, the portal's CSV, or an export (CSV or Parquet)."""
    count = 0
    for where, record, sheet in records(path, SHEET):
        meter = text(record, "meterid")
        if not meter or text(record, "unitprice") is None:
            continue
        unit = text(record, "unitofmeasure") or text(record, "unit") or ""
        block, is_hourly = unit_of(unit, f"{path}, {where}")
        count += 1
        yield {
            "billing_account_id": text(record, "enrollmentnumber")
            or text(record, "billingaccountid")
            or part_after(record, "enrollments"),
            "billing_period": period_of(record) or period_in(sheet),
            "offer_id": text(record, "offerid"),
            "meter_id": meter.lower(),
            "meter_name": text(record, "metername"),
            "price_type": text(record, "pricetype") or "Consumption",
            "tier_minimum": number(record, "TierMinimumUnits", path, where, blank="0"),
            "unit_of_measure": unit,
            "unit_block": block,
            "is_hourly": is_hourly,
            "unit_price": number(record, "UnitPrice", path, where),
            "currency": text(record, "currencycode") or text(record, "currency"),
        }
    if not count:
        raise CloudbillError(
            f"{path} holds no prices by meter (columns MeterId and UnitPrice), so it is no Azure"
            " price sheet: correct the location in bills.yml."
        )


def subscriptions(path: Path) -> Iterator[Row]:
    """Subscriptions as `az account list` or ARM's subscriptions list give them."""
    data = json_of(path)
    found = data.get("value") if isinstance(data, dict) else data
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise CloudbillError(
            f"{path} is no list of subscriptions: write it with `az account list` or"
            " `az rest --url https://management.azure.com/subscriptions?api-version=2022-12-01`."
        )
    for entry in found:
        id_ = entry.get("subscriptionId") or str(entry.get("id", "")).rsplit("/", 1)[-1]
        if not id_:
            raise CloudbillError(f"{path} has a subscription without an id: write the list again.")
        policies = entry.get("subscriptionPolicies") or {}
        yield {
            "subscription_id": id_.lower(),
            "subscription_name": entry.get("displayName") or entry.get("name"),
            "quota_id": policies.get("quotaId") or entry.get("quotaId"),
        }


def records(path: Path, *headers: frozenset[str]) -> Iterator[tuple[str, Row, str]]:
    """The records of a list with names in lower case, where each is, and what the title says."""
    format_, is_gzip = file_format(path) if not is_json(path) else ("json", False)
    if format_ == "json":
        for number_, record in enumerate(json_records(path), 1):
            yield f"entry {number_}", record, ""
    elif format_ == "parquet":
        with duckdb.connect() as con:
            relation = con.sql(f"from read_parquet({literals([path])})")
            names = [column(name)[0] for name in relation.columns]
            for number_, row in enumerate(relation.fetchall(), 1):
                yield f"row {number_}", dict(zip(names, row, strict=True)), ""
    else:
        with text_of(path, is_gzip) as lines:
            yield from csv_records(path, csv.reader(lines), headers)


def csv_records(
    path: Path, rows: Any, headers: tuple[frozenset[str], ...]
) -> Iterator[tuple[str, Row, str]]:
    """Records below the header, which title lines may precede: it has all names of one of some."""
    title, names = "", None
    try:
        for row in rows:
            if names is not None:
                if any(row):
                    yield f"line {rows.line_num}", dict(zip(names, row, strict=False)), title
                continue
            cleaned = [column(cell)[0] for cell in row]
            if any(header <= set(cleaned) for header in headers):
                names = cleaned
            else:
                title += " ".join(row) + " "
                if rows.line_num > 20:
                    break
    except csv.Error as error:
        raise CloudbillError(f"{path}, line {rows.line_num}: not CSV: {error}.") from None


def is_json(path: Path) -> bool:
    """Whether a file is a JSON document, of any shape."""
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[")
    except OSError as error:
        raise CloudbillError(f"{path} cannot be read ({error.strerror}).") from None


def json_of(path: Path) -> Any:
    """A JSON document."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise CloudbillError(f"{path} is not JSON ({error}): download it again.") from None


def json_records(path: Path) -> Iterator[Row]:
    """Entries of the enterprise API (a list) or of ARM (value, properties.pricesheets)."""
    data = json_of(path)
    pages = data if isinstance(data, list) else [data]
    for page in pages:
        if not isinstance(page, dict):
            raise CloudbillError(f"{path} is no list of Azure's: its JSON holds no objects.")
        properties = page.get("properties")
        inner: Row = properties if isinstance(properties, dict) else page
        found = next(
            (inner[name] for name in ("pricesheets", "value", "data") if name in inner), [page]
        )
        for entry in found:
            record = {**entry, **entry.get("properties", {}), **entry.get("meterDetails", {})}
            if "id" in inner and inner is not page:
                record.setdefault("id", inner["id"])
            yield {column(name)[0]: value for name, value in record.items()}


def text(record: Row, name: str) -> str | None:
    """A value as text; empty is absent."""
    value = record.get(name)
    return None if value is None or str(value).strip() == "" else str(value).strip()


def number(record: Row, name: str, path: Path, where: str, blank: str = "") -> Decimal:
    """The number in a column of a list; a blank one is refused unless it means something."""
    value = text(record, name.lower()) or blank
    with suppress(InvalidOperation):
        if (told := Decimal(value.replace(",", ""))).is_finite():
            return told
    raise CloudbillError(
        f"{path}, {where}, column '{name}': '{value}' is not a number such as 0.146: download it"
        " again."
    )


def unit_of(unit: str, where: str) -> tuple[int, bool]:
    """How many units a price is for, and whether they are hours: "100 Hours" is 100 and yes."""
    match = UNIT.match(unit)
    digits, suffix, noun = match.groups() if match else (None, None, unit)
    words = re.findall(r"[^\W\d_]+", noun.lower())
    if (not digits and not words) or not set(words) <= set(UNIT_WORDS.split()):
        raise CloudbillError(
            f"{where}: the unit '{unit}' is not known, so its price cannot be read: download the"
            " sheet again in English."
        )
    hours = re.fullmatch(r"(?:1 )?/?\s*(\w+)", noun.lower())
    block = int(digits.replace(",", "")) if digits else 1
    return block * THOUSANDS[suffix], bool(hours and hours.group(1) in HOURS)


def part_after(record: Row, segment: str) -> str | None:
    """The part of the record's id path after a segment: enrollments/100/billingperiods/201704."""
    match = re.search(rf"(?:^|/){segment}/([^/]+)", text(record, "id") or "", re.IGNORECASE)
    return match.group(1) if match else None


def period_of(record: Row) -> str | None:
    """The billing period that a price states, or the month that it starts in."""
    stated = text(record, "billingperiodid") or part_after(record, "billingperiods") or ""
    if period := period_in(stated):
        return period
    start = text(record, "effectivestartdate") or ""
    if match := re.match(r"(\d{1,2})/\d{1,2}/(\d{4})", start):
        return f"{match.group(2)}-{int(match.group(1)):02d}"
    return period_in(start)


def period_in(told: str) -> str | None:
    """The first YYYYMM or YYYY-MM in a text, as YYYY-MM."""
    match = re.search(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])", told)
    return f"{match.group(1)}-{match.group(2)}" if match else None
