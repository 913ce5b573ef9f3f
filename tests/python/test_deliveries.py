"""Random deliveries of known lines: what the lake holds is what was charged, or it is refused."""

import bz2
import itertools
import json
import os
import random
import shutil
import time
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import duckdb
import pytest

from cloudbill.config import load_config
from cloudbill.errors import CloudbillError
from cloudbill.lake.files import lake_files
from cloudbill.lake.load import forget, load
from cloudbill.lake.same_deliveries import without_lines
from cloudbill.read.made_of import deliveries
from cloudbill.workspace import Workspace

Write = Callable[[str, str], Path]
Loaded = Callable[..., Any]
Lake = Callable[..., Any]

AZURE = "name: a, kind: azure_cost, location: a"
SUBSCRIPTIONS = [f"{letter * 8}-0000-4000-8000-000000000001" for letter in "abc"]
MONTHS = {"2026-09": 30, "2026-10": 31}
HEAD = (
    "SubscriptionId,Date,CostInBillingCurrency,ChargeType,PricingModel,ReservationId,ResourceId,"
    "BillingAccountId\n"
)


@dataclass(frozen=True)
class Line:
    """A charge of the world; its cost is restated as time goes by."""

    subscription: str
    day: str
    resource: str


def cost(line: Line, moment: int) -> int:
    """What a line costs, as it is known at a moment: whole, so that sums are exact."""
    price = 10 * (crc32(f"{line.resource}{line.day}".encode()) % 7)
    return 1 + price + (moment if line.day < "2026-09-20" else 0)


def world() -> list[Line]:
    return [
        Line(subscription, f"{month}-{day:02}", f"vm{number}")
        for subscription in SUBSCRIPTIONS
        for month in MONTHS
        for day in (1, 2, 10, 11, 12, 19, 28)
        for number in (1, 2)
    ]


def text(lines: list[Line], moment: int, dataset: str) -> str:
    """As an export of a dataset writes them: one line in seven is covered by a reservation."""
    rows = []
    for line in lines:
        year, month, day = line.day.split("-")
        is_covered = day in ("10", "01")
        model, reservation = ("Reservation", "r1") if is_covered else ("OnDemand", "")
        amount = 0 if is_covered and dataset == "actual" else cost(line, moment)
        rows.append(
            f"{line.subscription},{month}/{day}/{year},{amount},Usage,{model},{reservation},"
            f"/subscriptions/{line.subscription}/{line.resource},8600001\n"
        )
    return HEAD + "".join(rows)


def manifest(name: str, scope: str, days: tuple[str, str], moment: int, dataset: str,
             blob: str, content: str) -> str:  # fmt: skip
    return json.dumps(
        {
            "dataRowCount": content.count("\n") - 1,
            "exportConfig": {
                "resourceId": f"{scope}/providers/Microsoft.CostManagement/exports/{name}",
                "type": {"actual": "ActualCost", "amortized": "AmortizedCost"}[dataset],
            },
            "runInfo": {
                "submittedTime": f"2026-11-{moment + 1:02}T06:00:00Z",
                "startDate": f"{days[0]}T00:00:00",
                "endDate": f"{days[1]}T00:00:00",
            },
            "blobs": [{"blobName": blob, "byteCount": len(content.encode())}],
        }
    )


class World:
    """Exports that run over and over, and what the newest run of each day says."""

    def __init__(self, seed: int, write: Write) -> None:
        self.choose = random.Random(seed)
        self.write = write
        self.truth: dict[tuple[str, Line], int] = {}
        choose = self.choose
        self.has_manifests = choose.random() < 0.5
        self.datasets = choose.choice([["actual"], ["actual", "amortized"]])
        per_subscription = choose.random() < 0.5
        self.scopes = [[s] for s in SUBSCRIPTIONS] if per_subscription else [SUBSCRIPTIONS]
        self.moment = 0

    def run(self) -> None:
        """One run of an export: a whole month, or some days of it, or across two months."""
        choose = self.choose
        self.moment += 1
        scope = choose.choice(self.scopes)
        dataset = choose.choice(self.datasets)
        whole = [(f"{month}-01", f"{month}-{last}") for month, last in MONTHS.items()]
        days = choose.choice(
            [*whole, *whole, ("2026-09-10", "2026-09-12"), ("2026-09-28", "2026-10-02")]
        )
        lines = [
            line
            for line in world()
            if line.subscription in scope and days[0] <= line.day <= days[1]
        ]
        content = text(lines, self.moment, dataset)
        id_ = uuid.UUID(int=choose.getrandbits(128), version=4)
        name = f"{dataset}-{scope[0][:3] if len(scope) == 1 else 'all'}"
        folder = f"a/{name}/{days[0].replace('-', '')}-{days[1].replace('-', '')}"
        if self.has_manifests:
            path = f"{folder}/{id_}/part_0_0001.csv"
            resource = f"/subscriptions/{scope[0]}" if len(scope) == 1 else "/billing/8600001"
            said = manifest(name, resource, days, self.moment, dataset, path, content)
            self.write(f"{folder}/{id_}/manifest.json", said)
        else:
            path = f"{folder}/{name}_{id_}.csv"
        written = self.write(path, content)
        at = time.time() - 100 * 3600 + self.moment * 3 * 3600
        os.utime(written, (at, at))
        for line in lines:
            is_covered = line.day[8:] in ("10", "01")
            amount = 0 if is_covered and dataset == "actual" else cost(line, self.moment)
            self.truth[dataset, line] = amount
        if choose.random() < 0.2 and not self.has_manifests:
            # Somebody unpacks or copies a file.
            copy = path.replace(".csv", choose.choice([" (1).csv", ".csv.gz"]))
            os.utime(self.write(copy, content), (at, at))

    def totals(self) -> dict[tuple[str, str], int]:
        """What each subscription costs by month and dataset."""
        sums: dict[tuple[str, str], int] = {}
        for (dataset, line), amount in self.truth.items():
            key = (f"{line.day[:7]}{'-amortized' if dataset == 'amortized' else ''}",
                   line.subscription)  # fmt: skip
            sums[key] = sums.get(key, 0) + amount
        return sums


def in_lake(lake: Lake) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for row in lake("azure_cost"):
        key = row["bill"], row["subscriptionid"]
        sums[key] = sums.get(key, 0) + int(row["costinbillingcurrency"])
    return sums


@pytest.mark.parametrize("seed", range(12))
def test_random_runs_count_once_in_any_order_of_arrival(
    write: Write, loaded: Loaded, lake: Lake, workspace: Workspace, seed: int
) -> None:
    world_ = World(seed, write)
    for number in itertools.count(1):
        world_.run()
        if number == 5 or world_.choose.random() < 0.5:
            results = loaded(AZURE)
            refused = [result for result in results if result.status == "refused"]
            assert not refused, (seed, number, refused)
            assert in_lake(lake) == world_.totals(), (seed, number)
        if number == 5:
            break
    assert {r.status for r in loaded(AZURE)} <= {"unchanged", "skipped"}
    assert in_lake(lake) == world_.totals()
    # All at once, they come to the same.
    forget(workspace, "a")
    loaded(AZURE)
    assert in_lake(lake) == world_.totals()


AWS_HEAD = (
    "bill/PayerAccountId,lineItem/UsageAccountId,lineItem/UsageStartDate,lineItem/ProductCode,"
    "lineItem/ResourceId,lineItem/UnblendedCost\n"
)


def aws(*lines: tuple[str, str, str, float], payer: str = "1" * 12) -> str:
    """Lines by account, time, product and cost."""
    rows = (f"{payer},{a},{time_},{product},r,{cost}\n" for a, time_, product, cost in lines)
    return AWS_HEAD + "".join(rows)


def azure(*lines: tuple[str, int], kind: str = "Usage", model: str = "OnDemand") -> str:
    """Lines of one subscription by day and cost."""
    return HEAD + "".join(
        f"{SUBSCRIPTIONS[0]},{day},{cost},{kind},{model},,vm,8600001\n" for day, cost in lines
    )


def told(results: Any) -> list[tuple[str | None, str]]:
    return [(result.bill, result.status) for result in results]


def spent(lake: Lake) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in lake("azure_cost"):
        sums[row["bill"]] = sums.get(row["bill"], 0) + int(row["costinbillingcurrency"])
    return sums


@pytest.mark.parametrize(
    ("name", "other", "costs"),
    [("x.csv", "x.csv.gz", (1, 2)), ("x.csv", "x.csv.gz", (10, 20)), ("x.csv", "y.csv", (1, 2))],
)
def test_versions_in_one_folder_are_no_parts(
    write: Write, loaded: Loaded, lake: Lake, name: str, other: str, costs: tuple[int, int]
) -> None:
    """Unpacked once and delivered again since, or two downloads: they would be counted twice."""
    days = ("2026-10-01T00:00:00Z", "2026-10-02", "2026-10-03")
    lines = [("2" * 12, day, "EC2", cost) for day, cost in zip(days, (*costs, 4), strict=True)]
    write(f"a/{name}", aws(*[("2" * 12, day, "EC2", n + 1) for n, day in enumerate(days[:2])]))
    write(f"a/{other}", aws(*lines))
    (result,) = loaded("name: a, kind: aws_cur, location: a")
    assert result.status == "refused"
    assert f"{other} lie in one folder as the parts of a bill do" in (result.reason or "")
    (write("a/.keep", "").parent / name).unlink()
    (result,) = loaded("name: a, kind: aws_cur, location: a")
    assert (result.status, result.rows) == ("new", 3)


