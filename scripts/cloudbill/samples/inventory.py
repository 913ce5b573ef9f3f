"""What lies beside the bills: nodes of the clusters, a price sheet, subscriptions, reservations.

They describe the first copy of the company. Each cluster has a node that no bill knows yet.
"""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cloudbill.samples import aws, azure, gcp
from cloudbill.samples.lines import COPY, days_of, text

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
OFFERS = {
    "MS-AZR-0017P": Decimal(1),
    "MS-AZR-0148P": Decimal("0.8"),
}  # production, and dev/test at a discount
# Of each cluster, by the name that its bill has, too.
NODES = {
    f"shop-eks-{COPY}": "nodes/shop-eks.json",
    "shop-aks": "nodes/shop-aks.json",
    f"shop-gke-{COPY}": "nodes/shop-gke.json",
}
PRICE_SHEET = "prices/ea-2026-10.csv"
SUBSCRIPTIONS = "subscriptions.json"
RESERVATIONS = "reservations"


def inventory_files() -> dict[str, str]:
    """Path and text of every file; placeholders of the copy are still in the text."""
    clusters = zip(NODES.values(), (_eks_nodes, _aks_nodes, _gke_nodes), strict=True)
    return {
        **{
            path: _json({"apiVersion": "v1", "kind": "List", "items": list(nodes())})
            for path, nodes in clusters
        },
        PRICE_SHEET: _price_sheet(),
        SUBSCRIPTIONS: _json({"value": list(_subscriptions())}),
        f"{RESERVATIONS}/details-2026-10.csv": _reservation_details(),
        f"{RESERVATIONS}/transactions.csv": _reservation_transactions(),
    }


def inventory_config() -> dict[str, list[dict[str, str]]]:
    """What `bills.yml` says of them; placeholders of the copy are still in the text."""
    return {
        "nodes": [{"cluster": name, "location": path} for name, path in NODES.items()],
        "azure_price_sheets": [{"location": PRICE_SHEET}],
        "azure_subscriptions": [{"location": SUBSCRIPTIONS}],
        "azure_reservations": [{"location": RESERVATIONS}],
    }


def _eks_nodes() -> Iterator[dict[str, Any]]:
    for machine in aws.LEGACY_PAYER.machines:
        if machine.cluster:
            yield _node(
                f"ip-10-0-{len(machine.name)}-{machine.name[-2:]}.eu-central-1.compute.internal",
                f"aws:///{machine.zone}/{machine.resource_id}",
                machine.instance_type,
                aws.REGION,
                machine.zone,
                {
                    "eks.amazonaws.com/nodegroup": "default",
                    "eks.amazonaws.com/capacityType": (
                        "SPOT" if machine.purchase == "spot" else "ON_DEMAND"
                    ),
                },
            )


def _aks_nodes() -> Iterator[dict[str, Any]]:
    company = azure.EA_COMPANY
    for vm in company.vms:
        if vm.scale_set:
            resource_id, _ = company.vm_id(vm)
            number = int(vm.name.rsplit("_", maxsplit=1)[1])
            pool = vm.scale_set.split("-")[1]
            labels = {
                "agentpool": pool,
                "kubernetes.azure.com/cluster": company.node_group,
                "kubernetes.azure.com/mode": "system" if pool == "system" else "user",
            }
            if vm.purchase == "Spot":
                labels["kubernetes.azure.com/scalesetpriority"] = "spot"
            yield _node(
                vm.scale_set + _base36(number),
                "azure://"
                + resource_id.replace(company.node_group, company.node_group.lower())
                + f"/virtualMachines/{number}",
                vm.meter.size,
                "westeurope",
                f"westeurope-{number % 3 + 1}",
                labels,
            )


def _gke_nodes() -> Iterator[dict[str, Any]]:
    account = gcp.ACCOUNTS[0]
    for machine in account.machines:
        if machine.cluster:
            labels = {"cloud.google.com/gke-nodepool": machine.name.split("-")[2]}
            if machine.family is gcp.E2_SPOT:
                labels["cloud.google.com/gke-spot"] = "true"
            yield _node(
                machine.name,
                f"gce://{account.project}/{machine.zone}/{machine.name}",
                machine.machine_type,
                gcp.REGION,
                machine.zone,
                labels,
            )


