"""What commitments cost, written again: random bills of AWS, told commitment by commitment."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudbill.config import load_config
from cloudbill.lake.index import write_index
from cloudbill.lake.load import load
from cloudbill.warehouse.handover import open_warehouse
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace

Line = dict[str, Any]
ZERO = Decimal(0)
PAYER = "000000000001"
NET = Decimal("0.9")
HOURS = Decimal(1440)
# The day after the last one with usage.
TO_COME = "2026-04-05"

EFFECTIVE = {
    "reservation": "reservation_effective_cost",
    "plan": "savings_plan_savings_plan_effective_cost",
}
COMMITTED = "savings_plan_total_commitment_to_date"
USED = "savings_plan_used_commitment"
UNUSED = (
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_unused_recurring_fee",
)
SHARE = {
    "reservation": "reservation_amortized_upfront_fee_for_billing_period",
    "plan": "savings_plan_amortized_upfront_commitment_for_billing_period",
}
RECURRING = "savings_plan_recurring_commitment_for_billing_period"
# Beside each amount, what it is after discounts.
AFTER_DISCOUNTS = {
    "line_item_unblended_cost": "line_item_net_unblended_cost",
    EFFECTIVE["reservation"]: "reservation_net_effective_cost",
    EFFECTIVE["plan"]: "savings_plan_net_savings_plan_effective_cost",
    SHARE["reservation"]: "reservation_net_amortized_upfront_fee_for_billing_period",
    SHARE["plan"]: "savings_plan_net_amortized_upfront_commitment_for_billing_period",
    RECURRING: "savings_plan_net_recurring_commitment_for_billing_period",
    UNUSED[0]: "reservation_net_unused_amortized_upfront_fee_for_billing_period",
    UNUSED[1]: "reservation_net_unused_recurring_fee",
}
AMOUNTS = [*AFTER_DISCOUNTS, COMMITTED, USED]
SERVICES = {
    "ec2": ("AmazonEC2", "reserved-instances/ri-"),
    "rds": ("AmazonRDS", "ri:ri-"),
    "cache": ("AmazonElastiCache", "reserved-instance:ri-"),
    "search": ("AmazonES", "reserved-instances/ri-"),
    "redshift": ("AmazonRedshift", "reservednodes/ri-"),
    "dynamodb": ("AmazonDynamoDB", "reserved-capacity/ri-"),
    "host": ("AmazonEC2", "host-reservation/hr-"),
}


def money(choose: random.Random, most: int) -> Decimal:
    return Decimal(choose.randrange(1, most * 100)) / 100


def line(kind: str, day: int, cost: Decimal, **columns: object) -> Line:
    return {
        "line_item_line_item_type": kind,
        "line_item_usage_start_date": f"2026-04-{day:02d}T00:00:00Z",
        "line_item_unblended_cost": cost,
        "line_item_usage_account_id": PAYER,
        **columns,
    }


def reservation(choose: random.Random, number: int) -> Iterator[Line]:
    """One of the services that have reservations, with what AWS states of it."""
    service = choose.choice(list(SERVICES))
    product, arn = SERVICES[service]
    about = {
        "reservation_reservation_a_r_n": f"arn:aws:{service}:us-east-1:{PAYER}:{arn}{number}",
        "line_item_product_code": product,
        "product_region_code": "us-east-1",
    }
    recurring = choose.choice([ZERO, money(choose, 90)])
    share = choose.choice([ZERO, money(choose, 60)]) if recurring else money(choose, 60)
    owed = recurring + share
    used = choose.choice(
        [owed, ZERO, (owed * choose.randrange(101) / 100).quantize(Decimal("0.01"))]
    )
    unused = owed - used
    states_use = service != "host" and choose.random() < 0.8
    states_unused = service not in ("host", "dynamodb") and choose.random() < 0.8
    shows_fee, shows_use = choose.choice([(True, True)] * 4 + [(True, False), (False, True)])
    hours = {
        cost: (HOURS * cost / owed).quantize(Decimal("1e-9"))
        for cost in (used / 4, used - used / 4)
    }
    if shows_fee:
        stated: Line = {SHARE["reservation"]: share} if service != "host" else {}
        stated |= {
            "line_item_usage_amount": HOURS,
            "reservation_total_reserved_units": HOURS,
            "reservation_total_reserved_normalized_units": HOURS * 4,
        }
        if states_unused:
            upfront = min(unused, share)
            stated |= {UNUSED[0]: upfront, UNUSED[1]: unused - upfront}
            stated["reservation_unused_quantity"] = HOURS - sum(hours.values())
        yield line("RIFee", 1, recurring, **stated, **about)
        if share and choose.random() < 0.4:
            term = share * 12
            words = {"line_item_line_item_description": "Sign up charge for subscription: 1"}
            yield line("Fee", 1, term, **words, **about)
            if choose.random() < 0.5:
                words = {"line_item_line_item_description": "Refund of sign up charge"}
                yield line("Refund", 9, -term, **words, **about)
    if shows_use and used:
        parts = [used / 4, used - used / 4]
        for day, cost in enumerate(parts, start=3):
            stated = {EFFECTIVE["reservation"]: cost} if states_use else {}
            yield line(
                "DiscountedUsage",
                day,
                ZERO,
                # A machine of twice the size that was bought.
                line_item_usage_amount=hours[cost] / 2,
                line_item_normalization_factor=8,
                pricing_unit="Hrs",
                pricing_public_on_demand_cost=cost * 2,
                **stated,
                **about,
            )
    yield from lines_that_only_name(choose, about)


def plan(choose: random.Random, number: int) -> Iterator[Line]:
    """A savings plan: days of commitment, some of them still to come."""
    about = {
        "savings_plan_savings_plan_a_r_n": f"arn:aws:savingsplans::{PAYER}:savingsplan/sp-{number}"
    }
    fee = about | {"line_item_product_code": "ComputeSavingsPlans"}
    payment, part = choose.choice(
        [("No Upfront", 0), ("Partial Upfront", 50), ("All Upfront", 100)]
    )
    about["savings_plan_payment_option"] = fee["savings_plan_payment_option"] = payment
    states = choose.choice(["all", "all", "all", "no use", "no used commitment", "nothing"])
    shows_fee, shows_use = choose.choice([(True, True)] * 4 + [(True, False), (False, True)])
    committed = money(choose, 20) * 2
    if payment == "All Upfront" and shows_fee and choose.random() < 0.3:
        yield line("SavingsPlanUpfrontFee", 1, committed * 365, **fee)
        if choose.random() < 0.5:
            words = {"line_item_line_item_description": "Refund for one-time fee of savings plan 1"}
            yield line("Refund", 5, -committed * 365, **words, **fee)
    for day in range(1, 6):
        used = choose.choice(
            [committed, (committed * choose.randrange(101) / 100).quantize(Decimal("0.01"))]
        )
        is_to_come = day == 5
        upfront = committed * part / 100
        if shows_fee:
            stated = {SHARE["plan"]: upfront, RECURRING: committed - upfront}
            if states in ("all", "no use") and not is_to_come:
                stated |= {COMMITTED: committed, USED: used}
            elif states == "no used commitment" and not is_to_come:
                stated |= {COMMITTED: committed}
            yield line("SavingsPlanRecurringFee", day, committed - upfront, **stated, **fee)
        if shows_use and used and not is_to_come:
            stated = {EFFECTIVE["plan"]: used} if states in ("all", "no used commitment") else {}
            usage = {"line_item_product_code": "AmazonEC2", "line_item_usage_amount": 24}
            yield line("SavingsPlanCoveredUsage", day, used * 2, **stated, **usage, **about)
            yield line("SavingsPlanNegation", day, -used * 2, **usage, **about)
    yield from lines_that_only_name(choose, fee)


def lines_that_only_name(choose: random.Random, about: Line) -> Iterator[Line]:
    for kind in ("Tax", "Credit", "EdpDiscount", "RiVolumeDiscount", "Refund"):
        if choose.random() < 0.3:
            words = "Refund of recurring fee" if kind == "Refund" else kind
            sign = 1 if kind == "Tax" else -1
            yield line(
                kind, 2, sign * money(choose, 9), **about, line_item_line_item_description=words
            )


def net_of(each: Line, column: str) -> Decimal:
    """What is left of an amount after discounts: plans were paid upfront before there were any."""
    if column == SHARE["plan"]:
        return Decimal(1)
    if column == EFFECTIVE["plan"]:
        paid_before = {"No Upfront": 0, "Partial Upfront": 1, "All Upfront": 2}
        parts = paid_before[each["savings_plan_payment_option"]]
        return (parts + (2 - parts) * NET) / 2
    return NET


# ---------- the rules again


def number_of(each: Line, column: str, *, net: bool) -> Decimal:
    column = AFTER_DISCOUNTS.get(column, column) if net else column
    return Decimal(each.get(column) or 0)


def costs_of(lines: list[Line], *, net: bool = False) -> dict[str, Decimal]:
    """What a commitment's lines cost over time: the used and the unused part."""
    kind = (
        "plan"
        if any("savings_plan_savings_plan_a_r_n" in each for each in lines)
        else "reservation"
    )
    by_type: dict[str, list[Line]] = defaultdict(list)
    for each in lines:
        by_type[each["line_item_line_item_type"]].append(each)

    def total(types: str, column: str, is_net: bool = net) -> Decimal:
        return sum(
            (
                number_of(each, column, net=is_net)
                for name in types.split()
                for each in by_type[name]
            ),
            ZERO,
        )

    fee, use = (
        ("RIFee", "DiscountedUsage")
        if kind == "reservation"
        else ("SavingsPlanRecurringFee", "SavingsPlanCoveredUsage")
    )
    billed = "line_item_unblended_cost"
    recurring, share = total(fee, billed), total(fee, SHARE[kind])
    effective, effective_gross = total(use, EFFECTIVE[kind]), total(use, EFFECTIVE[kind], False)
    unused = total(fee, UNUSED[0]) + total(fee, UNUSED[1])
    committed, used = total(fee, COMMITTED), total(fee, USED)
    is_stated = unused != 0
    if kind == "plan":
        # Days without usage say 0, unless usage was covered all the same.
        is_stated = committed != 0 and (used != 0 or effective_gross == 0)
        ratio = net_of(lines[0], EFFECTIVE["plan"]) if net else 1
        unused = (committed - used) * ratio if is_stated else ZERO
    covered = effective if effective_gross else total(use + " SavingsPlanNegation", billed)
    rest = max(recurring + share - effective - unused, ZERO)
    arn = lines[0].get("reservation_reservation_a_r_n", "")
    if (
        not is_stated
        and "host-reservation" not in arn
        and (by_type[use] or "dynamodb" in arn)
        and bool(effective_gross) == bool(by_type[use])
    ):
        unused, rest = unused + rest, ZERO
    # What stays on a plan's fee of the day to come: all of it, or the part that did not come back.
    fee_to_come = sum(
        (
            number_of(each, column, net=net)
            for each in by_type["SavingsPlanRecurringFee"]
            for column in (billed, SHARE[kind])
            if each["line_item_usage_start_date"].startswith(TO_COME)
        ),
        ZERO,
    )
    to_come = fee_to_come if is_stated else fee_to_come * rest / (recurring + share or 1)
    # An upfront fee leaves for its share of the period; one that nothing amortizes stays.
    upfront = total("Fee SavingsPlanUpfrontFee", billed)
    refund = sum(
        (number_of(each, billed, net=net) for each in by_type["Refund"] if gives_back_a_term(each)),
        ZERO,
    )
    explained = total(fee, SHARE[kind])
    if total(fee, SHARE[kind], False) and "host-reservation" not in arn:
        explained -= upfront + refund
        upfront = refund = ZERO
    return {
        "used": covered + rest + upfront - to_come,
        "unused": unused,
        "to come": to_come,
        "refund": refund,
        "explained": explained,
    }


