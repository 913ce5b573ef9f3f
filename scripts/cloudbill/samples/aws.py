"""Two AWS payers: a legacy Cost and Usage Report and a CUR 2.0 data export.

The rows follow AWS's Cost and Usage Report user guide. Every price has few enough digits that all
products are exact, so a payer's amortized cost equals its unblended cost minus upfront fees plus
what is amortized of them, to the last digit.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from cloudbill.samples.columns import AWS_LEGACY, AWS_LEGACY_NET, AWS_NET, AWS_TAGS
from cloudbill.samples.lines import (
    ACCOUNT,
    COPY,
    PERIODS,
    ZERO,
    BillFile,
    Export,
    Line,
    days_of,
    digest,
    floor,
    month_end,
    month_start,
    text,
)

D = Decimal
ONE = D(1)
REGION = "eu-central-1"
EDP = D("0.05")
KUBERNETES_TAGS = {tag for tag in AWS_TAGS if "eks:" in tag or "kubernetes.io" in tag}
KUBECOST_TYPES = (
    "Usage",
    "DiscountedUsage",
    "SavingsPlanCoveredUsage",
    "EdpDiscount",
    "PrivateRateDiscount",
)
# What is bought rather than used: its list price is that of the usage it pays for.
COMMITMENT_TYPES = (
    "RIFee",
    "SavingsPlanNegation",
    "SavingsPlanRecurringFee",
    "SavingsPlanUpfrontFee",
)


@dataclass(frozen=True)
class InstanceType:
    """What a size costs an hour in Frankfurt (shaped like AWS's prices, not copied from them)."""

    name: str
    vcpu: int
    memory: str
    factor: Decimal
    on_demand: Decimal
    spot: Decimal
    savings_plan: Decimal


TYPES = {
    t.name: t
    for t in (
        InstanceType("m5.large", 2, "8 GiB", D(4), D("0.115"), D("0.0412"), D("0.0839")),
        InstanceType("m5.xlarge", 4, "16 GiB", D(8), D("0.23"), D("0.0827"), D("0.1679")),
        InstanceType("c5.xlarge", 4, "8 GiB", D(8), D("0.194"), D("0.0769"), D("0.1416")),
        InstanceType("r5.large", 2, "16 GiB", D(4), D("0.152"), D("0.0531"), D("0.1109")),
    )
}


@dataclass(frozen=True)
class Reservation:
    """A reservation of some instances for a year, priced per instance and hour."""

    key: str
    instance_type: str
    count: int
    upfront: Decimal
    recurring: Decimal
    start: date

    @property
    def payment(self) -> str:
        """AWS's name of the payment option."""
        return "Partial Upfront" if self.upfront else "No Upfront"

    @property
    def arn(self) -> str:
        """ARN as reservation/ReservationARN has it."""
        return (
            f"arn:aws:ec2:{REGION}:{{payer}}:reserved-instances/{COPY}-"
            f"{digest('ri', self.key, length=4)}-4d3a-9c61-{digest('ri', self.key, length=12)}"
        )


@dataclass(frozen=True)
class SavingsPlan:
    """A compute savings plan: dollars an hour, of which a share was paid upfront."""

    key: str
    commitment: Decimal
    upfront_share: Decimal
    start: date

    @property
    def payment(self) -> str:
        """AWS's name of the payment option."""
        return {ZERO: "No Upfront", D(1): "All Upfront"}.get(self.upfront_share, "Partial Upfront")

    @property
    def arn(self) -> str:
        """ARN as savingsPlan/SavingsPlanARN has it."""
        return (
            f"arn:aws:savingsplans::{{payer}}:savingsplan/{COPY}-"
            f"{digest('sp', self.key, length=4)}-4b7e-8f10-{digest('sp', self.key, length=12)}"
        )


@dataclass(frozen=True)
class Machine:
    """An instance, how it is bought, and whether it runs all day."""

    name: str
    instance_type: str
    purchase: str  # on demand, spot, or the key of a commitment
    zone: str
    always_on: bool = True
    cluster: str | None = None
    is_billed: bool = True

    @property
    def resource_id(self) -> str:
        """EC2 instance id."""
        return f"i-0{digest('ec2', self.name, length=8)}{COPY}"

    @property
    def volume_id(self) -> str:
        """Id of the root volume."""
        return f"vol-0{digest('ebs', self.name, length=8)}{COPY}"


@dataclass(frozen=True)
class Payer:
    """A payer account with its member accounts, machines and commitments."""

    export: Export
    account: str
    members: tuple[str, str]
    cluster: str
    machines: tuple[Machine, ...]
    reservations: tuple[Reservation, ...]
    savings_plans: tuple[SavingsPlan, ...]


@dataclass
class Period:
    """A bill being written: how it shows discounts, and the rows so far."""

    payer: Payer
    name: str
    rng: random.Random
    has_net: bool
    edp_rows: str | None  # None: columns only; product or resource: a row for each
    lines: list[Line] = field(default_factory=list)

    def add(
        self,
        line_type: str,
        start: date,
        end: date,
        *,
        account: str,
        product: str,
        cost: Decimal,
        usage_type: str = "",
        operation: str = "",
        amount: Decimal = ONE,
        rate: Decimal | None = None,
        public: Decimal | None = None,
        amortized: Decimal | None = None,
        unused: Decimal = ZERO,
        discount: Decimal | None = None,
        bundled: Decimal = ZERO,
        tags: dict[str, str] | None = None,
        facts: dict[str, Decimal] | None = None,
        columns: dict[str, str] | None = None,
    ) -> None:
        """Write a row: money in, native columns and the metrics that follow from it out."""
        share = EDP if discount is None else discount
        net = (cost * (1 - share) + bundled) if self.has_net else cost
        amortized = cost if amortized is None else amortized
        amortized_net = amortized * (1 - share) + bundled if self.has_net else amortized
        is_discount = line_type.endswith("Discount")
        if is_discount and self.has_net:
            net = amortized_net = ZERO
        listed = public if public is not None else cost
        facts = {"upfront_fees": ZERO, "true_up": ZERO} | (facts or {})
        if is_discount or line_type in COMMITMENT_TYPES or facts["upfront_fees"]:
            listed = ZERO
        tag_columns = {f"resourceTags/{key}": value for key, value in (tags or {}).items()}
        interval = f"{start}T00:00:00Z/{end}T00:00:00Z"
        number = len(self.lines)
        row = {
            "identity/LineItemId": COPY
            + digest("line", self.payer.account, self.name, number, length=44),
            "identity/TimeInterval": interval,
            "bill/InvoiceId": "",
            "bill/InvoicingEntity": "Amazon Web Services EMEA SARL",
            "bill/BillingEntity": "AWS",
            "bill/BillType": "Anniversary",
            "bill/PayerAccountId": self.payer.account,
            "bill/BillingPeriodStartDate": f"{month_start(self.name)}T00:00:00Z",
            "bill/BillingPeriodEndDate": f"{month_end(self.name)}T00:00:00Z",
            "lineItem/UsageAccountId": account,
            "lineItem/LineItemType": line_type,
            "lineItem/UsageStartDate": f"{start}T00:00:00Z",
            "lineItem/UsageEndDate": f"{end}T00:00:00Z",
            "lineItem/ProductCode": product,
            "lineItem/UsageType": usage_type,
            "lineItem/Operation": operation,
            "lineItem/UsageAmount": text(amount),
            "lineItem/CurrencyCode": "USD",
            "lineItem/UnblendedRate": "" if rate is None else text(rate),
            "lineItem/UnblendedCost": text(cost),
            "lineItem/BlendedRate": "" if rate is None else text(rate),
            "lineItem/BlendedCost": "" if is_discount else text(cost),
            "lineItem/LegalEntity": "Amazon Web Services EMEA SARL",
            "product/regionCode": REGION if usage_type else "",
            "product/region": REGION if usage_type else "",
            "product/location": "EU (Frankfurt)" if usage_type else "",
            "product/servicecode": product,
            "product/usagetype": usage_type,
            "product/operation": operation,
            "product/sku": digest("sku", usage_type, operation).upper() if usage_type else "",
            "pricing/currency": "USD",
            "pricing/publicOnDemandCost": "" if public is None else text(public),
            **tag_columns,
            **(columns or {}),
        }
        if public is not None and amount:
            row["pricing/term"] = row.get("pricing/term", "OnDemand")
            row["pricing/RateId"] = str(int(digest("rate", usage_type, length=9), 16))
            row["pricing/RateCode"] = f"{row['product/sku']}.JRTCKXETXF.6YS6EN2CT7"
            if rate is not None:
                row.setdefault("pricing/publicOnDemandRate", text(rate))
        if self.has_net:
            row.update(
                {
                    net_name: text(D(row[gross]) * (1 - share))
                    for net_name, gross in AWS_NET.items()
                    if row.get(gross)
                }
            )
            row["lineItem/NetUnblendedCost"] = text(net)
            if is_discount and line_type != "EdpDiscount":
                row["lineItem/NetUnblendedCost"] = ""  # seen both ways: 0 and blank
                row["lineItem/NetUnblendedRate"] = ""
            if not is_discount and not self.edp_rows:
                row["discount/EdpDiscount"] = text(-cost * share)
                row["discount/BundledDiscount"] = text(bundled)
                row["discount/TotalDiscount"] = text(net - cost)
        self.lines.append(
            Line(
                row=row,
                billing_period=self.name,
                currency="USD",
                charge_type=line_type,
                cost=cost,
                list=listed,
                net=net,
                amortized_net=amortized_net,
                amortized=amortized,
                unused=unused,
                is_kubernetes=product == "AmazonEKS"
                or any(tag_columns.get(tag) for tag in KUBERNETES_TAGS),
                in_kubecost_scope=line_type in KUBECOST_TYPES,
                facts=facts,
            )
        )


def aws_bills(seed: int) -> Iterator[BillFile]:
    """All AWS bills of the sample, one file for each month."""
    for payer, name, has_net, edp_rows in (
        (LEGACY_PAYER, PERIODS[0], False, "product"),
        (LEGACY_PAYER, PERIODS[1], True, None),
        (CUR2_PAYER, PERIODS[1], True, "resource"),
    ):
        rng = random.Random(f"{seed}/aws/{payer.account}/{name}")
        period = Period(payer, name, rng, has_net, edp_rows)
        _write_usage(period)
        _write_month(period)
        if edp_rows:
            _write_edp_discounts(period)
        yield _bill_file(period)


def _write_usage(period: Period) -> None:
    payer = period.payer
    used_hours: dict[str, Decimal] = defaultdict(Decimal)
    for day in days_of(period.name):
        reserved = {r.key: D(24) * r.count for r in payer.reservations}
        committed = {plan.key: plan.commitment * 24 for plan in payer.savings_plans}
        negated: dict[tuple[str, str], dict[str, Decimal]] = {}
        for machine in payer.machines:
            if machine.is_billed:
                _write_machine(period, day, machine, reserved, committed, negated)
        for plan in payer.savings_plans:
            for (key, size_name), group in negated.items():
                if key == plan.key:
                    _write_negation(period, day, plan, size_name, group)
            _write_plan_fee(period, day, plan, committed[plan.key])
        for reservation in payer.reservations:
            used_hours[reservation.key] += 24 * reservation.count - reserved[reservation.key]
        _write_services(period, day)
    for reservation in payer.reservations:
        _write_reservation_fee(period, reservation, used_hours[reservation.key])


def _write_machine(
    period: Period,
    day: date,
    machine: Machine,
    reserved: dict[str, Decimal],
    committed: dict[str, Decimal],
    negated: dict[tuple[str, str], dict[str, Decimal]],
) -> None:
    """A day of a machine: what its commitment still covers, the rest on demand or spot."""
    hours = D(24) if machine.always_on else D(period.rng.randrange(600, 2401, 25)) / 100
    size = TYPES[machine.instance_type]
    for reservation in period.payer.reservations:
        covered = min(hours, reserved[reservation.key])
        if machine.purchase == reservation.key and covered:
            _write_reserved_usage(period, day, machine, reservation, covered)
            reserved[reservation.key] -= covered
            hours -= covered
    for plan in period.payer.savings_plans:
        covered = min(hours, floor(committed[plan.key] / size.savings_plan, "0.01"))
        if machine.purchase == plan.key and covered:
            _write_plan_usage(period, day, machine, plan, covered)
            committed[plan.key] -= covered * size.savings_plan
            hours -= covered
            group = negated.setdefault((plan.key, size.name), defaultdict(Decimal))
            group["hours"] += covered
            group["cost"] += covered * size.on_demand
    if hours:
        _write_plain_usage(period, day, machine, hours)
    _write_volume(period, day, machine)


def _machine_columns(period: Period, machine: Machine) -> dict[str, str]:
    size = TYPES[machine.instance_type]
    return {
        "lineItem/ResourceId": machine.resource_id,
        "lineItem/AvailabilityZone": machine.zone,
        "lineItem/NormalizationFactor": text(size.factor),
        "product/ProductName": "Amazon Elastic Compute Cloud",
        "product/instanceType": size.name,
        "product/instanceTypeFamily": size.name.split(".", maxsplit=1)[0],
        "product/memory": size.memory,
        "product/vcpu": str(size.vcpu),
        "product/operatingSystem": "Linux",
        "product/physicalProcessor": "Intel Xeon Platinum 8175",
        "product/productFamily": "Compute Instance",
        "product/tenancy": "Shared",
        "pricing/unit": "Hrs",
        "costCategory/CostCenter": "platform" if machine.cluster else "shop",
    }


def _machine_tags(machine: Machine) -> dict[str, str]:
    if machine.cluster is None:
        return {"user:Name": machine.name, "user:environment": "prod", "user:team": "shop"}
    return {
        "aws:eks:cluster-name": machine.cluster,
        "user:Name": f"{machine.cluster}-{machine.name}",
        "user:environment": "prod",
        "user:team": "platform",
    }


def _write_plain_usage(period: Period, day: date, machine: Machine, hours: Decimal) -> None:
    size = TYPES[machine.instance_type]
    is_spot = machine.purchase == "spot"
    rate = size.spot if is_spot else size.on_demand
    kind = "Spot Instance-hour in EU (Frankfurt)" if is_spot else "On Demand Linux Instance Hour"
    period.add(
        "Usage",
        day,
        day + timedelta(days=1),
        account=period.payer.members[0],
        product="AmazonEC2",
        usage_type=f"EUC1-{'SpotUsage' if is_spot else 'BoxUsage'}:{size.name}",
        operation="RunInstances:SV001" if is_spot else "RunInstances",
        amount=hours,
        rate=rate,
        cost=hours * rate,
        public=None if is_spot else hours * rate,
        tags=_machine_tags(machine),
        columns=_machine_columns(period, machine)
        | {
            "lineItem/NormalizedUsageAmount": text(hours * size.factor),
            "lineItem/LineItemDescription": f"{size.name} Linux/UNIX {kind}"
            if is_spot
            else f"${text(rate)} per {kind} {size.name}",
        },
    )


def _write_reserved_usage(
    period: Period, day: date, machine: Machine, reservation: Reservation, hours: Decimal
) -> None:
    size = TYPES[machine.instance_type]
    effective = (reservation.upfront + reservation.recurring) * hours
    period.add(
        "DiscountedUsage",
        day,
        day + timedelta(days=1),
        account=period.payer.members[0],
        product="AmazonEC2",
        usage_type=f"EUC1-BoxUsage:{size.name}",
        operation="RunInstances",
        amount=hours,
        rate=ZERO,
        cost=ZERO,
        public=hours * size.on_demand,
        amortized=effective,
        tags=_machine_tags(machine),
        columns=_machine_columns(period, machine)
        | _reservation_columns(period, reservation)
        | {
            "lineItem/NormalizedUsageAmount": text(hours * size.factor),
            "lineItem/LineItemDescription": f"{size.name} reserved instance applied",
            "pricing/term": "Reserved",
            "pricing/publicOnDemandRate": text(size.on_demand),
            "reservation/AmortizedUpfrontCostForUsage": text(reservation.upfront * hours),
            "reservation/RecurringFeeForUsage": text(reservation.recurring * hours),
            "reservation/EffectiveCost": text(effective),
        },
    )


def _reservation_columns(period: Period, reservation: Reservation) -> dict[str, str]:
    start = reservation.start
    return {
        "pricing/LeaseContractLength": "1yr",
        "pricing/OfferingClass": "standard",
        "pricing/PurchaseOption": reservation.payment,
        "reservation/ReservationARN": reservation.arn.format(payer=period.payer.account),
        "reservation/SubscriptionId": str(int(digest("sub", reservation.key, length=9), 16)),
        "reservation/StartTime": f"{start}T00:00:00.000Z",
        "reservation/EndTime": f"{start.replace(year=start.year + 1)}T00:00:00.000Z",
        "reservation/ModificationStatus": "Original",
    }


def _write_plan_usage(
    period: Period, day: date, machine: Machine, plan: SavingsPlan, hours: Decimal
) -> None:
    size = TYPES[machine.instance_type]
    effective = hours * size.savings_plan
    period.add(
        "SavingsPlanCoveredUsage",
        day,
        day + timedelta(days=1),
        account=period.payer.members[0],
        product="AmazonEC2",
        usage_type=f"EUC1-BoxUsage:{size.name}",
        operation="RunInstances",
        amount=hours,
        rate=size.on_demand,
        cost=hours * size.on_demand,
        public=hours * size.on_demand,
        amortized=effective,
        tags=_machine_tags(machine),
        columns=_machine_columns(period, machine)
        | _plan_columns(period, plan)
        | {
            "lineItem/NormalizedUsageAmount": text(hours * size.factor),
            "lineItem/LineItemDescription": f"{size.name} covered by Compute Savings Plans",
            "savingsPlan/SavingsPlanRate": text(size.savings_plan),
            "savingsPlan/SavingsPlanEffectiveCost": text(effective),
        },
    )


def _plan_columns(period: Period, plan: SavingsPlan) -> dict[str, str]:
    start = plan.start
    return {
        "savingsPlan/SavingsPlanARN": plan.arn.format(payer=period.payer.account),
        "savingsPlan/StartTime": f"{start}T00:00:00.000Z",
        "savingsPlan/EndTime": f"{start.replace(year=start.year + 1)}T00:00:00.000Z",
        "savingsPlan/OfferingType": "ComputeSavingsPlans",
        "savingsPlan/PaymentOption": plan.payment,
        "savingsPlan/PurchaseTerm": "1yr",
    }


def _write_negation(
    period: Period, day: date, plan: SavingsPlan, size_name: str, group: dict[str, Decimal]
) -> None:
    period.add(
        "SavingsPlanNegation",
        day,
        day + timedelta(days=1),
        account=period.payer.members[0],
        product="AmazonEC2",
        usage_type=f"EUC1-BoxUsage:{size_name}",
        operation="RunInstances",
        amount=group["hours"],
        cost=-group["cost"],
        amortized=ZERO,
        columns={
            "lineItem/LineItemDescription": f"SavingsPlanNegation used by {plan.key}",
            "savingsPlan/SavingsPlanARN": plan.arn.format(payer=period.payer.account),
        },
    )


def _write_plan_fee(period: Period, day: date, plan: SavingsPlan, unused: Decimal) -> None:
    total = plan.commitment * 24
    upfront = total * plan.upfront_share
    period.add(
        "SavingsPlanRecurringFee",
        day,
        day + timedelta(days=1),
        account=period.payer.account,
        product="ComputeSavingsPlans",
        usage_type=f"ComputeSP:1yr{plan.payment.replace(' ', '')}",
        amount=D(24),
        rate=total / 24 - upfront / 24,
        cost=total - upfront,
        amortized=unused,
        unused=unused,
        facts={"true_up": -upfront},
        columns=_plan_columns(period, plan)
        | {
            "lineItem/LineItemDescription": f"1 year {plan.payment} Compute Savings Plan",
            "product/ProductName": "Savings Plans for AWS Compute usage",
            "savingsPlan/TotalCommitmentToDate": text(total),
            "savingsPlan/UsedCommitment": text(total - unused),
            "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod": text(upfront),
            "savingsPlan/RecurringCommitmentForBillingPeriod": text(total - upfront),
        },
    )


def _write_volume(period: Period, day: date, machine: Machine) -> None:
    volumes = [(machine.volume_id, D(80), _machine_tags(machine))]
    if machine.cluster and machine.always_on:
        claim = {
            "user:team": "platform",
            "user:kubernetes.io/created-for/pv/name": f"pvc-{COPY}-{digest(machine.name)[:4]}",
            "user:kubernetes.io/created-for/pvc/name": f"data-{machine.name}",
        }
        volumes.append((machine.volume_id.replace("vol-0", "vol-1"), D(200), claim))
    for resource, size, tags in volumes:
        amount = floor(size / len(days_of(period.name)), "0.0001")
        _write_service(
            period,
            day,
            product="AmazonEC2",
            usage_type="EUC1-EBS:VolumeUsage.gp3",
            operation="CreateVolume-Gp3",
            amount=amount,
            rate=D("0.0952"),
            unit="GB-Mo",
            resource=resource,
            tags=tags,
            family="Storage",
            zone=machine.zone,
        )


def _write_service(
    period: Period,
    day: date,
    *,
    product: str,
    usage_type: str,
    operation: str,
    amount: Decimal,
    rate: Decimal,
    unit: str,
    resource: str,
    family: str,
    tags: dict[str, str] | None = None,
    account: int = 0,
    zone: str = "",
    bundled: Decimal = ZERO,
) -> None:
    period.add(
        "Usage",
        day,
        day + timedelta(days=1),
        account=period.payer.members[account],
        product=product,
        usage_type=usage_type,
        operation=operation,
        amount=amount,
        rate=rate,
        cost=amount * rate,
        public=amount * rate if rate else None,
        bundled=bundled,
        tags=tags,
        columns={
            "lineItem/ResourceId": resource,
            "lineItem/AvailabilityZone": zone,
            "lineItem/LineItemDescription": f"${text(rate)} per {unit} of {usage_type}",
            "product/productFamily": family,
            "product/ProductName": product,
            "pricing/unit": unit,
            "costCategory/CostCenter": "platform" if tags else "shop",
        },
    )


def _write_services(period: Period, day: date) -> None:
    payer, rng = period.payer, period.rng
    member = payer.members[0]
    arn = f"arn:aws:{{}}:{REGION}:{member}:{{}}"
    node = next(machine for machine in payer.machines if machine.cluster)
    _write_service(
        period,
        day,
        product="AmazonEKS",
        usage_type="EUC1-AmazonEKS-Hours:perCluster",
        operation="CreateOperation",
        amount=D(24),
        rate=D("0.1"),
        unit="Hours",
        resource=arn.format("eks", f"cluster/{payer.cluster}"),
        family="Compute",
    )
    _write_service(
        period,
        day,
        product="AWSELB",
        usage_type="EUC1-LoadBalancerUsage",
        operation="LoadBalancing:Network",
        amount=D(24),
        rate=D("0.027"),
        unit="Hrs",
        resource=arn.format("elasticloadbalancing", f"loadbalancer/net/ingress/{COPY}50dc6c49"),
        family="Load Balancer-Network",
        tags={"user:kubernetes.io/service-name": "ingress/nginx"},
    )
    _write_service(
        period,
        day,
        product="AmazonEC2",
        usage_type="EUC1-DataTransfer-Out-Bytes",
        operation="RunInstances",
        amount=D(rng.randrange(500, 9000)) / 100,
        rate=D("0.09"),
        unit="GB",
        resource=node.resource_id,
        family="Data Transfer",
        tags=_machine_tags(node),
    )
    _write_service(
        period,
        day,
        product="AmazonS3",
        usage_type="EUC1-TimedStorage-ByteHrs",
        operation="StandardStorage",
        amount=D(rng.randrange(30000, 40000)) / 1000,
        rate=D("0.0245"),
        unit="GB-Mo",
        resource=f"shop-assets-{COPY}",
        family="Storage",
        account=1,
    )
    _write_service(
        period,
        day,
        product="AWSLambda",
        usage_type="EUC1-Lambda-GB-Second",
        operation="Invoke",
        amount=D(rng.randrange(1000, 9000)),
        rate=ZERO,  # free tier: no public price
        unit="Second",
        resource=f"arn:aws:lambda:{REGION}:{payer.members[1]}:function:thumbnail-{COPY}",
        family="Serverless",
        account=1,
    )
    _write_service(
        period,
        day,
        product="AmazonRDS",
        usage_type="EUC1-InstanceUsage:db.t3.medium",
        operation="CreateDBInstance:0014",
        amount=D(24),
        rate=D("0.077"),
        unit="Hrs",
        resource=f"arn:aws:rds:{REGION}:{payer.members[1]}:db:orders-{COPY}",
        family="Database Instance",
        account=1,
    )
    transfer = D(rng.randrange(2000, 4000)) / 100
    _write_service(
        period,
        day,
        product="AmazonCloudFront",
        usage_type="EU-DataTransfer-Out-Bytes",
        operation="GET",
        amount=transfer,
        rate=D("0.085"),
        unit="GB",
        resource=f"arn:aws:cloudfront::{payer.members[1]}:distribution/E{COPY}".upper(),
        family="Data Transfer",
        account=1,
        bundled=-transfer * BUNDLED,
    )
    period.add(
        "BundledDiscount",
        day,
        day + timedelta(days=1),
        account=payer.members[1],
        product="AmazonCloudFront",
        usage_type="EU-DataTransfer-Out-Bytes",
        cost=-transfer * BUNDLED,
        discount=ZERO,
        columns={"lineItem/LineItemDescription": "CloudFront security bundle discount"},
    )
    period.add(
        "Usage",
        day,
        day + timedelta(days=1),
        account=payer.members[1],
        product="7xdbtzlkmc4gnt0qxlzdz3mh0",
        usage_type="EUC1-SoftwareUsage:hosts",
        operation="Hourly",
        amount=D(48),
        rate=D("0.03"),
        cost=D("1.44"),
        discount=ZERO,
        columns={
            "bill/BillingEntity": "AWS Marketplace",
            "lineItem/LegalEntity": "Observe Ltd",
            "lineItem/LineItemDescription": "AWS Marketplace software usage|eu-central-1",
            "product/ProductName": "Observe Monitoring",
            "pricing/unit": "Hosts",
        },
    )


def _write_reservation_fee(period: Period, reservation: Reservation, used: Decimal) -> None:
    payer, start, end = period.payer, month_start(period.name), month_end(period.name)
    size = TYPES[reservation.instance_type]
    hours_each = D(24 * len(days_of(period.name)))
    hours = hours_each * reservation.count
    upfront, recurring = reservation.upfront, reservation.recurring
    value = upfront * 24 * 365 * reservation.count
    unused = hours - used
    columns = _reservation_columns(period, reservation) | {
        "product/ProductName": "Amazon Elastic Compute Cloud",
        "product/instanceType": size.name,
        "product/productFamily": "Compute Instance",
        "pricing/term": "Reserved",
        "reservation/NumberOfReservations": str(reservation.count),
        "reservation/NormalizedUnitsPerReservation": text(size.factor * hours_each),
        "reservation/UnitsPerReservation": text(hours_each),
        "reservation/TotalReservedUnits": text(hours),
        "reservation/TotalReservedNormalizedUnits": text(hours * size.factor),
        "reservation/UpfrontValue": text(value),
    }
    add_fee = partial(
        period.add,
        account=payer.account,
        product="AmazonEC2",
        usage_type=f"EUC1-HeavyUsage:{size.name}",
        operation="RunInstances",
    )
    add_fee(
        "RIFee",
        start,
        end,
        amount=hours,
        rate=recurring,
        cost=recurring * hours,
        amortized=(upfront + recurring) * unused,
        unused=(upfront + recurring) * unused,
        facts={"true_up": -upfront * hours},
        columns=columns
        | {
            "lineItem/LineItemDescription": f"{size.name} reserved instance, monthly fee",
            "reservation/AmortizedUpfrontFeeForBillingPeriod": text(upfront * hours),
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": text(upfront * unused),
            "reservation/UnusedRecurringFee": text(recurring * unused),
            "reservation/UnusedQuantity": text(unused),
            "reservation/UnusedNormalizedUnitQuantity": text(unused * size.factor),
        },
    )
    if value and reservation.start == start:
        add_fee(
            "Fee",
            start,
            start.replace(year=start.year + 1),
            amount=D(reservation.count),
            cost=value,
            amortized=ZERO,
            facts={"upfront_fees": value},
            columns=columns
            | {
                "bill/BillType": "Purchase",
                "lineItem/LineItemDescription": "Sign up charge for subscription",
            },
        )


def _write_month(period: Period) -> None:
    """Rows that a month has once: fees, taxes and what is given back."""
    payer, start, end = period.payer, month_start(period.name), month_end(period.name)
    for plan in payer.savings_plans:
        upfront = plan.commitment * plan.upfront_share * 24 * 365
        if upfront and plan.start == start:
            period.add(
                "SavingsPlanUpfrontFee",
                start,
                start + timedelta(days=1),
                account=payer.account,
                product="ComputeSavingsPlans",
                usage_type=f"ComputeSP:1yr{plan.payment.replace(' ', '')}",
                cost=upfront,
                amortized=ZERO,
                facts={"upfront_fees": upfront},
                columns=_plan_columns(period, plan) | {"bill/BillType": "Purchase"},
            )
    once: tuple[tuple[str, str, str, Decimal, dict[str, str]], ...] = (
        ("Fee", payer.account, "AWSSupportBusiness", D(100), {}),
        ("Tax", payer.members[0], "AmazonEC2", D("71.13"), {"lineItem/TaxType": "VAT"}),
        ("Tax", payer.members[1], "AmazonRDS", D("12.9"), {"lineItem/TaxType": "VAT"}),
        ("Credit", payer.members[0], "AmazonEC2", D("-25"), {}),
        ("Refund", payer.members[1], "AmazonRDS", D("-3.21"), {"bill/BillType": "Refund"}),
    )
    for line_type, account, product, cost, columns in once:
        period.add(
            line_type,
            start,
            end,
            account=account,
            product=product,
            cost=cost,
            discount=ZERO,
            columns=columns | {"lineItem/LineItemDescription": f"{line_type} of {period.name}"},
        )


def _write_edp_discounts(period: Period) -> None:
    """The enterprise discount as rows: for each day and product, or for each resource as well."""
    discounted = {"Usage", "RIFee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee"}
    groups: dict[tuple[str, str, str, str, str], Decimal] = defaultdict(Decimal)
    tags: dict[tuple[str, str, str, str, str], dict[str, str]] = {}
    for line in period.lines:
        row = line.row
        is_upfront = bool(line.facts["upfront_fees"])
        if row["bill/BillingEntity"] != "AWS" or not (line.charge_type in discounted or is_upfront):
            continue
        resource = row.get("lineItem/ResourceId", "") if period.edp_rows == "resource" else ""
        key = (
            row["lineItem/UsageStartDate"][:10],
            row["lineItem/UsageAccountId"],
            row["lineItem/ProductCode"],
            row["lineItem/UsageType"] if resource else "",
            resource,
        )
        groups[key] += line.cost
        if resource:
            tags[key] = {
                name.removeprefix("resourceTags/"): row[name] for name in AWS_TAGS if row.get(name)
            }
    for key, cost in groups.items():
        if cost:
            start, account, product, usage_type, resource = key
            day = date.fromisoformat(start)
            period.add(
                "EdpDiscount",
                day,
                day + timedelta(days=1),
                account=account,
                product=product,
                usage_type=usage_type,
                cost=-cost * EDP,
                discount=ZERO,
                tags=tags.get(key),
                columns={
                    "lineItem/ResourceId": resource,
                    "lineItem/LineItemDescription": "Enterprise Discount Program discount",
                },
            )


def _bill_file(period: Period) -> BillFile:
    days: dict[str, list[Line]] = defaultdict(list)
    for line in period.lines:
        days[line.row["lineItem/UsageStartDate"]].append(line)
    chunks = [days[day] for day in sorted(days)]
    if period.payer is CUR2_PAYER:
        path = f"data/BILLING_PERIOD={period.name}/cur2-{{part}}.snappy.parquet"
        return BillFile(period.payer.export, path, (), chunks)
    folder = f"{month_start(period.name):%Y%m%d}-{month_end(period.name):%Y%m%d}"
    header = AWS_LEGACY_NET if period.has_net else AWS_LEGACY
    return BillFile(period.payer.export, f"{folder}/payer-{{part}}.csv.gz", header, chunks)


BUNDLED = D("0.0125")  # dollars off per GB
CUR2_PAYER = Payer(
    export=Export("aws-payer-b", "aws_cur", "aws-payer-b"),
    account="990011223344",
    members=(f"00990000{ACCOUNT}", f"31415926{ACCOUNT}"),
    cluster=f"data-eks-{COPY}",
    machines=(
        Machine("spark-1", "r5.large", "ri-b-none", "eu-central-1a", cluster=f"data-eks-{COPY}"),
        Machine("spark-2", "r5.large", "ri-b-none", "eu-central-1b", False, f"data-eks-{COPY}"),
        Machine("spark-3", "m5.large", "ri-b-part", "eu-central-1a", False, f"data-eks-{COPY}"),
        Machine("spark-4", "c5.xlarge", "sp-b-all", "eu-central-1a", cluster=f"data-eks-{COPY}"),
        Machine("spark-5", "m5.xlarge", "sp-b-all", "eu-central-1b", False, f"data-eks-{COPY}"),
        Machine("spark-6", "m5.xlarge", "spot", "eu-central-1b", False, f"data-eks-{COPY}"),
        Machine("airflow", "m5.xlarge", "on demand", "eu-central-1a"),
    ),
    reservations=(
        Reservation("ri-b-none", "r5.large", 2, ZERO, D("0.096"), date(2026, 3, 1)),
        Reservation("ri-b-part", "m5.large", 1, D("0.03"), D("0.036"), date(2026, 7, 15)),
    ),
    savings_plans=(SavingsPlan("sp-b-all", D("0.28"), D(1), date(2026, 10, 1)),),
)
LEGACY_PAYER = Payer(
    export=Export("aws-payer-a", "aws_cur", "aws-payer-a"),
    account="123456789012",
    members=(f"00076543{ACCOUNT}", f"22143310{ACCOUNT}"),
    cluster=f"shop-eks-{COPY}",
    machines=(
        Machine("node-01", "m5.large", "ri-part", "eu-central-1a", cluster=f"shop-eks-{COPY}"),
        Machine("node-02", "m5.large", "ri-part", "eu-central-1b", False, f"shop-eks-{COPY}"),
        Machine("node-03", "m5.large", "ri-part", "eu-central-1c", cluster=f"shop-eks-{COPY}"),
        Machine("node-04", "m5.large", "ri-part", "eu-central-1a", False, f"shop-eks-{COPY}"),
        Machine("node-05", "r5.large", "ri-none", "eu-central-1a", False, f"shop-eks-{COPY}"),
        Machine("node-06", "c5.xlarge", "sp-none", "eu-central-1a", cluster=f"shop-eks-{COPY}"),
        Machine("node-07", "c5.xlarge", "sp-none", "eu-central-1b", False, f"shop-eks-{COPY}"),
        Machine("node-08", "m5.xlarge", "sp-part", "eu-central-1b", False, f"shop-eks-{COPY}"),
        Machine("node-09", "m5.xlarge", "on demand", "eu-central-1c", cluster=f"shop-eks-{COPY}"),
        Machine("node-10", "c5.xlarge", "spot", "eu-central-1a", False, f"shop-eks-{COPY}"),
        Machine("node-11", "m5.xlarge", "spot", "eu-central-1b", False, f"shop-eks-{COPY}"),
        Machine(
            "node-12",
            "m5.large",
            "on demand",
            "eu-central-1b",
            False,
            f"shop-eks-{COPY}",
            is_billed=False,
        ),
        Machine("bastion", "m5.large", "on demand", "eu-central-1a", False),
    ),
    reservations=(
        Reservation("ri-part", "m5.large", 3, D("0.03"), D("0.036"), date(2026, 9, 1)),
        Reservation("ri-none", "r5.large", 1, ZERO, D("0.096"), date(2026, 3, 1)),
    ),
    savings_plans=(
        SavingsPlan("sp-none", D("0.25"), ZERO, date(2026, 5, 1)),
        SavingsPlan("sp-part", D("0.18"), D("0.5"), date(2026, 9, 1)),
    ),
)