def test_shards_and_what_they_are_put_together_are_no_parts(write: Write, loaded: Loaded) -> None:
    lines = [google("2026-10-06", cost) for cost in (1, 2, 4)]
    for name, part in {"p-0.json": lines[:2], "p-1.json": lines[2:], "all.json": lines}.items():
        write(f"a/2026-10-07/{name}", "".join(part))
    (result,) = loaded("name: a, kind: gcp_billing, location: a")
    assert result.status == "refused"
    assert "all.json and " in (result.reason or "")
    assert "lie in one folder as the parts of a bill do" in (result.reason or "")


def test_an_unpacked_copy_and_a_browsers_copy_are_left_out_and_named(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    text = aws(("2" * 12, "2026-10-01T00:00:00Z", "EC2", 1), ("2" * 12, "2026-10-02", "EC2", 2))
    for name in ("x.csv", "x.csv.gz", "x (1).csv"):
        write(f"a/{name}", text)
    # Alike in some columns is not alike.
    write("a/y.csv", text.replace(",r,", ",s,"))
    results = loaded("name: a, kind: aws_cur, location: a")
    assert sorted(status for _, status in told(results)) == ["new", "skipped", "skipped"]
    assert all("all its lines are those of" in r.reason for r in results if r.reason)
    assert sum(row["line_item_unblended_cost"] for row in lake("aws_cur")) == 3 + 3
    write("a/z.csv", text.replace(",2\n", ",3\n"))
    results = loaded("name: a, kind: aws_cur, location: a")
    assert "hold the same charges" in next(r.reason for r in results if r.status == "refused")


@pytest.mark.parametrize("other", ["restated", "further hours", "further machines"])
def test_a_version_that_restates_every_line_is_no_part(
    other: str, write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Nothing but a manifest or rows tell parts from versions; each hour of a machine is a line."""
    lines = [(f"2026-10-{day:02}T{hour:02}:00:00Z", hour) for day in (1, 2) for hour in range(12)]

    def at(price: float) -> str:
        told = aws(*(("2" * 12, time_, "EC2", price * (10 + hour)) for time_, hour in lines))
        head, *rows = told.splitlines()
        described = [f"{row},${price} per On Demand Linux m5.large Instance Hour" for row in rows]
        return "\n".join([f"{head},lineItem/LineItemDescription", *described, ""])

    text, restated = at(1.0), at(0.97)
    write("a/2026-10/x-1.csv", text)
    write(
        "a/2026-10/x-2.csv",
        {
            "restated": restated,
            "further hours": text.replace(":00:00Z", ":30:00Z"),
            "further machines": restated.replace(",r,", ",s,"),
        }[other],
    )
    (result,) = loaded("name: a, kind: aws_cur, location: a")
    assert result.status == ("refused" if other == "restated" else "new")
    if other == "restated":
        assert "x-1.csv" in result.reason
        assert "x-2.csv lie in one folder as the parts of a bill do" in result.reason
    else:
        assert len(lake("aws_cur")) == 48


@pytest.mark.parametrize("cost", [2, 2.5])
def test_a_daily_report_beside_the_hourly_one_is_refused(
    cost: float, write: Write, loaded: Loaded
) -> None:
    """Where the sums come out; another account's daily file is one more part."""
    hours = [f"2026-10-0{day}T{hour:02}:00:00Z" for day in (1, 2, 3) for hour in (1, 12)]
    days = [f"2026-10-0{day}T00:00:00Z" for day in (1, 2, 3)]
    write("a/2026-10/hourly-1.csv", aws(*(("2" * 12, time_, "EC2", 1) for time_ in hours)))
    write("a/2026-10/daily-1.csv", aws(*(("2" * 12, day, "EC2", cost) for day in days)))
    (result,) = loaded("name: a, kind: aws_cur, location: a")
    assert result.status == ("refused" if cost == 2 else "new")
    assert ("a daily report beside an hourly one" in (result.reason or "")) == (cost == 2)


@pytest.mark.parametrize("is_one_location", [True, False])
def test_a_monthly_report_beside_the_daily_one_is_refused(
    is_one_location: bool, write: Write, loaded: Loaded
) -> None:
    """It dates to the first what ran on other days; days that two reports share out both count."""

    def lines(*charges: tuple[int, int, str, float]) -> str:
        head = AWS_HEAD.replace("\n", ",lineItem/UsageEndDate\n")
        return head + "".join(
            f"{'1' * 12},{'2' * 12},2026-10-{first:02}T00:00:00Z,{product},r,{cost},{end}\n"
            for first, last, product, cost in charges
            for end in [f"{date(2026, 10, first) + timedelta(last - first + 1)}T00:00:00Z"]
        )

    daily = [(day, day, "EC2", 2) for day in range(3, 13)]
    write("a/daily/x.csv", lines(*daily[:5], (1, 31, "Support", 9)))
    write("a/more/x.csv", lines(*daily[5:]))
    write("a/monthly/x.csv", lines((1, 31, "EC2", 20), (1, 31, "S3", 1)))
    names = ("daily", "more", "monthly")
    entries = [f"name: {name}, kind: aws_cur, location: a/{name}" for name in names]
    if is_one_location:
        entries = ["name: a, kind: aws_cur, location: a"]
    results = loaded(*entries)
    assert [r.status for r in results] == ["new", "new", "refused"][-len(entries) :]
    told_of = "hourly one or a monthly one" if is_one_location else "2026-10 of 'daily'"
    assert told_of in results[-1].reason


@pytest.mark.parametrize("has_moved", [True, False])
def test_an_account_that_moves_to_another_payer_in_a_day_counts_with_both(
    has_moved: bool, write: Write, loaded: Loaded
) -> None:
    """The same things on that day at other hours, each as its payer has them."""
    sku = {"sku": {"id": "s"}, "resource": {"global_name": "//vm"}}
    for name, payer, hour in (("old", "A-B-C", 9), ("new", "D-E-F", 19 if has_moved else 9)):
        usage = {"usage_start_time": f"2026-10-05 {hour:02}:00:00 UTC", "billing_account_id": payer}
        write(f"{name}/2026-10-05/p.json", google("2026-10-05", hour, **usage, **sku))
        write(
            f"aws-{name}/x.csv",
            aws(("2" * 12, f"2026-10-05T{hour:02}:00:00Z", "EC2", hour), payer=payer),
        )
    results = loaded(
        *(f"name: {name}, kind: gcp_billing, location: {name}" for name in ("old", "new")),
        *(f"name: {name}, kind: aws_cur, location: {name}" for name in ("aws-old", "aws-new")),
    )
    second = "new" if has_moved else "refused"
    assert [result.status for result in results] == ["new", second, "new", second]
    assert not [result for result in results if "look like charges of" in (result.reason or "")]


@pytest.mark.parametrize(
    ("first", "costs", "status", "spends"),
    [
        ("2026-10-15", (4, 6), "new", 30 * 10 + 4 + 6),
        # The same lines under another account's name, and more than the day of a move.
        ("2026-10-15", (10, 10), "refused", 14 * 10 + 10),
        ("2026-10-14", (4, 6), "refused", 13 * 10 + 4 + 4),
    ],
)
def test_a_subscription_that_moves_to_another_agreement_in_a_day_counts_with_both(
    first: str,
    costs: tuple[int, int],
    status: str,
    spends: int,
    write: Write,
    loaded: Loaded,
    lake: Lake,
) -> None:
    """Lines of a day tell no hours: what each bills of the day of the move is a part of it."""
    days = [f"2026-10-{day:02}" for day in range(1, 32)]
    month = {"old": [d for d in days if d <= "2026-10-15"], "new": [d for d in days if d >= first]}
    for (name, its_days), part in zip(month.items(), costs, strict=True):
        lines = [(day, part if first <= day <= "2026-10-15" else 10) for day in its_days]
        text = "".join(
            f"{SUBSCRIPTIONS[0]},{day},{cost},Usage,OnDemand,,vm{number},{name}\n"
            for day, cost in lines
            for number in range(3)
        )
        write(f"{name}/20261001-20261031/a.csv", HEAD + text)
    entries = (f"name: {name}, kind: azure_cost, location: {name}" for name in month)
    assert [result.status for result in loaded(*entries)] == ["new", status]
    assert spent(lake) == {"2026-10": 3 * spends}


def test_a_report_without_resources_beside_the_one_with_them_is_refused(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Hours of two machines, and their sums: as Google's standard and detailed exports are."""
    times = [f"2026-10-01T{hour:02}:00:00Z" for hour in range(12)]
    lines = aws(*(("2" * 12, time_, "EC2", 1) for time_ in times))
    write("a/2026-10/with-1.csv", lines + lines.partition("\n")[2].replace(",r,", ",s,"))
    write(
        "a/2026-10/without-1.csv",
        aws(*(("2" * 12, t, "EC2", 2) for t in times)).replace(",r,", ",,"),
    )
    results = loaded("name: a, kind: aws_cur, location: a")
    assert [result.status for result in results] == ["refused"]
    assert "holds the same charges as" in results[0].reason
    assert lake("aws_cur") == []


def test_a_line_in_the_folder_of_another_month_counts_once_in_its_own(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    write("a/20261001-20261031/c.csv", azure(("09/05/2026", 3), ("10/05/2026", 4)))
    loaded(AZURE)
    assert spent(lake) == {"2026-09": 3, "2026-10": 4}
    # September's own folder has it too, twice, and that is what counts.
    write("a/20260901-20260930/c.csv", azure(("09/05/2026", 3), ("09/05/2026", 3)))
    loaded(AZURE)
    assert spent(lake) == {"2026-09": 6, "2026-10": 4}


def test_billing_months_from_the_15th_are_of_the_month_in_which_they_start(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    write(
        f"a/20260915-20261014/p_{uuid.UUID(int=1)}.csv", azure(("09/20/2026", 1), ("10/05/2026", 2))
    )
    write(
        f"a/20261015-20261114/p_{uuid.UUID(int=2)}.csv", azure(("10/20/2026", 4), ("11/05/2026", 8))
    )
    loaded(AZURE)
    assert spent(lake) == {"2026-09": 3, "2026-10": 12}
    # A line of the month before that the next folder repeats.
    write(
        f"a/20261015-20261114/p_{uuid.UUID(int=2)}.csv", azure(("10/05/2026", 2), ("10/20/2026", 4))
    )
    loaded(AZURE)
    assert spent(lake) == {"2026-09": 3, "2026-10": 4}


def run_of(write: Write, scope: str, days: tuple[str, str], moment: int, content: str) -> None:
    """A run of an export with its manifest."""
    range_ = f"{days[0].replace('-', '')}-{days[1].replace('-', '')}"
    folder = f"a/{scope.rpartition('/')[2]}/{range_}/{uuid.UUID(int=moment)}"
    blob = f"{folder}/part_0_0001.csv"
    write(blob, content)
    write(f"{folder}/manifest.json", manifest("e", scope, days, moment, "actual", blob, content))


@pytest.mark.parametrize(
    ("days", "moment"),
    [(("2026-10-16", "2026-11-15"), 2), (("2026-10-31", "2026-11-29"), 2),
     (("2026-10-16", "2026-11-15"), 0)],
)  # fmt: skip
def test_a_range_as_long_as_a_month_replaces_its_days_and_no_month(
    days: tuple[str, str], moment: int, write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Of rows that state no billing period, whichever of the two is newer."""
    month = ("2026-10-01", "2026-10-31")
    run_of(write, "/billing/1", month, 1, azure(("10/05/2026", 8), ("10/31/2026", 1)))
    run_of(write, "/billing/1", days, moment, azure(("10/31/2026", 2), ("11/02/2026", 16)))
    loaded(AZURE)
    assert sum(spent(lake).values()) == 8 + (2 if moment == 2 else 1) + 16


def test_a_range_without_a_manifest_has_its_days_whatever_their_month_is_called(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    ranges = {
        "20261001-20261031": azure(("10/05/2026", 1), ("10/20/2026", 1)),
        "20261101-20261130": azure(("11/05/2026", 1), ("11/20/2026", 8)),
        "20261015-20261114": azure(("10/20/2026", 2), ("11/05/2026", 4)),
    }
    for number, (range_, content) in enumerate(ranges.items()):
        path = write(f"a/{range_}/c_{uuid.UUID(int=number)}.csv", content)
        os.utime(path, (time.time() - 90_000 * (3 - number),) * 2)
    results = loaded(AZURE)
    assert "refused" not in [result.status for result in results]
    assert sum(spent(lake).values()) == 1 + 8 + 2 + 4


def test_calendar_months_beside_billing_months_count_each_day_once_or_are_refused(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    def file(name: str, range_: str, *lines: tuple[str, int]) -> None:
        path = write(f"a/{name}/{range_}/c_{uuid.uuid4()}.csv", azure(*lines))
        os.utime(path, (time.time() - 90_000,) * 2)

    file("billing", "20260919-20261018", ("09/20/2026", 1), ("10/05/2026", 2))
    file("calendar", "20261001-20261031", ("10/05/2026", 2), ("10/20/2026", 4))
    results = loaded(AZURE)
    assert "refused" in [result.status for result in results]
    assert sum(spent(lake).values()) < 9


@pytest.mark.parametrize("days", [("2026-10-01", "2026-10-31"), ("2026-10-10", "2026-10-12")])
def test_a_newer_run_of_a_subscription_replaces_it_in_the_one_of_its_account(
    days: tuple[str, str], write: Write, loaded: Loaded, lake: Lake
) -> None:
    own = azure(("10/10/2026", 1), ("10/11/2026", 1))
    others = own.replace(SUBSCRIPTIONS[0], SUBSCRIPTIONS[1]).replace("/2026,1", "/2026,10")
    month = ("2026-10-01", "2026-10-31")
    run_of(write, "/billing/1", month, 1, own + others.partition("\n")[2])
    restated = azure(("10/10/2026", 3), ("10/11/2026", 1))
    run_of(write, f"/subscriptions/{SUBSCRIPTIONS[0]}", days, 2, restated)
    results = loaded(AZURE)
    assert [result.status for result in results if result.status == "refused"] == []
    assert spent(lake) == {"2026-10": 24}


@pytest.mark.parametrize("moment", [1, 3])
@pytest.mark.parametrize("price", [1, 2])
def test_a_resource_group_does_not_stand_for_its_subscription(
    price: int, moment: int, write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Whatever part of it the group is; where it says what the older whole does not, it waits."""
    month, subscription = ("2026-10-01", "2026-10-31"), f"/subscriptions/{SUBSCRIPTIONS[0]}"
    group = [("10/02/2026", 1)] + [(f"10/{day:02}/2026", price) for day in range(10, 29)]
    rest = azure(("10/02/2026", 4)).partition("\n")[2].replace(",vm,", ",disk,")
    whole = azure(*((day, 1) for day, _ in group)) + rest
    run_of(write, subscription, month, 2, whole)
    run_of(write, f"{subscription}/resourceGroups/big", month, moment, azure(*group))
    results = loaded(AZURE)
    is_refused = moment == 3 and price == 2
    assert ("refused" in [result.status for result in results]) == is_refused
    assert spent(lake) == {"2026-10": 24}
    if not is_refused:
        (reason,) = (r.reason for r in results if r.reason)
        assert ("all its lines are in" in reason) == (moment == 3)


def test_some_days_delivered_again_replace_these_days_only(
    write: Write, loaded: Loaded, lake: Lake, workspace: Workspace
) -> None:
    days = [f"10/{day:02}/2026" for day in (1, 10, 11, 31)]
    month = write(f"a/20261001-20261031/c_{uuid.UUID(int=1)}.csv", azure(*((d, 1) for d in days)))
    os.utime(month, (time.time() - 90_000,) * 2)
    some = write(f"a/20261010-20261012/c_{uuid.UUID(int=2)}.csv", azure((days[1], 5), (days[2], 7)))
    loaded(AZURE)
    assert spent(lake) == {"2026-10": 14}
    (notice,) = deliveries(lake_files(duckdb.connect(), workspace))
    assert "a 2026-10 is made of 2 deliveries: a/20261001-20261031/c_" in notice.sentence
    assert "(2026-10-10 to 2026-10-12)" in notice.sentence
    # What a load knows of it can be read again.
    for known in workspace.lake.glob("*/export=*/_deliveries.json"):
        known.unlink()
    assert told(loaded(AZURE)) == [("2026-10", "unchanged")]
    # Without it the month says again what it said of them.
    some.unlink()
    loaded(AZURE)
    assert spent(lake) == {"2026-10": 4}


def test_datasets_that_bills_yml_exchanges_are_read_by_their_rows(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    write(
        "amortized/a.csv", azure(("10/05/2026", 2), kind="UnusedReservation", model="Reservation")
    )
    # In whatever letter case.
    write("actual/a.csv", azure(("10/05/2026", 0), kind="usage", model="reservation"))
    entry = "name: {}, kind: azure_cost, location: {}, dataset: {}, scope: ea"
    results = loaded(
        entry.format("x", "amortized", "actual"), entry.format("y", "actual", "amortized")
    )
    assert [(r.export, r.bill) for r in results] == [
        ("x", "2026-10-amortized"),
        ("y", "2026-10-actual"),
    ]
    assert "holds amortized cost by its rows, and bills.yml says actual" in results[0].reason
    # Corrected as the sentence says.
    results = loaded(
        entry.format("x", "actual", "actual"), entry.format("y", "amortized", "amortized")
    )
    assert "refused" not in [r.status for r in results]
    assert spent(lake) == {"2026-10": 2}
    assert sorted(row["export"] for row in lake("azure_cost")) == ["x", "y"]


@pytest.mark.parametrize(
    ("other", "bills"),
    [
        ("the same usage", {"2026-10": 103, "2026-10-amortized": 3}),
        ("a run a day before", {"2026-10": 103, "2026-10-amortized": 3}),
        ("a run long after", {"2026-10": 103, "2026-10-amortized": 7}),
        ("another resource group", {"2026-10": 106}),
        ("the first days", {"2026-10": 103}),
    ],
)
def test_what_has_no_line_of_a_commitment_is_of_the_other_dataset_with_the_same_usage_only(
    other: str, bills: dict[str, int], write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Actual cost has the purchase, amortized cost has not; nor has what is another part of it."""

    def usage(*days: int) -> str:
        return azure(*((f"10/{day:02}/2026", 1) for day in days))

    bought = azure(("10/10/2026", 100), kind="Purchase", model="Reservation")
    bought = bought.replace("Reservation,,", "Reservation,r1,").partition("\n")[2]
    write("a/x.csv", usage(5, 6, 10) + bought)
    further = {
        "the same usage": usage(5, 6, 10),
        "a run a day before": usage(5, 6, 9),
        "a run long after": usage(5, 6, 10, 11, 12, 19, 28),
        "another resource group": usage(5, 6, 10).replace(",vm,", ",other/vm,"),
        "the first days": usage(5),
    }
    write("a/y.csv", further[other])
    results = loaded(AZURE)
    assert spent(lake) == bills
    assert [r.status for r in results].count("refused") == (other == "the first days")


def test_exports_of_a_scope_that_exchange_their_locations_leave_nothing_behind(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    write("amortized/a.csv", azure(("10/05/2026", 2), kind="UnusedBenefit", model="SavingsPlan"))
    write("actual/a.csv", azure(("10/05/2026", 0), model="SavingsPlan"))
    entry = "name: {}, kind: azure_cost, location: {}, scope: ea"
    loaded(entry.format("x", "amortized"), entry.format("y", "actual"))
    for _ in range(2):
        loaded(entry.format("x", "actual"), entry.format("y", "amortized"))
        found = [(row["export"], int(row["costinbillingcurrency"])) for row in lake("azure_cost")]
        assert sorted(found) == [("x", 0), ("y", 2)]


def test_one_month_in_two_reports_counts_once_and_a_split_twice(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    hours = [(f"2026-10-01T0{hour}:00:00Z", 1.5) for hour in range(4)]
    write("hourly/x.csv", aws(*(("2" * 12, t, "EC2", c) for t, c in hours)))
    write("daily/x.csv", aws(("2" * 12, "2026-10-01", "EC2", 6)))
    write("storage/x.csv", aws(("2" * 12, "2026-10-01", "S3", 6)))
    # With another margin, or restated since, it is still the same charge.
    write("margin/x.csv", aws(("2" * 12, "2026-10-01", "EC2", 6.3)))
    names = ("hourly", "daily", "storage", "margin")
    entries = [f"name: {n}, kind: aws_cur, location: {n}" for n in names]
    results = loaded(*entries)
    assert [(r.export, r.status) for r in results] == [
        ("hourly", "new"), ("daily", "refused"), ("storage", "new"), ("margin", "refused")
    ]  # fmt: skip
    assert "holds the same charges as 2026-10 of 'hourly'" in results[1].reason
    entries[1] += ", may_repeat: true"
    assert ("2026-10", "new") in told(loaded(*entries))


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_permission_to_repeat_that_is_taken_back_is_looked_at_again(
    write: Write, loaded: Loaded, lake: Lake, is_gone: bool
) -> None:
    """As in a workspace that never had it; what no delivery could bring back stays, and is told."""
    for name in ("one", "two"):
        old = write(f"{name}/2026-10/x.csv", aws(("2" * 12, "2026-10-01", "EC2", 6)))
    one, two = (f"name: {name}, kind: aws_cur, location: {name}" for name in ("one", "two"))
    loaded(one, f"{two}, may_repeat: true")
    assert told(loaded(one, f"{two}, may_repeat: true")) == [("2026-10", "unchanged")] * 2
    if is_gone:
        old.unlink()
        write("two/2026-11/x.csv", aws(("2" * 12, "2026-11-01", "EC2", 6)))
    for _ in range(2):
        refused = next(result for result in loaded(one, two) if result.status == "refused")
        assert refused.export == "two"
        assert "holds the same charges as 2026-10 of 'one'" in refused.reason
        assert ("`cloudbill forget two --billing-period 2026-10`" in refused.reason) is is_gone
        found = [row["export"] for row in lake("aws_cur") if row["bill"] == "2026-10"]
        assert found == ["one", "two"][: 1 + is_gone]
    before = lake("aws_cur")
    loaded(f"{one}, may_repeat: true", f"{two}, may_repeat: true")
    # Of two that both had it, one is left, and is compared no more.
    results = loaded(one, two)
    assert [r.export for r in results if r.status == "refused"] == ["one"]
    assert {row["export"] for row in lake("aws_cur")} == {"two"}
    assert len(before) == 1 + 2 * is_gone


def test_amortized_cost_and_focus_of_one_subscription_count_once(
    write: Write, workspace: Workspace, tmp_path: Path
) -> None:
    """A machine on a reservation costs 0 in FOCUS's billed cost, and its share in the other."""
    vm = "/subscriptions/{0}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm{1}"
    days, subscription = ("01", "02", "03"), SUBSCRIPTIONS[0]
    native = "SubscriptionId,Date,CostInBillingCurrency,BillingCurrencyCode,ChargeType,"
    native += "PricingModel,ReservationId,ResourceId\n"
    focus = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,"
    focus += "ChargeCategory,ProviderName,SubAccountId,ResourceId\n"
    for day in days:
        for n in (1, 2):
            name = vm.format(subscription, n)
            native += f"{subscription},10/{day}/2026,1.5,USD,Usage,Reservation,r1,{name}\n"
            focus += f"0,1.5,USD,2026-10-01T00:00Z,2026-10-{day}T00:00Z,Usage,Microsoft,"
            focus += f"/subscriptions/{subscription},{name.lower()}\n"
    write("native/20261001-20261031/a.csv", native)
    write("focus/20261001-20261031/f.csv", focus)
    config = tmp_path / "bills.yml"
    config.write_text(
        "bills: [{name: n, kind: azure_cost, location: native},"
        " {name: f, kind: focus, location: focus}]"
    )
    results = {result.export: result for result in load(load_config(config), workspace)}
    assert [results[name].status for name in ("n", "f")] == ["new", "refused"]
    assert "holds the same charges as 2026-10-amortized of 'n'" in (results["f"].reason or "")


def test_charges_without_sub_accounts_are_those_of_who_pays(write: Write, loaded: Loaded) -> None:
    text = "bill/PayerAccountId,lineItem/UsageStartDate,lineItem/UnblendedCost,lineItem/ProductCode"
    line = f"{'1' * 12},2026-10-02T00:00:00Z,4,S3"
    write("one/f.csv", f"{text}\n{line}\n")
    write("two/f.csv", f"{text},lineItem/TaxType\n{line},none\n")
    one, two = loaded(
        "name: one, kind: aws_cur, location: one", "name: two, kind: aws_cur, location: two"
    )
    assert (one.status, two.status) == ("new", "refused")
    assert "holds the same charges as 2026-10 of 'one'" in two.reason


def test_two_reports_with_few_charges_in_common_both_count_and_it_is_told(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    for name, services in (("one", ("EC2", "S3", "RDS")), ("few", ("EC2", "SQS", "SNS"))):
        write(f"{name}/x.csv", aws(*(("3" * 12, "2026-10-01", s, 7) for s in services)))
    one, few = loaded(*(f"name: {n}, kind: aws_cur, location: {n}" for n in ("one", "few")))
    assert (one.status, one.reason, few.status) == ("new", None, "new")
    assert few.reason.startswith("1 of 3 charges of ")
    assert (
        "look like charges of 2026-10 of 'one', and both count: say `counts: false`" in few.reason
    )


def google(day: str, cost: float, **further: Any) -> str:
    line = {"usage_start_time": f"{day} 07:00:00 UTC", "cost": cost, "project": {"id": "p"}}
    return json.dumps({**line, "billing_account_id": "A-B-C", **further}) + "\n"


def test_google_folders_of_any_layout_are_ingestion_days_and_shards_need_no_ending(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    late = {"export_time": "2026-10-07 23:30:00 UTC"}
    write("a/year=2026/month=10/day=07/p.json.gz", google("2026-10-05", 1, **late))
    write("a/year=2026/month=10/day=08/p-000000000000", google("2026-10-05", 2, **late))
    write("a/year=2026/month=10/day=08/p-000000000001", "")
    write("a/year=2026/month=10/day=09/p.v1-000000000000", google("2026-10-05", 16, **late))
    write("a/year=2026/month=10/day=09/p.json-000000000012", google("2026-10-05", 32, **late))
    write("a/year=2026/month=10/day=08/_p.json", google("2026-10-05", 4))
    write("a/year=2026/month=10/day=08/p.json.bak", google("2026-10-05", 8))
    write("a/year=2026/month=10/day=08/notes.txt", "About these files.")
    results = loaded("name: a, kind: gcp_billing, location: a")
    assert sorted((row["bill"], int(row["cost"])) for row in lake("gcp_billing")) == [
        ("2026-10-07", 1), ("2026-10-08", 2), ("2026-10-09", 16), ("2026-10-09", 32)
    ]  # fmt: skip
    refused = sorted(r.reason for r in results if r.status == "refused")
    assert ["_p.json" in refused[0], ".bak looks like data" in refused[1]] == [True, True]
    # An empty extract takes no line away.
    write("a/year=2026/month=10/day=07/p.json.gz", "")
    loaded("name: a, kind: gcp_billing, location: a")
    assert len(lake("gcp_billing")) == 4


def test_the_standard_and_the_detailed_export_of_an_account_count_once(
    write: Write, loaded: Loaded
) -> None:
    sku = {"sku": {"id": "S"}, "service": {"id": "V"}}
    detailed = [google("2026-10-05", n, **sku, resource={"global_name": f"vm{n}"}) for n in (1, 2)]
    write("detailed/2026-10-06/p.json", "".join(detailed))
    write("standard/2026-10-06/p.json", google("2026-10-05", 3, **sku))
    names = ("detailed", "standard")
    results = loaded(*(f"name: {n}, kind: gcp_billing, location: {n}" for n in names))
    assert told(results) == [("2026-10-06", "new"), ("2026-10-06", "refused")]
    # At one location, too: in folders of their own, or as files of one.
    for folders in (("detailed", "standard"), ("", "")):
        export = f"one{len(set(folders))}"
        write(f"{export}/{folders[0]}/2026-10-06/d.json", "".join(detailed))
        write(f"{export}/{folders[1]}/2026-10-06/s.json", google("2026-10-05", 3, **sku))
        [result] = loaded(f"name: {export}, kind: gcp_billing, location: {export}")
        assert result.status == "refused"
        assert "s.json holds the same charges as " in result.reason


def test_a_bill_in_two_formats_counts_once(write: Write, loaded: Loaded, lake: Lake) -> None:
    credits = [{"type": "PROMOTION", "amount": -0.5}]
    for n, folders in enumerate((("", ""), ("json/", "csv/"))):
        line = google("2026-10-05", 1, credits=credits, project={"id": f"p{n}"})
        write(f"a{n}/{folders[0]}2026-10-06/p.json", line)
        line = f'2026-10-05 07:00:00 UTC,1,p{n},A-B-C,"{credits!s}"'
        head = "usage_start_time,cost,project.id,billing_account_id,credits"
        write(f"a{n}/{folders[1]}2026-10-06/p.csv", f"{head}\n{line}\n")
        results = loaded(f"name: a{n}, kind: gcp_billing, location: a{n}")
        assert sorted(status for _, status in told(results)) == ["new", "skipped"]
        assert any("all its lines are" in (r.reason or "") for r in results)
    assert len(lake("gcp_billing")) == 2


def test_a_file_of_a_detailed_export_may_have_no_line_of_a_resource(
    write: Write, loaded: Loaded
) -> None:
    sku = {"sku": {"id": "S"}, "service": {"id": "V"}}
    write("a/2026-10-06/1.json", google("2026-10-05", 1, **sku, resource={"global_name": "vm"}))
    write("a/2026-10-06/2.json", google("2026-10-05", 3, **sku))
    assert told(loaded("name: a, kind: gcp_billing, location: a")) == [("2026-10-06", "new")]


@pytest.mark.parametrize("month", ["2026/10", "2026-10", "year=2026/month=10", "month=2026-10"])
def test_daily_focus_folders_add_up_corrections_among_them(
    write: Write, workspace: Workspace, tmp_path: Path, month: str
) -> None:
    head = "BilledCost,EffectiveCost,BillingPeriodStart,ChargePeriodStart,SubAccountId,SkuId\n"
    line = "{},{},2026-10-01T00:00Z,2026-10-{}T01:00Z,t,s\n"
    write(f"oci/FOCUS Reports/{month}/01/1.csv.gz", head + line.format(3, 3, "01"))
    late = line.format(-1, -1, "01") + line.format(4, 4, "02")
    write(f"oci/FOCUS Reports/{month}/02/2.csv.gz", head + late)
    write(f"oci/FOCUS Reports/{month}/02/3.csv.gz", head + line.format(8, 8, "02"))
    config = tmp_path / "bills.yml"
    config.write_text("bills: [{name: oci, kind: focus, location: oci}]")
    for status in ("new", "unchanged"):
        assert told(load(load_config(config), workspace)) == [("2026-10", status)]
    rows = f"read_parquet('{workspace.lake}/focus/export=oci/*/bill.parquet')"
    assert duckdb.sql(f"select sum(billedcost) from {rows}").fetchone() == (14,)


def test_damage_in_the_lake_is_named_with_what_heals_it(
    write: Write, loaded: Loaded, lake: Lake, workspace: Workspace
) -> None:
    write("a/20261001-20261031/c.csv", azure(("10/05/2026", 4)))
    loaded(AZURE)
    (bill,) = workspace.lake.glob("azure_cost/export=a/*/bill.parquet")
    bill.with_name(".DS_Store").write_bytes(b"\0")
    bill.write_bytes(bill.read_bytes()[:-9])
    with pytest.raises(CloudbillError, match="`cloudbill forget a --billing-period 2026-10`"):
        loaded(AZURE)
    assert forget(workspace, "a", "2026-10") == 1
    assert told(loaded(AZURE)) == [("2026-10", "new")]
    assert spent(lake) == {"2026-10": 4}


def test_what_no_error_foresees_refuses_one_delivery(
    write: Write, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a/20261001-20261031/c.csv", azure(("10/05/2026", 4)))
    write("a/20261101-20261130/c.csv", azure(("11/05/2026", 4)))

    def broken(con: Any, kind: Any, table: Any, **given: Any) -> Any:
        if given["label"].bill == "2026-10":
            raise TypeError("unhashable type")
        return landing(con, kind, table, **given)

    from cloudbill.lake import reading  # noqa: PLC0415

    landing = reading.land
    monkeypatch.setattr(reading, "land", broken)
    results = loaded(AZURE)
    assert told(results) == [("2026-10", "refused"), ("2026-11", "new")]
    assert "c.csv cannot be read" in results[0].reason


def test_a_day_extracted_again_elsewhere_counts_once_from_the_larger_extract(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    lines = [google("2026-10-05", n) for n in (1, 2, 4)]
    write("a/2026-10-06/p.json", "".join(lines[:2]))
    write("a/again/2026-10-06/p.json", "".join(lines))
    results = loaded("name: a, kind: gcp_billing, location: a")
    assert told(results) == [(None, "skipped"), ("2026-10-06", "new")]
    assert sum(row["cost"] for row in lake("gcp_billing")) == 7
    write("a/other/2026-10-06/p.json", lines[2] + google("2026-10-05", 8))
    results = loaded("name: a, kind: gcp_billing, location: a")
    assert "to the last column" in next(r.reason for r in results if r.status == "refused")
    assert sum(row["cost"] for row in lake("gcp_billing")) == 7


@pytest.mark.parametrize("is_cumulative", [True, False])
def test_a_day_extracted_again_into_the_folder_of_another_counts_once(
    is_cumulative: bool, write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Extracted by days of usage, of which the last ones get late lines: none looks as before."""
    first, late, other = (
        google("2026-10-05", cost, export_time=f"2026-10-{added} 01:00:00 UTC")
        for cost, added in ((1, "06"), (2, "07"), (4, "06"))
    )
    write("a/2026-10-06/p.json", first if is_cumulative else first + other)
    write("a/2026-10-07/p.json", first + late)
    results = loaded("name: a, kind: gcp_billing, location: a")
    assert {r.status for r in results} <= {"new", "changed", "skipped"}
    notes = " ".join(r.reason or "" for r in results)
    assert "1 of 2 lines of" in notes
    assert "(1.00) are in" in notes
    assert sum(row["cost"] for row in lake("gcp_billing")) == (3 if is_cumulative else 7)


def test_days_extracted_anew_in_the_place_of_others_count_once(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Each night the month to date, into the folder of its day: the folder before is deleted."""
    for night in (6, 7, 8):
        shutil.rmtree(write("a/2026-10-01/p.json", "").parents[1])
        days = range(1, night)
        lines = [
            google(f"2026-10-{n:02}", n, export_time=f"2026-10-{n:02} 23:00:00 UTC") for n in days
        ]
        write(f"a/2026-10-{night:02}/p.json", "".join(lines))
        loaded("name: a, kind: gcp_billing, location: a")
        assert sum(row["cost"] for row in lake("gcp_billing")) == sum(days)


def test_days_at_a_location_of_another_name_count_once(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    """The folder of the export is renamed, then laid out anew; a day has a late line since."""
    late = google("2026-10-05", 4, export_time="2026-10-06 23:00:00 UTC")
    for location, layout in {
        "export": "2026-10-{}", "new": "2026-10-{}", "hive": "year=2026/month=10/day={}"
    }.items():  # fmt: skip
        for n in (5, 6):
            line = google(f"2026-10-0{n}", 1, export_time=f"2026-10-0{n} 12:00:00 UTC")
            more = late if location != "export" and n == 6 else ""
            write(f"{location}/{layout.format(f'0{n}')}/p.json", 2 * line + more)
        for _ in range(2):
            results = loaded(f"name: a, kind: gcp_billing, location: {location}")
            assert "refused" not in {r.status for r in results}
            costs = sorted(row["cost"] for row in lake("gcp_billing"))
            assert costs == [1, 1, 1, 1, 4][: 4 if location == "export" else 5]


def test_a_file_of_all_days_is_compared_with_each_daily_extract_once(
    write: Write, loaded: Loaded, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of which have a late line; each bill with each extract would take hours."""
    days = [f"2026-10-0{n}" for n in range(1, 9)]
    lines = {d: google(d, 1, export_time=f"{d} 23:00:00 UTC") for d in days}
    late = google(days[0], 2, export_time=f"{days[1]} 23:00:00 UTC")
    lines[days[1]] += late
    for day in days:
        write(f"one/{day}/p.json", lines[day] + (late if day == days[2] else ""))
    loaded("name: a, kind: gcp_billing, location: one")
    compared: list[str] = []

    def counting(con: Any, one: Any, other: Any) -> str:
        compared.append(other.relation)
        return without_lines(con, one, other)

    monkeypatch.setattr("cloudbill.lake.assembly.without_lines", counting)
    new = google(days[7], 4, export_time=f"{days[7]} 23:00:00 UTC")
    write("two/p.json", "".join(lines.values()) + new)
    loaded("name: a, kind: gcp_billing, location: two")
    assert sorted(row["cost"] for row in lake("gcp_billing")) == [1] * 8 + [2, 4]
    assert len(compared) <= len(days) + 2


@pytest.mark.parametrize("is_timed", [True, False])
def test_the_last_days_in_the_place_of_the_extract_before_count_once_or_wait(
    is_timed: bool, write: Write, loaded: Loaded, lake: Lake
) -> None:
    """What does not tell when it was added is refused where only some of its lines are there."""

    def line(n: int) -> str:
        times = {"export_time": f"2026-10-0{n} 23:00:00 UTC"} if is_timed else {}
        return google(f"2026-10-0{n}", n, **times)

    old = write("a/2026-10-04/p.json", line(1) + line(2) + line(3))
    loaded("name: a, kind: gcp_billing, location: a")
    old.unlink()
    write("a/2026-10-05/p.json", line(2) + line(3) + line(4))
    for _ in range(2):
        results = loaded("name: a, kind: gcp_billing, location: a")
        reasons = [r.reason or "" for r in results if r.status == "refused"]
        assert ["2026-10-05/p.json holds some lines of" in r for r in reasons] == (
            [] if is_timed else [True]
        )
        assert sum(row["cost"] for row in lake("gcp_billing")) == (10 if is_timed else 6)
    write("a/2026-10-05/p.json", "".join(map(line, (1, 2, 3, 4))))
    loaded("name: a, kind: gcp_billing, location: a")
    assert sum(row["cost"] for row in lake("gcp_billing")) == 10


def test_of_lines_alike_as_many_are_repeated_as_another_extract_has(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Two of a label that one extract does not have, and of two currencies."""
    times = {"export_time": "2026-10-05 20:00:00 UTC"}
    dollar, euro = (google("2026-10-05", 1, currency=name, **times) for name in ("USD", "EUR"))
    labelled = google("2026-10-05", 1, currency="USD", labels=[{"key": "a", "value": "b"}], **times)
    write("a/2026-10-06/p.json", dollar + euro)
    write("a/2026-10-07/p.json", dollar + labelled + euro + google("2026-10-05", 4, **times))
    notes = " ".join(r.reason or "" for r in loaded("name: a, kind: gcp_billing, location: a"))
    assert "2 of 4 lines of" in notes
    assert "(1.00 EUR and 1.00 USD) are in" in notes
    assert sorted(int(row["cost"]) for row in lake("gcp_billing")) == [1, 1, 1, 4]
    # Composed again from what the lake has, nothing is taken out twice.
    write("a/2026-10-05/p.json", google("2026-10-05", 4, **times))
    loaded("name: a, kind: gcp_billing, location: a")
    assert sorted(int(row["cost"]) for row in lake("gcp_billing")) == [1, 1, 1, 4]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_days_are_extracted_each_night_each_line_counts_once(
    seed: int, write: Write, loaded: Loaded, lake: Lake, workspace: Workspace, tmp_path: Path
) -> None:
    """Folders come, are written again and go; a line that came once stays.

    Some lines are alike, or but for a label, which is extracted from some night on.
    """
    drawn = random.Random(seed)
    start, days = date(2026, 9, 25), drawn.randint(1, 4)
    lines, costs = [], []
    for number in range(60):
        used = start + timedelta(drawn.randrange(12))
        costs.append(drawn.randint(1, 3))
        lines.append((number, used, used + timedelta(drawn.randrange(3)), drawn.choice("ab")))
    with_labels = start + timedelta(drawn.randrange(14))

    def extract(night: date, now: date) -> set[int]:
        chosen = [it for it in lines if it[2] <= now and night - timedelta(days) <= it[1] <= night]
        text = ""
        for number, used, added, label in chosen:
            further: dict[str, Any] = {"export_time": f"{added} 20:00:00 UTC"}
            if now >= with_labels and label == "b":
                further["labels"] = [{"key": "team", "value": label}]
            text += google(f"{used}", costs[number], **further)
        write(f"a/{night}/p.json", text)
        return {number for number, *_ in chosen}

    def is_right(there: set[int]) -> bool:
        found = sorted(int(row["cost"]) for row in lake("gcp_billing"))
        return found == sorted(costs[number] for number in there)

    there: dict[date, set[int]] = {}
    came: set[int] = set()
    for night in (start + timedelta(n) for n in range(14)):
        there[night] = extract(night, night)
        if drawn.random() < 0.3:
            again = drawn.choice(sorted(there))
            there[again] = extract(again, night)
        if len(there) > 2 and drawn.random() < 0.4:
            gone = drawn.choice(sorted(there))
            shutil.rmtree(tmp_path / "a" / str(gone))
            del there[gone]
        if night > start + timedelta(2) and drawn.random() < 0.5:
            continue
        came |= set().union(*there.values())
        results = loaded("name: a, kind: gcp_billing, location: a")
        assert not [r.reason for r in results if r.status == "refused"]
        assert is_right(came)
    came |= set().union(*there.values())
    loaded("name: a, kind: gcp_billing, location: a")
    assert is_right(came)
    shutil.rmtree(workspace.root)
    loaded("name: a, kind: gcp_billing, location: a")
    everything = set().union(*there.values())
    assert is_right(everything)


@pytest.mark.parametrize("labels", [None, [{"key": "team", "value": "shop"}]])
def test_lines_that_do_not_tell_when_they_were_added_count_once(
    labels: list[dict[str, str]] | None, write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Extracted again with late lines of the same day; once with a column that was empty before."""
    lines = [(f"2026-10-05 0{n}", n) for n in (1, 2, 3)]

    def extract(lines: list[tuple[str, int]], **further: Any) -> str:
        return "".join(
            google(hour, cost, **further).replace(f"{hour} 07:00:00", f"{hour}:00:00")
            for hour, cost in lines
        )

    write("a/2026-10-06/p.json", extract(lines, labels=None))
    write("a/2026-10-07/p.json", extract([*lines, ("2026-10-05 09", 9)], labels=labels))
    results = loaded("name: a, kind: gcp_billing, location: a")
    (reason,) = (r.reason for r in results if r.status == "skipped")
    assert "all its lines are in" in (reason or "")
    assert sum(row["cost"] for row in lake("gcp_billing")) == 15


def test_a_month_to_date_in_each_daily_focus_folder_counts_once_or_is_refused(
    write: Write, workspace: Workspace, tmp_path: Path
) -> None:
    config = tmp_path / "bills.yml"
    config.write_text("bills: [{name: a, kind: focus, location: a}]")
    rows = f"read_parquet('{workspace.lake}/focus/export=a/*/bill.parquet')"
    head = "BilledCost,EffectiveCost,BillingPeriodStart,ChargePeriodStart,SubAccountId,SkuId\n"
    line = "{0},{0},2026-10-01T00:00Z,2026-10-{1}T0{2}:00Z,t,s\n"
    first = [line.format(n, "01", n) for n in (1, 2, 3, 4)]
    corrected = [*first[:3], line.format(5, "01", 4), line.format(6, "02", 1)]
    write("a/2026/10/01/1.csv", head + "".join(first))
    write("a/2026/10/02/1.csv", head + "".join(corrected))
    results = load(load_config(config), workspace)
    (reason,) = (r.reason for r in results if r.status == "refused")
    assert "or keep only the newer one" in (reason or "")
    assert duckdb.sql(f"select sum(billedcost) from {rows}").fetchone() == (17,)
    write("a/2026/10/01/1.csv", head + "".join(corrected[:3]))
    results = load(load_config(config), workspace)
    assert sorted(r.status for r in results) == ["skipped", "unchanged"]
    assert duckdb.sql(f"select sum(billedcost) from {rows}").fetchone() == (17,)


@pytest.mark.parametrize("count", [12, 2000])
def test_a_shard_of_the_run_before_is_told_from_parts(
    count: int, write: Write, loaded: Loaded
) -> None:
    """The run after it wrote fewer shards: its lines are in those now, in another order."""
    lines = [google("2026-10-05", n, sku={"id": f"s{n}"}) for n in range(1, count + 1)]
    for number, shard in enumerate((lines[::2], lines[1::2], lines[4:8])):
        write(f"a/2026-10-06/p-{number}.json", "".join(shard))
    (result,) = loaded("name: a, kind: gcp_billing, location: a")
    assert result.status == "refused"
    assert "p-2.json" in result.reason


def test_shards_of_an_export_that_says_the_same_of_many_lines_are_parts(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Without the column of resources, lines of equal machines are equal."""
    lines = [google("2026-10-05", n % 3) for n in range(60)]
    for number in (0, 1):
        write(f"a/2026-10-06/p-{number}.json", "".join(lines[number::2] + lines[:number]))
    assert {r.status for r in loaded("name: a, kind: gcp_billing, location: a")} == {"new"}
    assert sum(row["cost"] for row in lake("gcp_billing")) == 60


@pytest.mark.parametrize("column", ["identity_line_item_id", "bill_invoice_id"])
def test_versions_that_differ_in_ids_alone_are_no_parts(
    column: str, write: Write, loaded: Loaded
) -> None:
    """An open bill has no invoice yet, and ids of lines change from report to report."""
    for number in (1, 2):
        head, *rows = aws(
            *(("a", f"2026-10-0{n}T00:00:00Z", "p", n) for n in (1, 2, 3))
        ).splitlines()
        text = "\n".join([f"{head},{column}", *(f"{row},{number}" for row in rows)])
        write(f"a/BILLING_PERIOD=2026-10/{number}.csv", text)
    (result,) = loaded("name: a, kind: aws_cur, location: a")
    assert result.status == "refused"
    assert "hold the same charges" in result.reason


def test_a_line_in_another_months_folder_is_told_whatever_its_invoice(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    head, row = azure(("09/30/2026", 5)).splitlines()
    write("a/20260901-20260930/c.csv", f"{head},invoiceId\n{row},\n")
    other = azure(("10/01/2026", 7)).splitlines()[1]
    write(
        "a/20261001-20261031/c.csv",
        f"{head},invoiceId\n{row.replace(',vm,', ',VM,')},G1\n{other},G1\n",
    )
    loaded(AZURE)
    assert spent(lake) == {"2026-09": 5, "2026-10": 7}


STRAY = "10/01/2026,3,Usage,OnDemand,,vm,8600001"


@pytest.mark.parametrize(
    ("stray", "counted"),
    [
        # The next month's first hours, as a run of the month before knew them.
        (STRAY, 12),
        ("10/01/2026,3,Usage,OnDemand,,VM,8600001", 12),
        # Another machine, a correction, two where the month has one, and nothing that tells.
        ("10/01/2026,3,Usage,OnDemand,,vm2,8600001", 15),
        ("10/01/2026,-3,Usage,OnDemand,,vm,8600001", 9),
        (f"{STRAY}\n{SUBSCRIPTIONS[0]},{STRAY}", 18),
        ("10/01/2026,3,Usage,OnDemand,,,8600001", 15),
    ],
)
def test_a_stray_line_that_its_own_month_restates_counts_there(
    stray: str, counted: int, write: Write, loaded: Loaded, lake: Lake
) -> None:
    head = azure(("09/30/2026", 5))
    write("a/20260901-20260930/c.csv", f"{head}{SUBSCRIPTIONS[0]},{stray}\n")
    write("a/20261001-20261031/c.csv", azure(("10/01/2026", 12)))
    results = loaded(AZURE)
    assert spent(lake) == {"2026-09": 5, "2026-10": counted}
    notes = " ".join(result.reason or "" for result in results)
    assert ("(3.00) lie astray: 2026-10's own" in notes) == (counted == 12)


def test_days_of_bigquery_and_what_is_packed_are_not_passed_over(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    write("a/2026-10-06/p.json", google("2026-10-05", 1))
    write("a/_PARTITIONDATE=2026-10-07/p.json", google("2026-10-06", 2))
    write("a/_temporary/p.json", google("2026-10-06", 4))
    assert {r.status for r in loaded("name: a, kind: gcp_billing, location: a")} == {"new"}
    assert sum(row["cost"] for row in lake("gcp_billing")) == 3
    packed = write("a/2026-10-06/q.json.bz2", "")
    packed.write_bytes(bz2.compress(google("2026-10-06", 8).encode()))
    results = loaded("name: a, kind: gcp_billing, location: a")
    assert ["q.json.bz2 looks like data" in r.reason for r in results if r.status == "refused"] == [
        True
    ]


def test_a_subscription_that_was_transferred_is_not_what_replaces_its_first_days(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    halves = {"1": range(1, 16), "2": range(15, 32)}
    for number, days in halves.items():
        folder = f"a/{number}/20261001-20261031/{uuid.UUID(int=int(number))}"
        content = azure(*((f"10/{day:02}/2026", 1) for day in days))
        payer = f"/providers/Microsoft.Billing/billingAccounts/{number}"
        blob = f"{folder}/part_0_0001.csv"
        range_ = ("2026-10-01", "2026-10-31")
        write(blob, content)
        write(
            f"{folder}/manifest.json",
            manifest(number, payer, range_, int(number), "actual", blob, content),
        )
    results = loaded(AZURE)
    (reason,) = (r.reason for r in results if r.status == "refused")
    assert "has no lines of 2026-10-01" in reason
    assert "another account pays for the subscription now" in reason
    entries = (f"name: {n}, kind: azure_cost, location: a/{n}, may_repeat: true" for n in halves)
    loaded(*entries)
    rows = [row for row in lake("azure_cost") if row["export"] in halves]
    assert sum(row["costinbillingcurrency"] for row in rows) == 32


@pytest.mark.parametrize(
    ("name", "why"), [("b.parquet", "looks like data"), ("b.csv", "holds one file twice")]
)
def test_an_archive_is_read_whole_and_once(
    name: str, why: str, write: Write, loaded: Loaded
) -> None:
    text = aws(("a", "2026-10-05T00:00:00Z", "p", 1))
    path = write("a/BILLING_PERIOD=2026-10/a.zip", "")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", text)
        archive.writestr(name, text if name.endswith("csv") else b"PAR1" + bytes(8) + b"PAR1")
    (result,) = loaded("name: a, kind: aws_cur, location: a")
    assert result.status == "refused"
    assert why in result.reason


def test_exports_named_alike_of_two_parts_of_a_subscription_both_count(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    for number in (1, 2):
        text = azure(("10/05/2026", number)).replace(",vm,", f",vm{number},")
        path = write(f"a/costs_{uuid.UUID(int=number)}.csv", text)
        os.utime(path, (time.time() - number * 90_000,) * 2)
        loaded(AZURE)
    assert spent(lake) == {"2026-10": 3}


@pytest.fixture
def counted(workspace: Workspace, tmp_path: Path) -> Callable[..., Any]:
    """Loads what lies in folder a, and tells what the lake's lines cost."""

    def counted(kind: str, *, may_refuse: bool = False) -> Any:
        config = tmp_path / "bills.yml"
        config.write_text(f"bills: [{{name: a, kind: {kind}, location: a}}]")
        results = load(load_config(config), workspace)
        refused = [result.reason for result in results if result.status == "refused"]
        assert may_refuse or not refused
        column = {"focus": "billedcost", "azure_cost": "costinbillingcurrency"}.get(kind, "cost")
        rows = f"read_parquet('{workspace.lake}/{kind}/export=a/*/bill.parquet')"
        return duckdb.sql(f"select sum({column}) from {rows}").fetchall()[0][0]

    return counted


FOCUS_HEAD = "BilledCost,EffectiveCost,BillingPeriodStart,ChargePeriodStart,SubAccountId,SkuId\n"


def focus(*lines: tuple[int, str, str]) -> str:
    """Lines by cost, day and SKU, each in the billing period of its day."""
    return FOCUS_HEAD + "".join(
        f"{cost},{cost},{day[:7]}-01T00:00Z,{day}T01:00Z,t,{sku}\n" for cost, day, sku in lines
    )


def dated(*lines: tuple[int, str, str]) -> str:
    """The same lines as Azure writes them."""
    head = "SubscriptionId,Date,CostInBillingCurrency,ChargeType,PricingModel,ResourceId\n"
    return head + "".join(
        f"s,{day[5:7]}/{day[8:]}/{day[:4]},{cost},Usage,OnDemand,{resource}\n"
        for cost, day, resource in lines
    )


ARCHIVED: dict[str, tuple[str, str, list[Any], str, list[Any], int]] = {
    # A day's folder is archived; the next day's takes some of its cost back.
    "correction": (
        "focus",
        "2026/10/01/1.csv", [(3, "2026-10-01", "x"), (5, "2026-10-01", "y")],
        "2026/10/02/1.csv", [(-1, "2026-10-01", "x"), (4, "2026-10-02", "x")],
        11,
    ),
    "hive": (
        "focus",
        "day=2026-10-01/1.csv", [(3, "2026-10-01", "x"), (5, "2026-10-01", "y")],
        "day=2026-10-02/1.csv", [(4, "2026-10-02", "x"), (6, "2026-10-02", "y")],
        18,
    ),
    # A month's file is archived; the next month's has a late line of it.
    "late line": (
        "azure_cost",
        "c_{0}.csv", [(3, "2026-09-29", "x"), (5, "2026-09-30", "x"), (7, "2026-09-30", "y")],
        "c_{1}.csv", [(2, "2026-09-30", "x"), (9, "2026-10-01", "x")],
        26,
    ),
    "months": (
        "focus",
        "september.csv", [(3, "2026-09-29", "x"), (5, "2026-09-30", "x")],
        "october.csv", [(2, "2026-10-01", "x"), (9, "2026-10-02", "x")],
        19,
    ),
    # Slices by range overlap in a day, which the newer one states anew.
    "slices": (
        "azure_cost",
        "20261001-20261010/c_{0}.csv", [(3, "2026-10-01", "x"), (5, "2026-10-10", "x")],
        "20261010-20261020/c_{1}.csv", [(6, "2026-10-10", "x"), (9, "2026-10-20", "x")],
        18,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ARCHIVED)
@pytest.mark.parametrize("is_at_once", [False, True], ids=["after", "at once"])
def test_what_only_the_lake_has_stays_but_for_days_that_are_restated(
    is_at_once: bool, case: str, write: Write, counted: Callable[..., Any]
) -> None:
    kind, *told, right = ARCHIVED[case]
    text = {"focus": focus, "azure_cost": dated}[kind]
    older, first, newer, second = told
    ids = uuid.UUID(int=1), uuid.UUID(int=2)
    path = write(f"a/{older.format(*ids)}", text(*first))
    os.utime(path, (time.time() - 90_000,) * 2)
    if is_at_once:
        # What this refuses or not is told elsewhere.
        write(f"a/{newer.format(*ids)}", text(*second))
        counted(kind, may_refuse=True)
    else:
        counted(kind)
    path.unlink()
    write(f"a/{newer.format(*ids)}", text(*second))
    for _ in range(2):
        assert counted(kind) == right


RENAMED = [
    ("one/20261001-20261101/x.csv", "two/20261001-20261101/x.csv"),
    ("one/x.csv", "one/y.csv"),
]
DAYS = [f"2026-10-{day:02}T00:00:00Z" for day in range(1, 11)]


def services(**costs: float) -> str:
    """Lines of an account on some days, by what a day of each service costs."""
    return aws(*(("2" * 12, day, name, cost) for day in DAYS for name, cost in costs.items()))


def spent_at(write: Write, loaded: Loaded, lake: Lake, path: Path | None, name: str, text: str
             ) -> tuple[int, float, str]:  # fmt: skip
    """Lines and cost in the lake when a file came in the place of another; what is refused."""
    if path:
        path.unlink()
    write(name, text)
    results = loaded(f"name: a, kind: aws_cur, location: {name.partition('/')[0]}")
    costs = [float(row["line_item_unblended_cost"]) for row in lake("aws_cur")]
    return len(costs), sum(costs), " ".join(r.reason for r in results if r.status == "refused")


@pytest.mark.parametrize("names", RENAMED, ids=["folder", "file"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"EC2": 10, "Credit": -6}, {"EC2": 10, "Credit": -10}),
        ({"EC2": 10, "S3": 10}, {"EC2": 4, "S3": 4}),
        ({"EC2": 10, "S3": 10}, {"EC2": 0, "S3": 0}),
    ],
)
def test_a_month_under_another_name_replaces_what_is_gone_whatever_it_costs_now(
    before: dict[str, float],
    after: dict[str, float],
    names: tuple[str, str],
    write: Write,
    loaded: Loaded,
    lake: Lake,
) -> None:
    spent_at(write, loaded, lake, None, names[0], services(**before))
    path = write(names[0], services(**before))
    found = spent_at(write, loaded, lake, path, names[1], services(**after))
    assert found == (20, 10 * sum(after.values()), "")


@pytest.mark.parametrize("names", RENAMED, ids=["folder", "file"])
def test_a_part_of_what_is_gone_counts_its_lines_once_or_waits(
    names: tuple[str, str], write: Write, loaded: Loaded, lake: Lake
) -> None:
    """The export is filtered now; what it has at another cost may be a version or be added."""
    old, part = services(EC2=1, S3=2, RDS=4), services(EC2=1)
    spent_at(write, loaded, lake, None, names[0], old)
    path: Path | None = write(names[0], old)
    for text in (part, part, part + services(SQS=8).partition("\n")[2]):
        found = spent_at(write, loaded, lake, path, names[1], text)
        further = 10 if "SQS" in text else 0
        assert found == (30 + further, 70 + 8 * further, "")
        path = None
    found = spent_at(write, loaded, lake, None, names[1], services(EC2=0.9))
    assert found[:2] == (40, 150)
    assert "at another cost" in found[2]


def test_what_is_gone_stays_beside_what_was_loaded_of_a_refused_delivery(
    write: Write, loaded: Loaded, lake: Lake
) -> None:
    """Late lines of it are no version of it, and are not compared with it anew."""
    spent_at(write, loaded, lake, None, "one/x.csv", services(EC2=1, S3=2, RDS=4))
    path = write("one/x.csv", "")
    late = aws(("2" * 12, DAYS[0], "EC2", 0.25))
    assert spent_at(write, loaded, lake, path, "one/y.csv", late) == (31, 70.25, "")
    for _ in range(2):
        found = spent_at(write, loaded, lake, None, "one/y.csv", services(EC2=0.9))
        assert found[:2] == (31, 70.25)
        assert "at another cost" in found[2]


def added(*lines: tuple[int, str, str]) -> str:
    """The same lines as Google Cloud adds them on their day."""
    return "".join(
        json.dumps(
            {
                "usage_start_time": f"{day} 12:00:00 UTC",
                "export_time": f"{day} 20:00:00 UTC",
                "sku": {"id": sku},
                "cost": cost,
                "credits": [],
            }
        )
        + "\n"
        for cost, day, sku in lines
    )


LINES = {"focus": (focus, "csv"), "gcp_billing": (added, "json")}


@pytest.mark.parametrize("is_noted", [True, False], ids=["noted", "not noted"])
@pytest.mark.parametrize("kind", LINES)
def test_files_of_one_folder_that_are_archived_one_by_one_lose_nothing(
    kind: str,
    is_noted: bool,
    write: Write,
    workspace: Workspace,
    counted: Callable[..., Any],
) -> None:
    text, ending = LINES[kind]
    # Each month but the first has a late line of the one before; that of January is a correction.
    months = [
        [(10, "2026-09-29", "x"), (20, "2026-09-30", "x"), (40, "2026-09-30", "y")],
        [(3, "2026-09-30", "x"), (5, "2026-10-01", "x"), (50, "2026-10-31", "x")],
        [(1, "2026-10-31", "x"), (7, "2026-11-01", "x"), (70, "2026-11-30", "x")],
        [(-2, "2026-11-30", "x"), (9, "2026-12-01", "x")],
    ]
    right, written = 0, []
    for number, lines in enumerate(months):
        written.append(write(f"a/month-{number}.{ending}", text(*lines)))
        right += sum(cost for cost, _, _ in lines)
        if number > 1:
            written[number - 2].unlink()
        for _ in range(2):
            assert counted(kind) == right
            if not is_noted:
                (workspace.lake / kind / "export=a" / "_deliveries.json").unlink()
    for path in written[2:]:
        path.unlink()
        write(f"a/x/later.{ending}", text((1, "2027-01-01", "x")))
        for _ in range(2):
            assert counted(kind) == right + 1


def test_a_folder_that_is_written_again_under_other_names_counts_once(
    write: Write, counted: Callable[..., Any]
) -> None:
    days = [f"2026-10-{day:02}" for day in range(1, 7)]
    before: list[Path] = []
    for run, price in enumerate((10, 8, 9)):
        # Each run has more days, other prices, and now and then fewer parts.
        lines = [(price, day, sku) for day in days[: 2 * run + 2] for sku in ("x", "y", "z")]
        parts = [lines[0::2], lines[1::2]] if run < 2 else [lines]
        new = [write(f"a/part-{run}-{n}.csv", focus(*part)) for n, part in enumerate(parts)]
        for path in before:
            path.unlink()
        before = new
        for _ in range(2):
            assert counted("focus") == price * len(lines)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("layout", ["{0}", "{0}/lines"], ids=["flat", "folders"])
def test_whatever_is_archived_renamed_or_written_again_each_line_counts_once(
    seed: int,
    layout: str,
    kind: str,
    write: Write,
    tmp_path: Path,
    counted: Callable[..., Any],
) -> None:
    choose = random.Random(seed)
    text, ending = LINES[kind]
    there: dict[str, list[tuple[int, str, str]]] = {}
    archived: list[list[tuple[int, str, str]]] = []
    names = (layout.format(f"file-{number}") for number in itertools.count())
    days = [f"2026-{month:02}-{day:02}" for month in (9, 10) for day in range(1, 29)]
    for step in range(8):
        # A file has the next days whole, and now and then a late line or a correction.
        first = 4 * step
        its_days = days[first : first + 4]
        lines = [(choose.randint(5, 20), day, sku) for day in its_days for sku in "xyz"]
        if step and choose.random() < 0.5:
            late = choose.choice(days[max(0, first - 8) : first])
            # Between folders nothing but days tells a correction of FOCUS from a version.
            is_alike = kind == "gcp_billing" or layout == "{0}"
            lines.append((choose.choice([-1, 1]), late, "x" if is_alike else "late"))
        there[next(names)] = lines
        what = choose.choice(["archive", "rename", "restate", "nothing"] if step else ["nothing"])
        name = choose.choice(sorted(there))
        match what:
            case "archive":
                archived.append(there.pop(name))
            case "rename":
                there[next(names)] = there.pop(name)
            case "restate" if kind == "focus":
                there[name] = [(cost + 1, day, sku) for cost, day, sku in there[name]]
        shutil.rmtree(tmp_path / "a", ignore_errors=True)
        for name, its in there.items():
            write(f"a/{name}.{ending}", text(*its))
        for _ in range(2):
            right = sum(cost for its in [*there.values(), *archived] for cost, _, _ in its)
            assert counted(kind) == right