def _node(
    name: str, provider_id: str, instance_type: str, region: str, zone: str, labels: dict[str, str]
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": instance_type,
                "topology.kubernetes.io/region": region,
                "topology.kubernetes.io/zone": zone,
                **labels,
            },
        },
        "spec": {"providerID": provider_id},
        "status": {"nodeInfo": {"operatingSystem": "linux", "kubeletVersion": "v1.33.2"}},
    }


def _base36(number: int) -> str:
    """Six digits, as AKS numbers the nodes of a scale set."""
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits


def _price_sheet() -> str:
    """The EA price sheet as the portal downloads it; a machine's price is for 100 hours."""
    header = [
        *("Meter ID", "Meter name", "Meter category", "Meter sub-category", "Meter region"),
        *("Unit", "Unit of measure", "Part number", "Unit price", "Currency code"),
        *("Included quantity", "Offer Id", "Term", "Price type"),
    ]
    prices = [
        [
            *(meter.meter_id, meter.name, meter.category, meter.subcategory, "EU West"),
            *("100 Hours", "100 Hours", "AAD-33333", text(meter.price * share * 100), "USD"),
            *("0", offer, "", "Consumption"),
        ]
        for meter in azure.VM_METERS
        for offer, share in OFFERS.items()
    ]
    return "Price Sheet Report for billing period - 202610\n\n" + _csv([header, *prices])


def _reservation_details() -> str:
    """Details of the enterprise's reservation in October, of a machine that it covered."""
    company = azure.EA_COMPANY
    reservation = next(c for c in company.commitments if c.model == "Reservation")
    machine, _ = company.vm_id(next(vm for vm in company.vms if vm.purchase == reservation.key))
    header = [
        *("InstanceFlexibilityGroup", "InstanceFlexibilityRatio", "InstanceId", "Kind"),
        *("ReservationOrderId", "ReservationId", "ReservedHours", "RIUsedHours", "SkuName"),
        *("TotalReservedQuantity", "UsageDate", "UsedHours"),
    ]
    days = [
        [
            *("Dsv5 Series", "1", machine, "Reservation"),
            *(reservation.order_id, reservation.id, reservation.count * 24, 24, reservation.size),
            *(reservation.count, f"{day:%m/%d/%Y}", 24),
        ]
        for day in days_of("2026-10")
    ]
    return _csv([header, *days])


def _reservation_transactions() -> str:
    """What the customer agreement has bought, by the month, and returned."""
    header = [
        *("Amount", "ArmSkuName", "BillingFrequency", "BillingProfileId", "BillingProfileName"),
        *("Currency", "Description", "EventDate", "EventType", "Invoice", "InvoiceId"),
        *("InvoiceSectionId", "InvoiceSectionName", "PurchasingSubscriptionGuid"),
        *("PurchasingSubscriptionName", "Quantity", "Region", "ReservationOrderId"),
        *("ReservationOrderName", "Term"),
    ]
    company = azure.MCA_COMPANY
    order = company.commitments[0]
    events = [
        ("2026-09-01", "Purchase", order.count, order.daily * 30),
        ("2026-10-01", "Purchase", order.count, order.daily * 31),
        ("2026-10-10", "Refund", 1, -order.daily * 22 / order.count),
    ]
    rows = [
        [
            *(text(amount), order.size, "Recurring", "shop-profile", "Shop", "USD"),
            *(f"{order.size} westeurope 1 Year", f"{day}T00:00:00Z", event, "", "", "", "Platform"),
            *(company.subscription_id, "Shop MCA", quantity, "westeurope"),
            *(order.order_id, order.order_name, "P1Y"),
        ]
        for day, event, quantity, amount in events
    ]
    return _csv([header, *rows])


def _subscriptions() -> Iterator[dict[str, Any]]:
    for company in (azure.EA_COMPANY, azure.MCA_COMPANY, azure.LEGACY_COMPANY):
        yield {
            "id": f"/subscriptions/{company.subscription_id}",
            "subscriptionId": company.subscription_id,
            "displayName": f"Shop {company.key.upper()}",
            "state": "Enabled",
            "subscriptionPolicies": {"quotaId": "EnterpriseAgreement_2014-09-01"},
        }


def _csv(rows: list[list[Any]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _json(data: Any) -> str:
    return json.dumps(data, indent=1) + "\n"
