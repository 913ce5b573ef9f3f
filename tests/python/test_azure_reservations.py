"""Reservation details and transactions, in every layout that Microsoft documents."""

import csv
import gzip
import json
import os
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cloudbill.config import Config, Located, load_config
from cloudbill.errors import CloudbillError
from cloudbill.lake.index import write_index
from cloudbill.lake.load import load
from cloudbill.lists.azure_reservations import relevant, reservations
from cloudbill.warehouse.handover import open_warehouse
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace

# Microsoft, "Reservation details file schema" (EA and MCA, 2023-03-01).
DETAILS = """\
InstanceFlexibilityGroup,InstanceFlexibilityRatio,InstanceId,Kind,ReservationOrderId,\
ReservationId,ReservedHours,RIUsedHours,SkuName,TotalReservedQuantity,UsageDate,UsedHours
DSv2 Series,1,/subscriptions/s/vm1,Reservation,O-1,R-1,432,24,Standard_DS1_v2,18.0000,2018-02-01,24
DSv2 Series,1,/subscriptions/s/vm2,Reservation,O-1,R-1,432,24,Standard_DS1_v2,18.0000,2018-02-01,24
"""
# "Reservation transactions file schema", EA and MCA (2023-05-01).
EA = """\
AccountName,AccountOwnerEmail,Amount,ArmSkuName,BillingFrequency,BillingMonth,CostCenter,Currency,\
CurrentEnrollmentId,DepartmentName,Description,EventDate,EventType,MonetaryCommitment,Overage,\
PurchasingSubscriptionGuid,PurchasingSubscriptionName,PurchasingEnrollment,Quantity,Region,\
ReservationOrderId,ReservationOrderName,Term
a,a@x,-21,Standard_DS1_v2,recurring,20190901,,USD,1,,,09/09/2019,Refund,0,0,s,n,1,1,westus,O-1,n,P1Y
"""
MCA = """\
Amount,ArmSkuName,BillingFrequency,BillingProfileId,BillingProfileName,Currency,Description,\
EventDate,EventType,Invoice,InvoiceId,InvoiceSectionId,InvoiceSectionName,\
PurchasingSubscriptionGuid,PurchasingSubscriptionName,Quantity,Region,ReservationOrderId,\
ReservationOrderName,Term
-21,Standard_DS1_v2,OneTime,p,n,USD,d,2019-09-09T19:19:04Z,Refund,,,,,s,n,1,westus,O-1,n,P1Y
"""
DETAILS_API = {
    "reservationOrderId": "o-1",
    "reservationId": "r-1",
    "usageDate": "2018-02-01T00:00:00",
    "skuName": "Standard_F2s",
    "instanceId": "/subscriptions/s/vm1",
    "totalReservedQuantity": 18.0,
    "reservedHours": 432.0,
    "usedHours": 400.0,
}
TRANSACTION_API = {
    "eventDate": "2019-09-09T19:19:04Z",
    "reservationOrderId": "o-1",
    "eventType": "Refund",
    "quantity": 1,
    "amount": -21,
    "armSkuName": "Standard_DS1_v2",
}
A_DAY = {
    "dataset": "details",
    "order_id": "o-1",
    "reservation_id": "r-1",
    "event_date": date(2018, 2, 1),
    "quantity": Decimal(18),
}
A_RETURN = {
    "dataset": "transactions",
    "order_id": "o-1",
    "event_date": date(2019, 9, 9),
    "event_type": "refund",
    "quantity": Decimal(1),
    "amount": Decimal(-21),
}


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (DETAILS, A_DAY),
        (DETAILS.replace("2018-02-01", "2/1/2018"), A_DAY),
        ("\ufeff" + DETAILS.replace("\n", "\r\n").replace("UsageDate", "Datum (UsageDate)"), A_DAY),
        (json.dumps([DETAILS_API]), A_DAY),
        (json.dumps({"value": [{"name": "x", "properties": DETAILS_API}]}), A_DAY),
        (EA, A_RETURN),
        (MCA, A_RETURN),
        (json.dumps({"value": [{"name": "x", "properties": TRANSACTION_API}]}), A_RETURN),
    ],
)
def test_every_layout_gives_the_same_quantity(tmp_path, text, row):
    path = tmp_path / "export"
    path.write_text(text, encoding="utf-8")
    assert list(reservations(path)) == [row]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (DETAILS.replace("TotalReservedQuantity", "Total"), "no column TotalReservedQuantity"),
        (MCA.replace(",Quantity,", ",Number,"), "has no column Quantity"),
        (MCA.replace("2019-09-09T19:19:04Z", "soon"), "line 2, column 'EventDate': 'soon' is no"),
        (DETAILS.replace("18.0000", "many"), "'TotalReservedQuantity': 'many' is not a number"),
        (MCA.replace(",n,1,westus", ",n,,westus"), "line 2, column 'Quantity': '' is not a num"),
        (MCA.replace(",n,1,westus", ",n,NaN,westus"), "column 'Quantity': 'NaN' is not a number"),
        ("BilledCost,ChargePeriodStart\n1,2\n", "looks like a FOCUS export"),
        ("SkuName,Recommended Quantity,Net Savings\nD2,1,2\n", "reservation recommendations"),
        ("a,b\n1,2\n", "is no export of reservation details or transactions: correct"),
        ('{"a": 1}', "is no export of reservation details or transactions: correct"),
        ("[", "is not JSON"),
    ],
)
def test_what_is_no_such_export_is_refused_with_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "export.csv"
    path.write_text(text)
    with pytest.raises(CloudbillError, match=sentence):
        list(reservations(path))


