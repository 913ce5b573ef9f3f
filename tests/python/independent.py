"""Bills and lists as a plain reader sees them: csv, json and pyarrow, and nothing of Cloudbill."""

import csv
import gzip
import io
import json
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq

Row = dict[str, Any]
Totals = dict[str | None, Decimal]

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
COMMA = re.compile(r"[+-]?(0|[1-9]\d*|[1-9]\d{0,2}(\.\d{3})+),(\d{1,2}|\d{4,})", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+", re.ASCII)
DATE = re.compile(r"\s*(\d{4}-\d\d?-\d\d?|\d\d?/\d\d?/\d{4}|\d{4}/\d\d?/\d\d?)", re.ASCII)
ABSENT = {"", "null", "none", "nan", "n/a"}
COSTS = {
    "aws_cur": ["line_item_unblended_cost"],
    "azure_cost": ["costinbillingcurrency", "pretaxcost", "cost"],
    "gcp_billing": ["cost"],
    "focus": ["billedcost"],
}
DATES = {
    "aws_cur": "line_item_usage_start_date",
    "azure_cost": "date",
    "gcp_billing": "usage_start_time",
    "focus": "chargeperiodstart",
}
CURRENCIES = {
    "aws_cur": ["line_item_currency_code"],
    "azure_cost": ["billingcurrencycode", "billingcurrency", "currency"],
    "gcp_billing": ["currency"],
    "focus": ["billingcurrency"],
}


class UnreadableError(Exception):
    """No honest reading of the file exists."""


def name_of(kind: str, header: str) -> str:
    """A header as the documents of its provider spell the column."""
    header = header.strip().lstrip("\ufeff")
    if kind == "aws_cur":
        spaced = re.sub(r"([A-Z])", r"_\1", header).lower()
        return re.sub(r"[\W_]+", "_", spaced).strip("_")
    if kind == "azure_cost":
        inner = re.search(r"\(([^()]*)\)[^()]*$", header)
        return re.sub(r"[\s-]+", "", inner.group(1) if inner else header).lower()
    return re.sub(r"\W+", "_", header).lower()


def text_of(data: bytes) -> str:
    """Decoded text; a mark tells the encoding."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"),
                           (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
                           (b"\xfe\xff", "utf-16")):  # fmt: skip
        if data.startswith(mark):
            return decoded(data, encoding)
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):
        return decoded(data, "utf-16-be" if data[0] == 0 else "utf-16-le")
    return decoded(data, "utf-8")


def decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError:
        raise UnreadableError(f"not {encoding}") from None


def unpacked(data: bytes) -> list[bytes]:
    """What is in archives and gzip files, and in those in them."""
    try:
        if data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = [name for name in archive.namelist() if not name.endswith("/")]
                if any(not name.lower().endswith(".csv") for name in names):
                    raise UnreadableError("not all of it is CSV")
                inside = [archive.read(name) for name in names]
        elif data.startswith(b"\x1f\x8b"):
            inside = [gzip.decompress(data)]
        else:
            return [data]
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(f"packed: {error}") from None
    return [part for found in inside for part in unpacked(found)]


def csv_rows(text: str) -> Iterator[list[tuple[str, str]]]:
    """Rows as pairs of header and value."""
    text = text.lstrip("\r\n\ufeff ")
    if text.startswith("sep="):
        # For Excel.
        text = text.partition("\n")[2]
    first = text.splitlines()[0] if text else ""
    separator = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next(rows, [])
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise UnreadableError(f"{len(row)} values of {len(header)}")
            yield list(zip(header, row, strict=True))
    except csv.Error as error:
        raise UnreadableError(f"csv: {error}") from None


def unique(pairs: list[tuple[str, Any]]) -> Row:
    found: Row = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise UnreadableError(f"{key} twice")
        found[key] = value
    return found


def json_of(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"json: {error}") from None


def json_rows(text: str) -> Iterator[list[tuple[str, Any]]]:
    for line in re.split(r"\r\n|\n|\r", text.lstrip("\ufeff")):
        if line.strip(" \t\0"):
            row = json_of(line)
            if not isinstance(row, dict):
                raise UnreadableError("no object")
            yield list(flat("", row))


def flat(prefix: str, row: Row) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict) and key.lower() != "credits":
            yield from flat(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", value


def parquet_rows(data: bytes) -> Iterator[list[tuple[str, Any]]]:
    try:
        table = pq.read_table(io.BytesIO(data))
        columns = [column.to_pylist() for column in table.columns]
    except Exception as error:
        raise UnreadableError(f"parquet: {error}") from None
    for number in range(table.num_rows):
        pairs: list[tuple[str, Any]] = []
        for name, column in zip(table.column_names, columns, strict=True):
            value = column[number]
            if isinstance(value, dict) and name.lower() != "credits":
                pairs += flat(f"{name}.", value)
            else:
                pairs.append((name, value))
        yield pairs


def rows_of(name: str, data: bytes) -> Iterator[list[tuple[str, Any]]]:
    """The rows of a delivered file, whatever it is."""
    for part in unpacked(data):
        if part.startswith(b"PAR1"):
            yield from parquet_rows(part)
            continue
        text = text_of(part)
        if text.lstrip("\ufeff \r\n\t").startswith("{"):
            yield from json_rows(text)
        else:
            yield from csv_rows(text)


def number(value: Any) -> Decimal | None:
    """A number, or nothing; whatever else is not guessed at."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool | list | dict | bytes):
        raise UnreadableError(f"{value!r} as a number")
    text = (value.decode() if isinstance(value, bytes) else str(value)).strip()
    if text.lower() in ABSENT:
        return None
    if NUMBER.fullmatch(text):
        return Decimal(text)
    if COMMA.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if THOUSANDS.fullmatch(text):
        return Decimal(text.replace(",", ""))
    raise UnreadableError(f"{text[:40]!r} as a number")


def said(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = str(value).strip()
    return None if text.lower() in ABSENT else text


def words(value: Any) -> str | None:
    """A text, and no structure."""
    if isinstance(value, list | dict):
        raise UnreadableError(f"{value!r} as a text")
    return said(value)


def one(pairs: Iterable[tuple[str, Any]], name: str) -> Any:
    """The value of a column; two that differ are none."""
    values = [value for found, value in pairs if found == name and said(value) is not None]
    told = {number(v) if NUMBER.fullmatch(str(v).strip()) else said(v) for v in values}
    if len(told) > 1:
        raise UnreadableError(f"{name} twice: {told}")
    return values[0] if values else None


def credits_of(value: Any) -> Decimal:
    """The sum of credits, in whatever form they are."""
    if isinstance(value, str):
        value = None if value.strip().lower() in ABSENT else json_of(value)
    if value is None or isinstance(value, Decimal | float):
        # A number where credits are expected is their sum.
        return number(value) or Decimal(0)
    total = Decimal(0)
    for credit in value if isinstance(value, list) else [value]:
        if not isinstance(credit, dict):
            raise UnreadableError(f"credit {credit!r}")
        if not any(inner is not None for inner in credit.values()):
            continue
        named = [(key.lower(), inner) for key, inner in credit.items()]
        amount = number(one(named, "amount"))
        if amount is None:
            raise UnreadableError(f"credit without amount {credit!r}")
        total += amount
    return total


def bill(kind: str, name: str, data: bytes) -> tuple[int, Totals]:
    """Rows of a bill, and its cost by currency."""
    totals: Totals = {}
    count = 0
    for pairs in rows_of(name, data):
        if kind == "gcp_billing":
            spelled = [(name_of(kind, key), value) for key, value in pairs]
            extra = sum((credits_of(v) for k, v in spelled if k == "credits"), Decimal(0))
            parts = [v for k, v in spelled if k == "credits_amount"]
            extra += sum((number(part) or Decimal(0) for part in parts), Decimal(0))
        else:
            spelled = [(name_of(kind, key), value) for key, value in pairs]
            extra = Decimal(0)
        names = {key for key, _ in spelled}
        # A line of JSON that has no cost has none; a table without the column is no bill.
        if not names.intersection(COSTS[kind]) and ".json" not in name:
            raise UnreadableError("no cost column")
        # A line without a day is in its billing period; a day that is none is refused.
        when = one(spelled, DATES[kind])
        if said(when) is not None and not DATE.match(str(when)):
            raise UnreadableError(f"date {when!r}")
        amounts = (number(one(spelled, column)) for column in COSTS[kind])
        amount = next((found for found in amounts if found is not None), Decimal(0))
        currencies = (said(one(spelled, column)) for column in CURRENCIES[kind])
        currency = next((found for found in currencies if found), None)
        totals[currency] = totals.get(currency, Decimal(0)) + amount + extra
        count += 1
    return count, totals


def told_one_way(values: list[Any]) -> list[Decimal | None]:
    """Numbers of one file, which writes all of them with a point or all with a comma."""
    readings = []
    for mark, between in ((".", ","), (",", ".")):
        pattern = rf"[+-]?([1-9]\d{{0,2}}([{between}]\d{{3}})+|\d*)([{mark}]\d*)?([eE][+-]?\d+)?"
        found: list[Decimal | None] = []
        for value in values:
            text = str(value).strip()
            if not isinstance(value, str) or said(value) is None:
                found.append(number(value))
            elif re.fullmatch(pattern, text, re.ASCII) and re.search(r"\d", text):
                read = Decimal(text.replace(between, "").replace(mark, "."))
                found.append(round(read, 18) if abs(read) < 10**20 else read)
            else:
                break
        else:
            readings.append(found)
    if not readings or (readings[0] != readings[-1] and any("," in str(v) for v in values)):
        raise UnreadableError(f"numbers {values!r:.200}")
    return readings[0]


def prices(name: str, data: bytes) -> Counter[tuple[str, Decimal]]:
    """Meters and prices of a sheet."""
    rows = list(list_rows(data, {"meterid", "unitprice"}))
    told = told_one_way([one(row, "unitprice") for row in rows])
    found: Counter[tuple[str, Decimal]] = Counter()
    for row, price in zip(rows, told, strict=True):
        meter = words(one(row, "meterid"))
        if meter and price is not None:
            found[meter.lower(), price] += 1
    return found


def reservations(name: str, data: bytes) -> Counter[tuple[str, Decimal]]:
    """Orders or reservations, and quantities."""
    found: Counter[tuple[str, Decimal]] = Counter()
    largest: dict[tuple[str, str], Decimal] = {}
    rows = list(
        list_rows(data, {"reservationid", "usagedate"}, {"reservationorderid", "eventtype"})
    )
    columns = ("totalreservedquantity", "quantity", "amount")
    told = told_one_way([one(row, column) for row in rows for column in columns])
    for position, row in enumerate(rows):
        reserved, quantity, _ = told[3 * position : 3 * position + 3]
        if {"reservationid", "usagedate"} <= {key for key, _ in row}:
            id_ = words(one(row, "reservationid"))
            if id_ and reserved is not None:
                key = id_.lower(), day(one(row, "usagedate"))
                largest[key] = max(largest.get(key, reserved), reserved)
        else:
            if quantity is None:
                raise UnreadableError("no quantity")
            found[(words(one(row, "reservationorderid")) or "").lower(), abs(quantity)] += 1
    for (id_, _), amount in largest.items():
        found[id_, amount] += 1
    return found


def invoices(name: str, data: bytes) -> Counter[tuple[str, Decimal]]:
    """Accounts and amounts of invoices."""
    found: Counter[tuple[str, Decimal]] = Counter()
    rows = list(list_rows(data, {"account", "billing_period", "amount", "currency"}))
    told = told_one_way([one(row, "amount") for row in rows])
    for row, invoiced in zip(rows, told, strict=True):
        account = words(one(row, "account"))
        if account is None or invoiced is None:
            raise UnreadableError("no account or amount")
        found[account, invoiced] += 1
    return found


def day(value: Any) -> str:
    match = DATE.match(str(value))
    if not match:
        raise UnreadableError(f"date {value!r}")
    parts = re.split("[-/]", match.group(1))
    return "-".join(parts if len(parts[0]) == 4 else (parts[2], parts[0], parts[1]))


def list_rows(data: bytes, *headers: set[str]) -> Iterator[list[tuple[str, Any]]]:
    """Rows of a list below a header with certain columns, or entries of JSON."""
    for part in unpacked(data):
        text = text_of(part)
        if text.lstrip("\ufeff \r\n\t").startswith(("{", "[")):
            document = json_of(text)
            for page in document if isinstance(document, list) else [document]:
                if not isinstance(page, dict):
                    raise UnreadableError("no object")
                inner = page.get("properties", page)
                listed = next(
                    (inner[key] for key in ("pricesheets", "value", "data") if key in inner), [page]
                )
                for entry in listed:
                    if not isinstance(entry, dict):
                        raise UnreadableError("no object")
                    yield [(name_of("azure_cost", key), value) for key, value in entry.items()]
            continue
        lines = io.StringIO(text, newline="").readlines()
        for skip, line in enumerate(lines[:20]):
            cells = [next(csv.reader([line], delimiter=separator)) for separator in ",;\t"]
            names = [{name_of("azure_cost", cell) for cell in row} for row in cells]
            if any(header <= found for header in headers for found in names):
                body = "".join(lines[skip:])
                for row in csv_rows(body):
                    if any(value for _, value in row):
                        yield [(name_of("azure_cost", key), value) for key, value in row]
                break


def subscriptions(name: str, data: bytes) -> Counter[str]:
    """Ids of subscriptions."""
    found: Counter[str] = Counter()
    for part in unpacked(data):
        document = json_of(text_of(part).lstrip("\ufeff"))
        listed = document.get("value") if isinstance(document, dict) else document
        if not isinstance(listed, list):
            raise UnreadableError("no list")
        for entry in listed:
            if not isinstance(entry, dict):
                raise UnreadableError("no object")
            id_ = entry.get("subscriptionId") or str(entry.get("id") or "").rsplit("/", 1)[-1]
            if not isinstance(id_, str) or not id_:
                raise UnreadableError("no id")
            found[id_.lower()] += 1
    return found


def nodes(name: str, data: bytes) -> Counter[str]:
    """Names of nodes."""
    found: Counter[str] = Counter()
    for part in unpacked(data):
        document = json_of(text_of(part).lstrip("\ufeff"))
        if not isinstance(document, dict) or document.get("kind") not in ("List", "NodeList"):
            raise UnreadableError("no list")
        for item in document["items"]:
            if not isinstance(item, dict):
                raise UnreadableError("no object")
            found[item["metadata"]["name"]] = 1
    return found
