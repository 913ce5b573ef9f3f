"""Price sheets and subscriptions, in every layout that Microsoft documents."""

import json
from decimal import Decimal

import duckdb
import pytest

from cloudbill.config import Config, Located
from cloudbill.errors import CloudbillError
from cloudbill.lake.load import load
from cloudbill.lists.azure_prices import price_sheet, relevant, unit_of
from cloudbill.lists.azure_subscriptions import subscriptions
from cloudbill.workspace import Workspace

API = [
    {
        "id": "enrollments/100/billingperiods/201704/products/343/pricesheets",
        "billingPeriodId": "201704",
        "meterId": "DC210ECB-97E8-4522-8134-2385494233C0",
        "meterName": "A1 VM",
        "unitOfMeasure": "100 Hours",
        "includedQuantity": 0,
        "partNumber": "N7H-00015",
        "unitPrice": 21.9,
        "currencyCode": "EUR",
    }
]
ARM = {
    "id": "/subscriptions/0/providers/Microsoft.Billing/billingPeriods/201704/providers/x",
    "properties": {
        "pricesheets": [
            {
                "billingPeriodId": "/providers/Microsoft.Billing/billingPeriods/201704",
                "meterId": "dc210ecb-97e8-4522-8134-2385494233c0",
                "unitOfMeasure": "100 Hours",
                "unitPrice": 21.9,
                "currencyCode": "EUR",
                "offerId": "MS-AZR-0017P",
                "meterDetails": {"meterName": "A1 VM", "unit": "Hours"},
            }
        ]
    },
}
DOWNLOADED = """\
Price Sheet Report for billing period - 201704

Meter ID,Meter name,Meter category,Meter sub-category,Meter region,Unit,Unit of measure,\
Part number,Unit price,Currency code,Included quantity,Offer Id,Term,Price type
dc210ecb-97e8-4522-8134-2385494233c0,A1 VM,Virtual Machines,A Series,EU West,Hours,100 Hours,\
N7H-00015,21.9,EUR,0,MS-AZR-0017P,,Consumption
"""
EXPORT = """\
EnrollmentNumber,MeterID,MeterName,MeterType,MeterCategory,MeterSubCategory,ServiceFamily,\
Product,SkuID,ProductID,MeterRegion,UnitOfMeasure,PartNumber,EffectiveStartDate,EffectiveEndDate,\
UnitPrice,BasePrice,MarketPrice,CurrencyCode,IncludedQuantity,OfferID,Term,PriceType
100,dc210ecb-97e8-4522-8134-2385494233c0,A1 VM,,Virtual Machines,A Series,Compute,p,s,i,EU West,\
100 Hours,N7H-00015,04/01/2017,,21.9,22,23,EUR,0,MS-AZR-0017P,,Consumption
"""
MCA = """\
BillingAccountId,BillingAccountName,BillingProfileId,BillingProfileName,ServiceFamily,Product,\
ProductId,SkuId,UnitOfMeasure,MeterId,MeterName,MeterType,MeterCategory,MeterSubCategory,\
MeterRegion,TierMinimumUnits,EffectiveStartDate,EffectiveEndDate,UnitPrice,BasePrice,MarketPrice,\
Currency,BillingCurrency,Term,PriceType
100,n,p,n,Compute,p,i,s,100 Hours,dc210ecb-97e8-4522-8134-2385494233c0,A1 VM,,Virtual Machines,\
A Series,EU West,0,2017-04-01,,21.9,22,23,EUR,EUR,,Consumption
"""