def landed(workspace: Workspace) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(
            "select reservation_id, event_type, quantity from read_parquet(?) order by all",
            [str(workspace.lake / "azure_reservations.parquet")],
        ).fetchall()


def test_a_folder_of_exports(tmp_path):
    workspace, folder = Workspace(tmp_path / "workspace"), tmp_path / "reservations"
    listed = Config(azure_reservations=[Located(location=str(folder))])
    assert [r.status for r in load(listed, workspace)] == ["refused"]

    run = folder / "details" / "20180201-20180228" / "3f0c6f5e-1111-4222-8333-444444444444"
    run.mkdir(parents=True)
    (run / "part_0_0001.csv.gz").write_bytes(gzip.compress(DETAILS.encode()))
    manifest = {"exportConfig": {"type": "ReservationDetails"}, "blobs": []}
    (run / "manifest.json").write_text(json.dumps(manifest))
    # The manifest names no file yet: the run is still being written.
    assert [r.status for r in load(listed, workspace)] == ["skipped"]
    manifest["blobs"] = [{"blobName": str(run / "part_0_0001.csv.gz")}]
    (run / "manifest.json").write_text(json.dumps(manifest))
    with zipfile.ZipFile(folder / "transactions.zip", "w") as archive:
        archive.writestr("ea.csv", EA)
        archive.writestr("mca.csv", MCA.replace("Refund", "Purchase"))
    (folder / "notes.txt").write_text("hello")
    (folder / "bill.csv").write_text("BilledCost,ChargePeriodStart\n1,2\n")
    results = {r.export: (r.status, r.rows) for r in load(listed, workspace)}
    assert results == {
        "part_0_0001.csv.gz": ("new", 1),
        "transactions.zip": ("new", 2),
        "bill.csv": ("refused", 0),
        str(folder): ("skipped", 0),
    }
    rows = [("r-1", None, 18), (None, "purchase", 1), (None, "refund", 1)]
    assert landed(workspace) == rows

    assert {r.status for r in load(listed, workspace)} == {"unchanged", "refused", "skipped"}
    (folder / "transactions.zip").unlink()
    load(listed, workspace)
    assert landed(workspace) == rows[:1]
    # What cannot be read leaves what was there; a bills.yml without the section does, too.
    (run / "part_0_0001.csv.gz").write_bytes(gzip.compress(b"BilledCost\n1\n"))
    assert "refused" in {r.status for r in load(listed, workspace)}
    assert load(Config(), workspace) == []
    assert landed(workspace) == rows[:1]


def test_details_concern_their_month_and_transactions_later_ones():
    digests = [("details", "2026-09", "a"), ("transactions", "2026-09", "b")]
    assert relevant(digests, "2026-08") == []
    assert relevant(digests, "2026-09") == ["details 2026-09: a", "transactions 2026-09: b"]
    assert relevant(digests, "2026-10") == ["transactions 2026-09: b"]


HEADER = [
    *("SubscriptionId", "Date", "MeterCategory", "MeterSubCategory", "MeterId", "MeterName"),
    *("UnitOfMeasure", "Quantity", "CostInBillingCurrency", "ConsumedService", "ResourceId"),
    *("AdditionalInfo", "ReservationId", "ProductOrderName", "ChargeType", "PricingModel"),
    "BillingCurrencyCode",
]


