"""Small bills and lists of every kind, and what goes wrong with files, drawn from a seed."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Cells = list[list[str]]
Lines = list[dict[str, Any]]

AWS = ["identity/LineItemId", "bill/BillingPeriodStartDate", "bill/PayerAccountId",
       "lineItem/UsageAccountId", "lineItem/LineItemType", "lineItem/UsageStartDate",
       "lineItem/ProductCode", "lineItem/UsageAmount", "lineItem/UnblendedCost",
       "lineItem/CurrencyCode", "reservation/NumberOfReservations",
       "resourceTags/user:team"]  # fmt: skip
AZURE = ["SubscriptionId", "BillingAccountId", "BillingPeriodStartDate", "Date", "ChargeType",
         "PricingModel", "ResourceId", "Quantity", "CostInBillingCurrency", "BillingCurrencyCode",
         "Tags", "AdditionalInfo"]  # fmt: skip
FOCUS = ["BillingAccountId", "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart",
         "ChargePeriodEnd", "ChargeCategory", "ServiceName", "BilledCost", "EffectiveCost",
         "ListCost", "BillingCurrency", "ProviderName", "Tags"]  # fmt: skip
SHEET = ["MeterID", "MeterName", "UnitOfMeasure", "UnitPrice", "CurrencyCode", "OfferID"]
DETAILS = ["ReservationOrderId", "ReservationId", "UsageDate", "TotalReservedQuantity", "SkuName"]
INVOICES = ["account", "billing_period", "amount", "currency", "invoice"]
BOUGHT = ["ReservationOrderId", "EventDate", "EventType", "Quantity", "Amount", "Currency"]

# Cells of real files, of spreadsheets, and of nobody.
CELLS = [
    "", " ", "NULL", "null", "None", "NaN", "nan", "N/A", "-", "1_000", "10,35", "1,234.56",
    "1.234,5", "1,234", "1e400", "1E-05", "1e-30", "9" * 45, "-0", "+7", ".5", "5.", "0x10", "1/2",
    "٣", "1 000", "infinity", "Infinity", "epoch", "1970-01-01", "10/5/26", "31/12/2026",
    "2026-13-01", "=1+1",
    "[/x]", "\x1b[31m", "\x00", "a\x00b", "'", '"', '""', "\ufeff", "\u202e", "ü", "😀", "a\nb",
    "a\r\nb", "{", "[]", "{}", '{"a": 1}', '[{"key": "a"}]', '{"a": {"b": [1]}}',
    '{"a": "1", "a": "2"}', '"a": "1"', "[{'amount': -1}]", '{"amount": "x"}', "true", "x" * 5000,
    '{"a":' * 60 + "1" + "}" * 60, '{"a":' * 5000 + "1" + "}" * 5000,
]  # fmt: skip
BYTES = [b'"', b",", b";", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"'", b"\x1a", b"\xef\xbb\xbf",
         b"\\", b"\x80", b"{", b"}", b"\t"]  # fmt: skip
ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "utf-32"]


@dataclass(frozen=True)
class Mutant:
    """A file after something went wrong with it."""

    kind: str
    name: str
    data: bytes
    what: str


def amount(chance: random.Random) -> str:
    return f"{Decimal(chance.randint(-(10**6), 10**8)).scaleb(-chance.randint(2, 6)):f}"


def bill_rows(kind: str, chance: random.Random) -> Cells:
    """A header and some lines of October 2026; no two seeds have the same."""
    account = f"{chance.randrange(10**12):012}"
    rows = []
    for number in range(chance.randint(3, 8)):
        day, cost = f"2026-10-{chance.randint(1, 31):02}", amount(chance)
        tags = json.dumps({"team": f"t{number}", "env": "prod"}) if number % 2 else ""
        match kind:
            case "aws_cur":
                rows.append([
                    f"{account}{number}", "2026-10-01T00:00:00Z", account, account, "Usage",
                    f"{day}T00:00:00Z", "AmazonS3", "1.5", cost, "USD", "", f"t{number}",
                ])  # fmt: skip
            case "azure_cost":
                month, of = day[5:7], day[8:]
                rows.append([f"s-{account}", account, "10/01/2026", f"{month}/{of}/2026", "Usage",
                             "OnDemand", f"/subscriptions/s-{account}/r{number}", "24", cost, "EUR",
                             tags, json.dumps({"VCPUs": number})])  # fmt: skip
            case _:
                rows.append([account, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z",
                             f"{day}T00:00:00Z", f"{day}T01:00:00Z", "Usage", "Compute", cost, cost,
                             cost, "USD", "Acme", tags])  # fmt: skip
    return [list({"aws_cur": AWS, "azure_cost": AZURE}.get(kind, FOCUS)), *rows]


def gcp_lines(chance: random.Random) -> Lines:
    """Lines of a detailed export of Google Cloud."""
    account = f"{chance.randrange(10**12):012}"
    return [
        {
            "billing_account_id": account,
            "service": {"id": "s", "description": "Compute Engine"},
            "sku": {"id": "k", "description": f"N2 {number}"},
            "usage_start_time": f"2026-10-{chance.randint(2, 30):02} 08:00:00 UTC",
            "usage_end_time": "2026-10-31 00:00:00 UTC",
            "project": {"id": f"p-{account}"},
            "labels": [{"key": "team", "value": f"t{number}"}, {"key": "bare"}],
            "cost": float(amount(chance)),
            "currency": "USD",
            "usage": {"amount": 3600.0, "unit": "seconds"},
            "credits": [{"name": "c", "type": "DISCOUNT", "amount": -number / 8}] * (number % 3),
            "invoice": {"month": "202610"},
        }
        for number in range(chance.randint(3, 8))
    ]


def list_rows(kind: str, chance: random.Random) -> Cells:
    """A header and some lines of a small list."""
    count = range(chance.randint(2, 6))
    match kind:
        case "price_sheet":
            rows = [[f"m-{n}", f"D{n} v5", "100 Hours", f"{chance.randint(1, 10**6) / 1000}", "EUR",
                     "MS-AZR-0017P"] for n in count]  # fmt: skip
            return [list(SHEET), *rows]
        case "details":
            rows = [["o", f"r-{n}", f"2026-10-{n + 1:02}", f"{chance.randint(1, 99)}.0000", "D2"]
                    for n in count]  # fmt: skip
            return [list(DETAILS), *rows]
        case "invoices":
            account = f"{chance.randrange(10**12):012}"
            rows = [[account, f"2026-{n + 1:02}", amount(chance), "EUR", f"i-{n}"] for n in count]
            return [list(INVOICES), *rows]
        case _:
            rows = [[f"o-{n}", "10/05/2026", "Purchase", f"{n + 1}", amount(chance), "EUR"]
                    for n in count]  # fmt: skip
            return [list(BOUGHT), *rows]


def node_list(chance: random.Random) -> Any:
    """What `kubectl get nodes -o json` writes."""
    items = [
        {
            "kind": "Node",
            "metadata": {"name": f"n{n}", "labels": {"a": "b"}, "creationTimestamp": None},
            "spec": {"providerID": f"aws:///us-east-1a/i-{chance.randrange(16**8):x}"},
            "status": {"nodeInfo": {"operatingSystem": "linux"}},
        }
        for n in range(chance.randint(1, 5))
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def csv_bytes(rows: Cells, chance: random.Random) -> bytes:
    """Cells as a program writes them: quoted where need be."""
    end = chance.choice(["\n", "\n", "\r\n"])

    def cell(value: str) -> str:
        needs = any(char in value for char in ',"\r\n;\t')
        return '"' + value.replace('"', '""') + '"' if needs else value

    return "".join(",".join(map(cell, row)) + end for row in rows).encode("utf-8", "replace")


def parquet_bytes(rows: Cells, chance: random.Random) -> bytes:
    """Cells as text or numbers, as exports of Parquet have them."""
    arrays = []
    for name, *cells in zip(*rows, strict=True):
        array = pa.array(cells, pa.string())
        if "Cost" in name and chance.random() < 0.6:
            try:
                to = chance.choice([pa.float64(), pa.decimal128(38, 18), pa.decimal128(28, 10)])
                numbers = [Decimal(cell) if cell else None for cell in cells]
                array = pa.array([float(n) if n is not None else None for n in numbers]
                                 if to == pa.float64() else numbers, to)  # fmt: skip
            except (ArithmeticError, ValueError, pa.ArrowInvalid):
                pass
        arrays.append(array)
    return written(pa.Table.from_arrays(arrays, names=rows[0]), chance)


def written(table: pa.Table, chance: random.Random) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression=chance.choice(["zstd", "snappy", "none"]))
    return out.getvalue()


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bill-1.csv", data)
    return out.getvalue()


# What goes wrong with cells, by name of what it is.
def table_mutations(rows: Cells, chance: random.Random) -> str:  # noqa: PLR0912
    """One thing wrong with rows or columns."""
    column = chance.randrange(len(rows[0]))
    row = chance.randrange(1, len(rows)) if len(rows) > 1 else 0
    what = chance.choice(
        ["drop", "rename", "double", "double differing", "cell", "cell", "cell", "cell", "cells",
         "line twice", "line gone", "short line", "long line", "order", "blank lines"]
    )  # fmt: skip
    name = rows[0][column]
    match what:
        case "drop":
            for cells in rows:
                del cells[column]
        case "rename":
            rows[0][column] = chance.choice(
                [name.upper(), name.lower(), f" {name} ", f"x{name}", "Provider", "commitment_id",
                 "charge_category", "", "export", "bill", "select", 'a"b', "ü"]
            )  # fmt: skip
        case "double":
            for cells in rows:
                cells.append(cells[column])
        case "double differing":
            for number, cells in enumerate(rows):
                cells.append(cells[column] if not number else chance.choice(CELLS[:40]))
        case "cell":
            rows[row][column] = chance.choice(CELLS)
        case "cells":
            value = chance.choice(CELLS)
            for cells in rows[1:]:
                cells[column] = value
        case "line twice":
            rows.insert(row, list(rows[row]))
        case "line gone":
            del rows[row]
        case "short line":
            rows[row].pop()
        case "long line":
            rows[row].append("more")
        case "order":
            order = chance.sample(range(len(rows[0])), len(rows[0]))
            for cells in rows:
                cells[:] = [cells[n] for n in order]
        case "blank lines":
            rows.insert(chance.choice([0, row, len(rows)]), [])
    return f"{what} ({name})"


VALUES: list[Any] = [
    None, "", "null", "NaN", "text", 0, -1.5, 1e300, "1_000", "10,35", True, [], {}, [1], {"a": 1},
    [{"amount": -1.25}], {"amount": "-2.5"}, [{"amount": None}], [[1]], '[{"amount": -3}]',
    "\x1b[31m", {"key": "a"}, [{"key": "a", "value": None}], "ü", "2026-10-01",
    "[/x]", 10**30, "x" * 5000,
]  # fmt: skip


def deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = {"a": found}
    return found


def json_mutations(document: Any, chance: random.Random) -> str:
    """One thing wrong somewhere in a document."""
    at = document
    path = []
    while isinstance(at, dict | list) and at:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = chance.choice(keys)
        path.append(str(key))
        inner = at[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.25:
            break
        at = inner
    else:
        return "nothing"
    what = chance.choice(["value", "value", "value", "gone", "renamed", "deep", "text"])
    match what:
        case "value":
            at[key] = chance.choice(VALUES)
        case "gone":
            del at[key]
        case "renamed" if isinstance(at, dict):
            at[chance.choice([str(key).upper(), f"x{key}", "", "bill", "export"])] = at.pop(key)
        case "deep":
            at[key] = deep(chance.choice([20, 200, 800]))
        case _:
            at[key] = json.dumps(at[key])
    return f"{what} ({'.'.join(path)})"


def byte_mutations(data: bytes, chance: random.Random) -> tuple[bytes, str]:  # noqa: PLR0912
    """Bytes cut, changed, moved, put in; other encodings and line ends."""
    changed = bytearray(data)
    at, to = sorted(chance.randrange(len(changed) + 1) for _ in range(2))
    what = chance.choice(
        ["cut", "cut", "flip", "flip", "insert", "insert", "delete", "double", "tail", "encoding",
         "line ends", "head", "gzip", "zeros"]
    )  # fmt: skip
    match what:
        case "cut":
            changed = changed[: max(at, 1)]
        case "flip":
            for _ in range(chance.randint(1, 3)):
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        case "insert":
            changed[at:at] = chance.choice(BYTES)
        case "delete":
            del changed[at : min(to, at + chance.randint(1, 30))]
        case "double":
            changed[at:at] = changed[at : min(to, at + 40)]
        case "tail":
            changed += chance.choice([b"\n\n", b"\0" * 512, b"\x1a", b",,,\n", b'"', b"  ", b"}"])
        case "head":
            changed[0:0] = chance.choice([b"\xef\xbb\xbf", b"\n", b"\r\n\r\n", b" ", b"sep=,\n"])
        case "encoding":
            with_umlaut = data.replace(b"Compute", "Größe".encode()).replace(
                b"AmazonS3", "ü".encode()
            )
            try:
                changed = bytearray(with_umlaut.decode().encode(chance.choice(ENCODINGS)))
            except UnicodeError:
                return data, "nothing"
        case "line ends":
            changed = bytearray(data.replace(b"\n", b"\r\n", 1) if b"\r\n" not in data
                                else data.replace(b"\r\n", b"\n", 1))  # fmt: skip
        case "gzip":
            changed = bytearray(gzip.compress(bytes(changed)) + b"\0" * chance.choice([0, 0, 300]))
        case "zeros":
            changed[at : at + 1] = b"\0" * chance.randint(1, 16)
    return bytes(changed), what


def originals() -> list[tuple[str, str, Callable[[random.Random], tuple[Any, str]]]]:
    """Kinds, names, and what makes them."""
    found: list[tuple[str, str, Callable[[random.Random], tuple[Any, str]]]] = []
    for kind in ("aws_cur", "azure_cost", "focus"):
        for ending in ("csv", "csv.gz", "zip", "parquet"):
            found.append(
                (kind, f"bill.{ending}", lambda c, kind=kind: (bill_rows(kind, c), "cells"))  # type: ignore[misc]
            )
    found += [("gcp_billing", name, lambda c: (gcp_lines(c), "lines"))
              for name in ("bill.json", "bill.json.gz", "bill.parquet")]  # fmt: skip
    for kind in ("price_sheet", "details", "transactions", "invoices"):
        found.append(
            (kind, "list.csv", lambda c, kind=kind: (list_rows(kind, c), "cells"))  # type: ignore[misc]
        )
        found.append(
            (kind, "list.json", lambda c, kind=kind: (as_entries(list_rows(kind, c)), "document"))  # type: ignore[misc]
        )
    found.append(("nodes", "nodes.json", lambda c: (node_list(c), "document")))
    found.append(("nodes", "nodes.json", lambda c: (node_list(c), "document")))
    listed = [{"id": f"s-{n}", "name": "prod"} for n in range(3)]
    found.append(
        ("subscriptions", "s.json", lambda c: (json.loads(json.dumps(listed)), "document"))
    )
    return found


def as_entries(rows: Cells) -> Any:
    header, *cells = rows
    return [dict(zip(header, row, strict=True)) for row in cells]


def mutant(seed: int) -> Mutant:
    """A file of some kind with one to three things wrong with it."""
    chance = random.Random(seed)
    known = originals()
    kind, name, make = known[seed % len(known)]
    content, form = make(chance)
    wrong = []
    for _ in range(chance.choice([0, 1, 1, 1, 2])):
        if form == "cells":
            if len(content) < 2 or len({len(row) for row in content}) > 1 or not content[0]:
                break
            wrong.append(table_mutations(content, chance))
        else:
            wrong.append(json_mutations(content, chance))
    try:
        data = serialised(content, form, name, chance)
    except (ArithmeticError, AttributeError, ValueError, TypeError, pa.ArrowException):
        name = name.replace("parquet", "json" if form == "lines" else "csv")
        data = serialised(content, form, name, chance)
    inner = chance.random() < 0.5 or not name.endswith((".gz", ".zip"))
    outer = not wrong or chance.random() < 0.25
    if outer and inner:
        data, what = byte_mutations(data, chance)
        wrong.append(what)
    data = {"gz": gzip.compress, "zip": zipped}.get(name.rpartition(".")[2], bytes)(data)
    if outer and not inner:
        data, what = byte_mutations(data, chance)
        wrong.append(f"{what} of the archive")
    return Mutant(kind, name, data, f"seed {seed}, {kind} {name}: {', '.join(wrong)}")


def serialised(content: Any, form: str, name: str, chance: random.Random) -> bytes:
    if form == "document":
        return json.dumps(content, indent=chance.choice([None, 4])).encode()
    if form == "lines":
        if name.endswith(".parquet"):
            return written(pa.Table.from_pylist(content), chance)
        return b"".join(json.dumps(line).encode() + b"\n" for line in content)
    if name.endswith(".parquet") and len({len(row) for row in content}) == 1:
        return parquet_bytes(content, chance)
    return csv_bytes(content, chance)
