"""The charges of the Azure sample in every other family of files that Microsoft has.

A row is that of the EA or MCA schema with its columns under the names of the family. What a family
cannot say is not in it: older ones have usage only, some round, some name no currency.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from cloudbill.delivered.kinds.azure_cost import column
from cloudbill.samples import azure_headers as headers
from cloudbill.samples.azure import (
    EXCHANGE_RATE,
    KUBERNETES_PREFIXES,
    LEGACY_COMPANY,
    MCA_COMPANY,
    Company,
    Item,
    ea_row,
    items_of,
    json_text,
    mca_payg,
    mca_row,
)
from cloudbill.samples.lines import (
    COPY,
    PERIODS,
    ZERO,
    BillFile,
    Export,
    Line,
    guid,
    month_end,
    month_start,
    text,
)

PORTAL_TITLE = b"Usage Data Extract\n\n"
# What other families call a column of the EA or MCA schema, after header clean-up.
SPELLINGS = {
    "usagedatetime": "date",
    "usagedate": "date",
    "subscriptionguid": "subscriptionid",
    "entitlementid": "subscriptionid",
    "entitlementdescription": "subscriptionname",
    "instanceid": "resourceid",
    "instancename": "resourceid",
    "resourceuri": "resourceid",
    "resourcegroupname": "resourcegroup",
    "product": "productname",
    "usagequantity": "quantity",
    "consumedquantity": "quantity",
    "resourcerate": "effectiveprice",
    "effectiveunitprice": "effectiveprice",
    "marketprice": "paygprice",
    "exchangerate": "exchangeratepricingtobilling",
    "pctobcexchangerate": "exchangeratepricingtobilling",
    "pretaxcost": "costinbillingcurrency",
    "cost": "costinbillingcurrency",
    "extendedcost": "costinbillingcurrency",
    "billingpretaxtotal": "costinbillingcurrency",
    "billingcurrencycode": "billingcurrency",
    "currency": "billingcurrency",
    "pricingcurrencycode": "pricingcurrency",
    "invoicesection": "invoicesectionname",
    "departmentname": "invoicesectionname",
    "unit": "unitofmeasure",
    "unittype": "unitofmeasure",
    "servicename": "metercategory",
    "servicetier": "metersubcategory",
}
LOCAL_UNITS = {"1 Hour": "1 小时", "1/Month": "1/月"}


@dataclass(frozen=True)
class Family:
    """A family of files, and what is special in it."""

    name: str
    header: list[str]
    company: Company = MCA_COMPANY
    is_mca: bool = False
    dates: str = "%m/%d/%Y"
    states_currency: bool = True
    states_datasets: bool = True
    """Usage only, without a charge type, when false."""
    ending: str = ".csv"
    head: bytes = b""
    cents: bool = False
    """Amounts are rounded down, line by line."""
    units: tuple[tuple[str, str], ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()
    """Headers that the clean-up rule does not reach."""

    @property
    def export(self) -> Export:
        """Entry in bills.yml."""
        return Export(
            name=self.name,
            kind="azure_cost",
            location=f"formats/{self.name}",
            dataset="actual" if self.states_datasets else None,
            currency=None if self.states_currency else self.currency,
            bom=self.head,
        )

    @property
    def currency(self) -> str:
        """Billing currency."""
        return "EUR" if self.is_mca else "USD"


def azure_format_bills(seed: int) -> Iterator[BillFile]:
    """A month of each family."""
    period = PERIODS[1]
    last = month_end(period) - timedelta(days=1)
    for family in FAMILIES:
        rng = random.Random(f"{seed}/azure/{family.company.key}/{period}")
        days: dict[date, list[Line]] = defaultdict(list)
        for item in items_of(family.company, period, rng):
            is_told = family.states_datasets or item.charge_type == "Usage"
            if item.actual is not None and is_told:
                days[item.day].append(_line(family, item, item.actual, period))
        run = guid(seed, family.name, period).replace(COPY, "5a1e0000")
        yield BillFile(
            family.export,
            f"{month_start(period):%Y%m%d}-{last:%Y%m%d}/{family.name}_{run}{family.ending}",
            family.header,
            [days[day] for day in sorted(days)],
            dict.fromkeys(family.header, "varchar") if family.ending == ".parquet" else None,
        )


def _line(family: Family, item: Item, cost: Decimal, period: str) -> Line:
    payg = mca_payg(item) if "paygcostinbillingcurrency" in _names(family) else None
    if family.is_mca:
        cost *= EXCHANGE_RATE
    if family.cents:
        cost = cost.quantize(Decimal("0.01"), rounding=ROUND_FLOOR)
    return Line(
        row=_row(family, item, period, cost),
        billing_period=period,
        currency=family.currency,
        charge_type=item.charge_type,
        cost=cost,
        list=cost if payg is None else payg * EXCHANGE_RATE,
        net=cost,
        amortized_net=cost,
        amortized=cost,
        unused=ZERO,
        is_kubernetes=any(key.startswith(KUBERNETES_PREFIXES) for key in item.tags),
    )


def _names(family: Family) -> set[str]:
    return {name.lower() for name in family.header}


def _row(family: Family, item: Item, period: str, cost: Decimal) -> dict[str, Any]:
    given = mca_row(item, period, cost) if family.is_mca else ea_row(item, period, cost)
    row = {key.lower(): value for key, value in given.items()}
    is_of_subscription = bool(item.resource_group) and "SubscriptionId" not in item.columns
    row |= {
        "date": f"{item.day:{family.dates}}",
        "month": str(item.day.month),
        "day": str(item.day.day),
        "year": str(item.day.year),
        "subscriptionid": family.company.subscription_id if is_of_subscription else "",
        "subscriptionname": f"Shop {family.name}" if is_of_subscription else "",
        "resourcegroup": item.resource_group,
        "costinbillingcurrency": text(cost),
        "billingcurrency": family.currency,
        "unitofmeasure": dict(family.units).get(item.meter.unit, item.meter.unit),
        "resourcetype": "/".join(item.resource_id.split("/")[6:8]),
        "customerid": guid("customer"),
        "customertenantid": guid("customer"),
        "partnertenantid": guid("partner"),
        "partnerid": guid("partner"),
        "invoicenumber": "G000000001",
    }
    if family.header is headers.PARTNER_CENTER:
        row |= {"chargetype": "", "tags": json_text(item.tags)}
    meanings = dict(family.meanings)
    filled = {}
    for header in family.header:
        name = column(meanings.get(header, header))[0]
        filled[header] = row.get(SPELLINGS.get(name, name), "")
    # Where another column is the subscription, this one is a number, or an id of commerce.
    if "SubscriptionGuid" in filled and "SubscriptionId" in filled:
        filled["SubscriptionId"] = "1234567"
    if "EntitlementId" in filled:
        filled["SubscriptionId"] = guid("commerce")
    return filled


_ENGLISH_PORTAL = Family(
    "azure-ea-portal", headers.EA_PORTAL, LEGACY_COMPANY, states_currency=False,
    states_datasets=False, head=PORTAL_TITLE,
)  # fmt: skip
_EA_LEGACY = Family(
    "azure-ea-2019", headers.EA_LEGACY, LEGACY_COMPANY, dates="%Y-%m-%d", states_currency=False,
    states_datasets=False,
)  # fmt: skip
_MCA = Family("azure-mca-2021", headers.MCA_2021, is_mca=True)
FAMILIES = (
    Family("azure-ea-2020", headers.EA_2020, dates="%Y-%m-%d"),
    Family("azure-ea-2021-01", headers.EA_2021_01, ending=".csv.gz"),
    Family("azure-ea-2021-10", headers.EA_2021_10),
    Family("azure-ea-2023", headers.EA_2023, ending=".parquet"),
    Family("azure-cost-details", headers.COST_DETAILS),
    Family("azure-c360", headers.C360, dates="%-m/%-d/%Y"),
    _EA_LEGACY,
    replace(_EA_LEGACY, name="azure-ea-spanish", header=headers.EA_LEGACY_SPANISH),
    _ENGLISH_PORTAL,
    replace(
        _ENGLISH_PORTAL,
        name="azure-ea-chinese",
        header=list(headers.CHINESE),
        meanings=tuple(headers.CHINESE.items()),
        units=tuple(LOCAL_UNITS.items()),
    ),
    _MCA,
    replace(_MCA, name="azure-mca-2019-11", header=headers.MCA_2019_11),
    replace(_MCA, name="azure-mca-2019-10", header=headers.MCA_2019_10),
    replace(
        _MCA, name="azure-mca-local", header=headers.MCA_2023, units=tuple(LOCAL_UNITS.items())
    ),
    replace(_MCA, name="azure-mpa", header=headers.MPA_2023),
    replace(_MCA, name="azure-csp", header=headers.CSP),
    replace(
        _MCA,
        name="azure-partner-center",
        header=headers.PARTNER_CENTER,
        states_datasets=False,
        cents=True,
    ),
    Family("azure-mosp", headers.MOSP, LEGACY_COMPANY, dates="%Y-%m-%d", states_datasets=False),
)
