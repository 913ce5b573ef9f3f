"""The sample: the same bytes for a seed, small, and as its truth says."""

import csv
import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cloudbill.samples import write_samples

COMMITTED = Path(__file__).parents[2] / "samples"
COST_COLUMNS = {
    "lineItem/UnblendedCost",
    "line_item_unblended_cost",
    "CostInBillingCurrency",
    "costInBillingCurrency",
    "PreTaxCost (PreTaxCost)",
    "cost",
}
DOUBLES = Decimal("1e-9")  # Parquet holds doubles


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("sample")
    return out, write_samples(out)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        relation = duckdb.sql(f"from read_parquet('{path}', hive_partitioning = false)")
        for values in relation.fetchall():
            yield dict(zip(relation.columns, values, strict=True))
        return
    text = plain(path).decode("utf-8-sig")
    if path.suffix == ".json":
        yield from (json.loads(line, parse_float=Decimal) for line in text.splitlines())
    else:
        yield from csv.DictReader(io.StringIO(text, newline=""))


def plain(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def cost(row: dict[str, Any]) -> Decimal:
    return Decimal(str(next(row[name] for name in COST_COLUMNS if name in row)))


def billing_period(path: Path, row: dict[str, Any]) -> str:
    if "invoice" in row:
        month = row["invoice"]["month"]
        return f"{month[:4]}-{month[4:]}"
    folder = next(part for part in path.parts if part[:1] == "2" or part.startswith("BILLING"))
    digits = folder.removeprefix("BILLING_PERIOD=").replace("-", "")
    return f"{digits[:4]}-{digits[4:6]}"


def bills(truth: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, export in truth["exports"].items():
        for period, currencies in export["bills"].items():
            for totals in currencies.values():
                yield name, period, totals


def test_a_seed_gives_the_same_bytes_and_another_seed_others(
    sample: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out, truth = sample
    assert write_samples(tmp_path / "again") == truth
    assert write_samples(tmp_path / "other", seed=2)["exports"] != truth["exports"]
    for path in out.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(out)).read_bytes()


def test_a_sample_replaces_an_earlier_one(tmp_path: Path) -> None:
    write_samples(tmp_path, seed=2)
    truth = write_samples(tmp_path)
    beside = ("truth.json", "bills.yml", "subscriptions.json", "nodes", "prices", "reservations")
    bills = {
        name
        for path in tmp_path.rglob("*")
        if path.is_file() and not (name := str(path.relative_to(tmp_path))).startswith(beside)
    }
    assert bills == truth["files"].keys()


def test_committed_samples_are_what_the_generator_writes_and_small(
    sample: tuple[Path, dict[str, Any]],
) -> None:
    out, _ = sample
    names = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    committed = {path.relative_to(COMMITTED) for path in COMMITTED.rglob("*") if path.is_file()}
    assert committed == names
    for name in names:
        if name.suffix != ".parquet":
            assert plain(COMMITTED / name) == plain(out / name), name
    assert sum((COMMITTED / name).stat().st_size for name in committed) < 3_000_000


def test_files_add_up_to_the_truth(sample: tuple[Path, dict[str, Any]]) -> None:
    out, truth = sample
    lines: dict[tuple[str, str], int] = defaultdict(int)
    costs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for name, export in truth["files"].items():
        for row in rows(out / name):
            key = export, billing_period(Path(name), row)
            lines[key] += 1
            costs[key] += cost(row)
    for export, period, totals in bills(truth):
        assert lines.pop((export, period)) == totals["lines"]
        difference = costs[export, period] - Decimal(totals["cost"])
        assert abs(difference) <= DOUBLES * totals["lines"], (export, period)
        if not any("parquet" in n for n, e in truth["files"].items() if e == export):
            assert difference == 0, (export, period)
    assert not lines


def test_aws_amortized_cost_is_unblended_less_upfront_plus_what_is_amortized_of_it(
    sample: tuple[Path, dict[str, Any]],
) -> None:
    out, truth = sample
    for export, _, totals in bills(truth):
        if truth["exports"][export]["kind"] == "aws_cur":
            amounts = {name: Decimal(totals[name]) for name in ("amortized", "cost")}
            paid_before = Decimal(totals["upfront_fees"]) + Decimal(totals["true_up"])
            assert amounts["amortized"] == amounts["cost"] - paid_before
    amortized: dict[str, Decimal] = defaultdict(Decimal)
    for name, export in truth["files"].items():
        if truth["exports"][export]["kind"] == "aws_cur" and name.endswith(".gz"):
            for row in rows(out / name):
                amortized[name] += _amortized(row)
    for name, total in amortized.items():
        period = billing_period(Path(name), {})
        assert total == Decimal(
            truth["exports"]["aws-payer-a"]["bills"][period]["USD"]["amortized"]
        )


def _amortized(row: dict[str, Any]) -> Decimal:
    """Amortized cost as AWS's Cloud Intelligence Dashboards compute it."""

    def amount(name: str) -> Decimal:
        return Decimal(row[name] or 0)

    line_type = row["lineItem/LineItemType"]
    if line_type == "Fee" and row["reservation/ReservationARN"]:
        return Decimal(0)
    columns = {
        "SavingsPlanCoveredUsage": ("savingsPlan/SavingsPlanEffectiveCost",),
        "SavingsPlanNegation": (),
        "SavingsPlanUpfrontFee": (),
        "DiscountedUsage": ("reservation/EffectiveCost",),
        "RIFee": (
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
            "reservation/UnusedRecurringFee",
        ),
    }
    if line_type == "SavingsPlanRecurringFee":
        return amount("savingsPlan/TotalCommitmentToDate") - amount("savingsPlan/UsedCommitment")
    return sum(map(amount, columns.get(line_type, ("lineItem/UnblendedCost",))), Decimal(0))


def test_aws_money_has_at_most_ten_decimals(sample: tuple[Path, dict[str, Any]]) -> None:
    out, truth = sample
    for name in truth["files"]:
        if name.startswith("aws-payer-a"):
            for row in rows(out / name):
                for column, value in row.items():
                    if column.endswith(("Cost", "Fee", "ForUsage", "Commitment")) and value:
                        assert len(value.partition(".")[2]) <= 10, (column, value)


def test_azure_amortized_cost_of_a_month_is_its_actual_cost(
    sample: tuple[Path, dict[str, Any]],
) -> None:
    _, truth = sample
    actual = truth["exports"]["azure-ea-actual"]["bills"]
    amortized = truth["exports"]["azure-ea-amortized"]["bills"]
    for period, totals in truth["scopes"]["azure-ea"].items():
        assert actual[period]["USD"]["cost"] == amortized[period]["USD"]["cost"]
        assert totals["USD"]["billed"] == totals["USD"]["amortized"]
        assert Decimal(totals["USD"]["unused_commitments"]) > 0


def test_google_amortized_net_cost_of_a_month_is_what_was_invoiced(
    sample: tuple[Path, dict[str, Any]],
) -> None:
    out, truth = sample
    charged: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for name, export in truth["files"].items():
        if truth["exports"][export]["kind"] == "gcp_billing":
            for row in rows(out / name):
                credits = sum(Decimal(str(credit["amount"])) for credit in row["credits"] or [])
                charged[export, billing_period(Path(name), row)] += cost(row) + credits
    for (export, period), amount in charged.items():
        totals = truth["exports"][export]["bills"][period]["USD"]
        assert totals["amortized_net"] == totals["billed"]
        assert abs(amount - Decimal(totals["billed"])) <= DOUBLES * totals["lines"]


def test_more_lines_are_copies_with_ids_of_their_own(tmp_path: Path) -> None:
    truth = write_samples(tmp_path, lines=30_000)
    assert abs(truth["lines"] - 30_000) < 5_000
    assert truth["copies"] > 1
    name = next(name for name in truth["files"] if name.startswith("aws-payer-a"))
    ids = [row["identity/LineItemId"] for row in rows(tmp_path / name)]
    assert len(set(ids)) == len(ids)
    assert not any("@" in path.read_text() for path in tmp_path.rglob("nodes/*.json"))
