"""Azure price sheets, in every layout that Microsoft documents."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from cloudbill.errors import CloudbillError
from cloudbill.lists.records import (
    SLASHES,
    Record,
    Row,
    Style,
    number,
    records,
    style_of,
    text_in,
)
from cloudbill.lists.tables import path_of, write_empty_table
from cloudbill.sql import parquet
from cloudbill.workspace import Workspace

SHEETS, SUBSCRIPTIONS = "azure_price_sheets", "azure_subscriptions"

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
NUMBERS = ("UnitPrice", "TierMinimumUnits")
DAYS = ("EffectiveStartDate", "EffectiveEndDate")

Versions = tuple[list[tuple[str | None, str]], list[str]]
"""Billing period and version of price sheets, versions of subscriptions."""


def price_sheet(path: Path) -> Iterator[Row]:
    """The prices of a sheet: API or ARM JSON, the portal's CSV, or an export (CSV or Parquet)."""
    style = style_of(records(path, SHEET), NUMBERS, DAYS)
    count = 0
    for record in records(path, SHEET):
        meter = text_in(record, "meterid")
        if not meter or text_in(record, "unitprice") is None:
            # Lines of products without a meter, and prices that are not told.
            continue
        unit = text_in(record, "unitofmeasure") or text_in(record, "unit") or ""
        block, is_hourly = unit_of(unit, f"{path}, {record.place}")
        count += 1
        yield {
            "billing_account_id": text_in(record, "enrollmentnumber")
            or text_in(record, "billingaccountid")
            or part_after(record, "enrollments"),
            "billing_period": period_of(record, style) or period_in(record.title),
            "offer_id": text_in(record, "offerid"),
            "meter_id": meter.lower(),
            "meter_name": text_in(record, "metername"),
            "price_type": text_in(record, "pricetype") or "Consumption",
            # Sheets without tiers have one, from the first unit.
            "tier_minimum": number(record, "TierMinimumUnits", style, blank="0"),
            "unit_of_measure": unit,
            "unit_block": block,
            "is_hourly": is_hourly,
            "unit_price": number(record, "UnitPrice", style),
            "currency": text_in(record, "currencycode") or text_in(record, "currency"),
        }
    if not count:
        raise CloudbillError(
            f"{path} holds no prices by meter (columns MeterId and UnitPrice), so it is no Azure"
            " price sheet: correct the location in bills.yml."
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


def part_after(record: Record, segment: str) -> str | None:
    """The part of the record's id path after a segment: enrollments/100/billingperiods/201704."""
    match = re.search(rf"(?:^|/){segment}/([^/]+)", text_in(record, "id") or "", re.IGNORECASE)
    return match.group(1) if match else None


def period_of(record: Record, style: Style) -> str | None:
    """The billing period that a price states, or the month that it starts in."""
    stated = text_in(record, "billingperiodid") or part_after(record, "billingperiods") or ""
    if period := period_in(stated):
        return period
    start = text_in(record, "effectivestartdate") or ""
    if match := SLASHES.match(start):
        month = match.group(2 if style.day_first else 1)
        return f"{match.group(3)}-{int(month):02d}"
    return period_in(start)


def period_in(told: str) -> str | None:
    """The first YYYYMM or YYYY-MM in a text, as YYYY-MM."""
    match = re.search(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])", told)
    return f"{match.group(1)}-{match.group(2)}" if match else None


def versions(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> Versions:
    """What the lake holds of price sheets and subscriptions."""
    for table in (SHEETS, SUBSCRIPTIONS):
        write_empty_table(con, workspace, table)
    sheets = parquet(path_of(workspace, SHEETS))
    lists = parquet(path_of(workspace, SUBSCRIPTIONS))
    return (
        con.execute(
            "select distinct billing_period, version"
            f" from {sheets} order by all nulls first"
        ).fetchall(),
        [v for (v,) in con.execute(
            f"select distinct version from {lists} order by all"
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