def bill_of(path: Path, days: list[date]) -> None:
    """A machine that a reservation covered; the bill does not have the purchase."""
    info = {
        "UsageType": "ComputeHR",
        "ServiceType": "Standard_DS2_v2",
        "ReservationId": "R-1",
        "ReservationOrderId": "O-1",
        "RINormalizationRatio": 2,
    }
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for day in days:
            writer.writerow(
                [
                    *("s", f"{day:%m/%d/%Y}", "Virtual Machines", "DSv2 Series", "m", "DS2 v2"),
                    *("1 Hour", 24, 0, "Microsoft.Compute", "/subscriptions/s/vm1"),
                    *(json.dumps(info), "R-1", "Reserved VM Instance, Standard_DS1_v2, US East"),
                    *("Usage", "Reservation", "EUR"),
                ]
            )


def test_quantities_reach_reports_of_old_periods(tmp_path):
    workspace, config = Workspace(tmp_path / "workspace"), tmp_path / "bills.yml"
    bill_of(tmp_path / "9.csv", [date(2026, 9, 29), date(2026, 9, 30)])
    bill_of(tmp_path / "10.csv", [date(2026, 10, number) for number in range(1, 5)])
    config.write_text(
        "bills:\n  - {name: sep, kind: azure_cost, location: 9.csv}\n"
        "  - {name: oct, kind: azure_cost, location: 10.csv}\n"
        "azure_reservations:\n  - location: reservations\n"
    )
    folder = tmp_path / "reservations"
    folder.mkdir()
    (folder / "empty.csv").write_text(EA.partition("\n")[0] + "\n")

    def build(*options: str) -> None:
        assert not [r for r in load(load_config(config), workspace) if r.reason]
        write_index(workspace)
        selected = ["build", "--select", "+vm_cost_report", "+commitments", *options]
        variables = ["--vars", "{vm_report_purchased_quantity: true}"]
        kinds = ["--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
        result = run_dbt(workspace, [*selected, *variables, *kinds])
        assert [
            (n.node.name, n.message) for n in result.result if n.status in ("error", "fail")
        ] == []

    def rows(query: str) -> list[tuple[object, ...]]:
        with open_warehouse(workspace) as connection:
            return connection.execute(query).fetchall()

    reserved = (
        "select granularity, period_start::varchar, normalized_reservations,"
        " normalized_underutilized_reservations from vm_cost_report"
        " where category = 'Normalized Machine Series' order by all"
    )
    days = [
        ("day", f"2026-{day}") for day in ("09-29", "09-30", "10-01", "10-02", "10-03", "10-04")
    ]
    longer = [("month", "2026-09-01"), ("month", "2026-10-01"), ("week", "2026-09-28")]

    def told(*quantities: int) -> list[tuple[object, ...]]:
        used = [2] * 6 + [4 / 30, 8 / 31, 12 / 7]
        return [
            (*period, quantity, pytest.approx(quantity - hours))
            for period, quantity, hours in zip([*days, *longer], quantities, used, strict=True)
        ]

    build()
    assert rows(reserved) == told(1, 1, 1, 1, 1, 1, 1, 1, 1)

    # Bought before, one of three returned on October 2: two remain from the next day on.
    bought = EA.replace("Refund", "Purchase").replace("09/09/2019", "01/15/2026")
    returned = EA.splitlines()[1].replace("09/09/2019", "10/02/2026")
    bought = bought.replace(",1,1,westus", ",1,3,westus")
    (folder / "transactions.csv").write_text(bought + returned + "\n")
    build()
    assert rows(reserved) == told(3, 3, 3, 3, 2, 2, 3, 3, 3)

    # Details of a day come before; of two exports the newer one tells. September stays as it was.
    kept = "select distinct unit_id from vm_costs_daily where charge_date < '2026-10-01'"
    before = rows(kept)
    october = DETAILS.replace("2018-02-01", "2026-10-03").replace("18.0", "5.0")
    (folder / "newer.csv").write_text(october.replace("5.0", "4.0"))
    (folder / "older.csv").write_text(october)
    os.utime(folder / "older.csv", (1_700_000_000, 1_700_000_000))
    build()
    assert rows(reserved) == told(3, 3, 3, 3, 4, 2, 3, 4, 4)
    assert rows(kept) == before
    quantities = "select charge_date::varchar, quantity_source, purchased_quantity"
    quantities += " from int_commitment_quantities order by all"
    incremental = rows(quantities)
    assert incremental[4:] == [("2026-10-03", "details", 4), ("2026-10-04", "transactions", 2)]
    build("--full-refresh")
    assert rows(quantities) == incremental
    assert rows(reserved) == told(3, 3, 3, 3, 4, 2, 3, 4, 4)