def gives_back_a_term(each: Line) -> bool:
    words = str(each.get("line_item_line_item_description"))
    return "Refund of sign up" in words or "Refund for one-time" in words


def commitment_of(each: Line) -> str:
    return str(
        each.get("savings_plan_savings_plan_a_r_n")
        or each.get("reservation_reservation_a_r_n")
        or ""
    )


# ---------- comparing

ROLES = {
    "RIFee",
    "Fee",
    "DiscountedUsage",
    "SavingsPlanRecurringFee",
    "SavingsPlanUpfrontFee",
    "SavingsPlanCoveredUsage",
    "SavingsPlanNegation",
}


def bill_of(seed: int) -> list[Line]:
    choose = random.Random(seed)
    lines = [line("Usage", 2, Decimal(5), line_item_product_code="AmazonS3")]
    for number in range(60):
        make = choose.choice([reservation, reservation, plan])
        lines += make(choose, number)
    return lines


def write(folder: Path, lines: list[Line], *, blank: str, net: bool) -> list[Line]:
    """Writes a bill; what a line does not state is blank, or 0 as in CUR 2.0."""
    rows = []
    for each in lines:
        row = each | {
            "bill_payer_account_id": PAYER,
            "bill_billing_period_start_date": "2026-04-01T00:00:00Z",
            "line_item_currency_code": "USD",
        }
        if net:
            is_discount = each["line_item_line_item_type"].endswith("Discount")
            row |= {
                AFTER_DISCOUNTS[name]: Decimal(value) * (0 if is_discount else net_of(each, name))
                for name, value in each.items()
                if name in AFTER_DISCOUNTS
            }
        rows.append(dict.fromkeys(AMOUNTS, blank) | row)
    folder.mkdir()
    with (folder / "bill.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted({name for row in rows for name in row}), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return rows


@pytest.fixture(scope="module")
def bills() -> dict[str, list[Line]]:
    lines = bill_of(seed=1)
    return {
        "zeros": lines,
        "blanks": lines,
        # Nothing of what the first have changes by what another has besides.
        "more": lines
        + [
            each | {name: f"{each[name]}x" for name in each if name.endswith("_a_r_n")}
            for each in bill_of(seed=2)
        ],
        "net": bill_of(seed=3),
    }


@pytest.fixture(scope="module")
def built(bills: dict[str, list[Line]], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("commitments")
    for name, lines in bills.items():
        bills[name] = write(
            root / name, lines, blank="" if name == "blanks" else "0.0", net=name == "net"
        )
    config = root / "bills.yml"
    config.write_text(
        "bills:\n"
        + "".join(
            f"  - {{name: {name}, kind: aws_cur, location: {name}, may_repeat: true}}\n"
            for name in bills
        )
    )
    return build(config, "+commitments", "+bill_reconciliation", "+focus_charges")


def build(config: Path, *selected: str) -> Workspace:
    """Build what is selected, and run the data tests of it."""
    workspace = Workspace(config.parent / "workspace")
    assert not [result for result in load(load_config(config), workspace) if result.reason]
    write_index(workspace)
    options = ["--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
    result = run_dbt(workspace, ["build", "--select", *selected, *options])
    assert [n.message for n in result.result if n.status in ("error", "fail")] == []
    return workspace


def query(workspace: Workspace, text: str) -> list[tuple[Any, ...]]:
    with open_warehouse(workspace) as connection:
        return connection.execute(text).fetchall()


def expected(lines: list[Line], *, net: bool) -> dict[str, dict[str, Decimal]]:
    groups: dict[str, list[Line]] = defaultdict(list)
    for each in lines:
        if commitment_of(each):
            groups[commitment_of(each)].append(each)
    return {
        name: costs_of(group, net=net)
        for name, group in groups.items()
        if any(each["line_item_line_item_type"] in ROLES for each in group)
    }


def test_what_each_commitment_costs(bills: dict[str, list[Line]], built: Workspace) -> None:
    for name, lines in bills.items():
        for column, net in (("amortized_cost", False), ("amortized_net_cost", name == "net")):
            found = query(
                built,
                f"""
                select commitment_discount_id,
                    coalesce(sum({column}) filter (commitment_discount_status = 'Unused'), 0),
                    sum({column})
                from charges
                where scope = '{name}' and commitment_discount_id is not null
                group by all
                """,
            )
            wanted = expected(lines, net=net)
            assert {row[0] for row in found} == set(wanted)
            for commitment, unused, cost in found:
                rule = wanted[commitment]
                told = (name, column, commitment)
                assert float(unused) == pytest.approx(float(rule["unused"]), abs=1e-8), told
                total = rule["used"] + rule["unused"] + rule["to come"]
                assert float(cost) == pytest.approx(float(total), abs=1e-8), told


def test_the_report_of_commitments(bills: dict[str, list[Line]], built: Workspace) -> None:
    found = query(
        built,
        "select commitment_discount_id, sum(used_cost), sum(unused_cost), sum(to_come_cost),"
        " min(utilization), max(utilization) from commitments group by all",
    )
    wanted: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for lines in bills.values():
        for name, rule in expected(lines, net=False).items():
            wanted[name][0] += rule["used"]
            wanted[name][1] += rule["unused"]
            wanted[name][2] += rule["to come"]
    assert any(to_come for _, _, to_come in wanted.values())
    # What cost nothing has a row only where usage saved by it.
    assert {name for name, *_ in found} <= set(wanted)
    assert {name for name, *_ in found} >= {name for name, costs in wanted.items() if any(costs)}
    for name, used, unused, to_come, least, most in found:
        assert float(used) == pytest.approx(float(wanted[name][0]), abs=1e-8), name
        assert float(unused) == pytest.approx(float(wanted[name][1]), abs=1e-8), name
        assert float(to_come) == pytest.approx(float(wanted[name][2]), abs=1e-8), name
        assert least is None or 0 <= least <= most <= 1, name


def test_only_what_comes_back_explains_a_difference(
    bills: dict[str, list[Line]], built: Workspace
) -> None:
    found = query(
        built,
        "select export_name, in_charges, explained from bill_reconciliation"
        " where measure = 'amortized'",
    )
    assert {name for name, *_ in found} == set(bills)
    for name, amortized, explained in found:
        rules = expected(bills[name], net=False).values()
        others = sum(
            Decimal(each["line_item_unblended_cost"])
            for each in bills[name]
            if each["line_item_line_item_type"] not in ROLES and not gives_back_a_term(each)
        )
        parts = ("used", "unused", "to come", "refund")
        costs = sum(rule[part] for rule in rules for part in parts)
        assert float(amortized) == pytest.approx(float(others + costs), abs=1e-6), name
        wanted = sum(rule["explained"] for rule in rules)
        assert float(explained) == pytest.approx(float(wanted), abs=1e-6), name


def test_quantities_are_in_one_unit(bills: dict[str, list[Line]], built: Workspace) -> None:
    found = query(
        built,
        """
        select x_CloudbillScope, CommitmentDiscountId,
            coalesce(sum(CommitmentDiscountQuantity) filter (ChargeCategory = 'Purchase'), 0),
            coalesce(sum(CommitmentDiscountQuantity) filter (CommitmentDiscountStatus = 'Used'), 0),
            coalesce(
                sum(CommitmentDiscountQuantity) filter (CommitmentDiscountStatus = 'Unused'), 0
            ),
            count(distinct CommitmentDiscountUnit)
        from focus_charges
        where CommitmentDiscountType = 'Reservation'
        group by all
        """,
    )
    assert found
    balanced = 0
    for name, commitment, purchased, used, unused, units in found:
        lines = [each for each in bills[name] if commitment_of(each) == commitment]
        fees = [each for each in lines if each["line_item_line_item_type"] == "RIFee"]
        uses = [each for each in lines if each["line_item_line_item_type"] == "DiscountedUsage"]
        told = (name, commitment)
        # Without the fee the size that was bought is not told.
        factor = 2 if fees else 1
        hours = sum((Decimal(each["line_item_usage_amount"]) * factor for each in uses), ZERO)
        assert units <= 1, told
        assert float(purchased) == float(HOURS * len(fees)), told
        assert float(used) == pytest.approx(float(hours), abs=1e-6), told
        if unused:
            assert float(used + unused) == pytest.approx(float(HOURS), abs=1e-6) or not uses, told
            balanced += 1
    assert balanced


AZURE = """\
Date,BillingPeriodStartDate,CostInBillingCurrency,BillingCurrencyCode,SubscriptionId,MeterId,\
MeterCategory,ConsumedService,UnitOfMeasure,Quantity,ChargeType,PricingModel,ReservationId
04/05/2026,04/01/2026,{use},EUR,s,m,Virtual Machines,Microsoft.Compute,1 Hour,24,Usage,\
Reservation,r1
"""
BOUGHT = """\
04/05/2026,04/01/2026,100,EUR,s,b,Virtual Machines,Microsoft.Capacity,1 Hour,1,Purchase,\
Reservation,o1
"""


def test_a_purchase_beside_use_without_a_public_price(tmp_path: Path) -> None:
    """What the purchase saved is 0, what the use saved is not told: nothing contradicts itself."""
    for name, lines in (("actual", AZURE.format(use=0) + BOUGHT), ("am", AZURE.format(use=1.5))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bill.csv").write_text(lines)
    (tmp_path / "bills.yml").write_text(
        "bills:\n"
        "  - {name: actual, kind: azure_cost, location: actual, scope: a, dataset: actual}\n"
        "  - {name: amortized, kind: azure_cost, location: am, scope: a, dataset: amortized}\n"
    )
    workspace = build(tmp_path / "bills.yml", "+commitments")
    found = query(workspace, "select used_cost, unused_cost, savings from commitments")
    assert found == [(Decimal("1.5"), 0, None)]