@pytest.mark.parametrize(
    ("text", "account", "offer"),
    [
        (json.dumps(API), "100", None),
        (json.dumps(ARM), None, "MS-AZR-0017P"),
        (DOWNLOADED, None, "MS-AZR-0017P"),
        ("\ufeff" + DOWNLOADED.replace("\n", "\r\n"), None, "MS-AZR-0017P"),
        (EXPORT, "100", "MS-AZR-0017P"),
        (EXPORT.replace("04/01/2017,", "01/04/2017,31/03/2018"), "100", "MS-AZR-0017P"),
        (MCA, "100", None),
    ],
)
def test_every_layout_gives_the_same_price(tmp_path, text, account, offer):
    path = tmp_path / "sheet"
    path.write_text(text, encoding="utf-8")
    (price,) = price_sheet(path)
    assert price == {
        "billing_account_id": account,
        "billing_period": "2017-04",
        "offer_id": offer,
        "meter_id": "dc210ecb-97e8-4522-8134-2385494233c0",
        "meter_name": "A1 VM",
        "price_type": "Consumption",
        "tier_minimum": Decimal(0),
        "unit_of_measure": "100 Hours",
        "unit_block": 100,
        "is_hourly": True,
        "unit_price": Decimal("21.9"),
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    ("unit", "block", "is_hourly"),
    [
        ("1 Hour", 1, True),
        ("100 Hours", 100, True),
        ("10000 Hours", 10000, True),
        ("1/Hour", 1, True),
        ("10K/Hour", 10000, True),
        ("1 1 Hour", 1, True),
        ("Hours", 1, True),
        ("1 hora", 1, True),
        ("1 小时", 1, True),
        ("1 GB/Hour", 1, False),
        ("10K", 10000, False),
        ("100 MB", 100, False),
        ("1M/Month", 10**6, False),
        ("10000 1,000s", 10000, False),
        ("Unassigned", 1, False),
    ],
)
def test_units(unit, block, is_hourly):
    assert unit_of(unit, "here") == (block, is_hourly)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (DOWNLOADED.replace("100 Hours", "3 fortnights"), "line 4: the unit '3 fortnights'"),
        (DOWNLOADED.replace("21.9", "free"), "line 4, column 'UnitPrice': 'free' is not a number"),
        ("a,b\n1,2\n", "holds no prices by meter"),
        ("[", "is not JSON"),
        ("{}", "holds no prices by meter"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "sheet"
    path.write_text(text)
    with pytest.raises(CloudbillError, match=sentence):
        list(price_sheet(path))


def test_subscriptions_of_az_and_arm(tmp_path):
    path = tmp_path / "subscriptions.json"
    path.write_text(json.dumps([{"id": "S-1", "name": "prod", "state": "Enabled"}]))
    assert list(subscriptions(path)) == [
        {"subscription_id": "s-1", "subscription_name": "prod", "quota_id": None}
    ]
    arm = {
        "id": "/subscriptions/s-1",
        "subscriptionId": "s-1",
        "displayName": "prod",
        "subscriptionPolicies": {"quotaId": "EnterpriseAgreement_2014-09-01"},
    }
    path.write_text(json.dumps({"value": [arm]}))
    (found,) = subscriptions(path)
    assert found["quota_id"] == "EnterpriseAgreement_2014-09-01"
    path.write_text('"text"')
    with pytest.raises(CloudbillError, match="is no list of subscriptions"):
        list(subscriptions(path))


def test_the_lake_holds_what_is_listed(tmp_path):
    workspace, sheet = Workspace(tmp_path / "workspace"), tmp_path / "sheet.csv"

    def prices():
        with duckdb.connect() as connection:
            return connection.execute(
                "select unit_price from read_parquet(?)",
                [str(workspace.lake / "azure_price_sheets.parquet")],
            ).fetchall()

    listed = Config(azure_price_sheets=[Located(location=str(sheet))])
    sheet.write_text(DOWNLOADED)
    assert [(r.status, r.rows) for r in load(listed, workspace)] == [("new", 1)]
    assert [(r.status, r.rows) for r in load(listed, workspace)] == [("unchanged", 1)]
    sheet.write_text(DOWNLOADED.replace("21.9", "43.8"))
    assert [r.status for r in load(listed, workspace)] == ["changed"]
    assert prices() == [(Decimal("43.8"),)]
    sheet.write_text(DOWNLOADED.replace("21.9", "?"))
    assert [r.status for r in load(listed, workspace)] == ["refused"]
    assert prices() == [(Decimal("43.8"),)]
    sheet.unlink()
    assert [r.status for r in load(listed, workspace)] == ["refused"]
    assert load(Config(), workspace) == []
    assert prices() == [(Decimal("43.8"),)]


def test_a_folder_of_sheets(tmp_path):
    workspace, folder = Workspace(tmp_path / "workspace"), tmp_path / "sheets"
    listed = Config(azure_price_sheets=[Located(location=str(folder))])
    folder.mkdir()
    assert [r.status for r in load(listed, workspace)] == ["refused"]
    (folder / "a.csv").write_text(DOWNLOADED)
    (folder / "b.csv").write_text(EXPORT)
    assert [r.status for r in load(listed, workspace)] == ["new", "new"]
    (folder / "a.csv").unlink()
    assert [r.status for r in load(listed, workspace)] == ["unchanged"]
    (folder / "b.csv").unlink()
    folder.rmdir()
    assert [r.status for r in load(listed, workspace)] == ["refused"]
    with duckdb.connect() as connection:
        sheets = connection.execute(
            "select source_file from read_parquet(?)",
            [str(workspace.lake / "azure_price_sheets.parquet")],
        ).fetchall()
    assert sheets == [(str(folder / "b.csv"),)]


def test_a_sheet_concerns_its_period_and_later_ones():
    versions = ([("2026-09", "a"), ("2026-10", "b")], [])
    assert relevant(versions, "2026-08") == ["2026-09:a", "2026-10:b"]
    assert relevant(versions, "2026-09") == ["2026-09:a"]
    assert relevant(versions, "2026-10") == ["2026-09:a", "2026-10:b"]
    assert relevant(([(None, "c"), ("2026-10", "b")], ["s"]), "2026-11") == [
        "None:c",
        "2026-10:b",
        "s",
    ]
