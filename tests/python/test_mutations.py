"""Whatever goes wrong with a file: no run ends, no total is wrong, and sentences are for people.

400 mutants of bills and lists of every kind; what loads is compared with a plain reading of the
same file, written apart from the loader (independent.py).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import independent
import pytest
from mutations import Mutant, mutant

from cloudbill.config import Config, Export, Invoice, Located, Nodes
from cloudbill.lake.load import LoadResult, load
from cloudbill.workspace import Workspace

BATCH = 20
BATCHES = 20
QUICK = 3
"""Batches that run in CI; the others are slow."""
BILLS = ("aws_cur", "azure_cost", "gcp_billing", "focus")
FINE = Decimal(10) ** -15
# Words of DuckDB and Python that tell a person nothing.
ENGINE = re.compile(
    r"\b[A-Z][A-Za-z]+ Error|Traceback|duckdb|read_(csv|json|parquet|text)|LINE \d+:|sniff|codec"
    r"|NoneType|KeyError|list index|Errno|recursion|has no attribute|unhashable|must be str"
    r"|VARCHAR|DECIMAL\(|BIGINT|HUGEINT|INT64|DOUBLE|STRUCT\(|\bMAP\(|strptime|TRY_CAST|CAST|ordinal"
    r"|Decimal\(|<class|object at 0x|should not happen|invalid literal|utf-8' |max_line_size"
    r"|ignore_errors|Conversion|Binder|Catalog|pipes?\b|/dev/fd|Possible solutions",
)


def load_mutants(mutants: list[Mutant], root: Path) -> list[LoadResult]:
    """All of them in one run, each at a location of its own."""
    entries: dict[str, list[Any]] = defaultdict(list)
    for number, found in enumerate(mutants):
        path = root / f"m{number}" / found.name
        path.parent.mkdir(parents=True)
        path.write_bytes(found.data)
        if found.kind in BILLS:
            entries["bills"].append(
                Export(name=f"m{number}", kind=found.kind, location=str(path.parent),
                       scope=f"m{number}", may_repeat=True)  # type: ignore[arg-type]
            )  # fmt: skip
        elif found.kind == "nodes":
            entries["nodes"].append(Nodes(cluster=f"m{number}", location=str(path)))
        elif found.kind == "invoices":
            entries["invoices"].append(Invoice(location=str(path)))
        else:
            section = {"price_sheet": "azure_price_sheets", "subscriptions": "azure_subscriptions"}
            entries[section.get(found.kind, "azure_reservations")].append(
                Located(location=str(path))
            )
    return load(Config(**entries), Workspace(root / "workspace"))


def held(root: Path, table: str, columns: str, path: Path) -> Counter[Any]:
    """What the lake holds of a list."""
    lake = root / "workspace" / "lake" / f"{table}.parquet"
    rows = duckdb.execute(f"select {columns} from '{lake}' where source_file = ?", [str(path)])
    return Counter(row if len(row) > 1 else row[0] for row in rows.fetchall())


def difference(found: Mutant, number: int, root: Path, results: list[LoadResult]) -> str | None:  # noqa: PLR0911
    """What the lake says and a plain reading does not."""
    path = root / f"m{number}" / found.name
    try:
        if found.kind in BILLS:
            own = [r for r in results if r.export == f"m{number}" and r.status == "new"]
            if not own or any(r.export == f"m{number}" and r.status == "refused" for r in results):
                return None
            totals: dict[str | None, Decimal] = defaultdict(Decimal)
            for result in own:
                for currency, cost in result.cost.items():
                    totals[currency] += cost
            rows, expected = independent.bill(found.kind, found.name, found.data)
            if sum(result.rows for result in own) != rows:
                return f"{sum(result.rows for result in own)} lines instead of {rows}"
            gaps = [sum(totals.values()) - sum(expected.values())]
            gaps += [totals.get(code, Decimal(0)) - expected.get(code, Decimal(0))
                     for code in ("USD", "EUR")]  # fmt: skip
            is_right = all(abs(gap) <= FINE for gap in gaps)
            return None if is_right else f"{dict(totals)} instead of {expected}"
        if found.kind == "nodes":
            files = (root / "workspace/lake/kubernetes_nodes" / f"export=m{number}").rglob(
                "*.parquet"
            )
            names: Counter[Any] = Counter()
            for file in files:
                told = duckdb.execute(f"select node_name from '{file}' where node_name is not null")
                names += Counter(name for (name,) in told.fetchall())
            if not names:
                return None
            expected_names = independent.nodes(found.name, found.data)
            return None if names == expected_names else f"{names} instead of {expected_names}"
        table, columns, read = {
            "price_sheet": ("azure_price_sheets", "meter_id, unit_price", independent.prices),
            "invoices": ("invoices", "account, amount", independent.invoices),
            "subscriptions": ("azure_subscriptions", "subscription_id", independent.subscriptions),
        }.get(
            found.kind,
            ("azure_reservations", "coalesce(reservation_id, order_id, ''), quantity",
             independent.reservations),
        )  # fmt: skip
        there: Counter[Any] = held(root, table, columns, path)
        if not there:
            return None
        meant: Any = read(found.name, found.data)
        return None if there == meant else f"{there} instead of {meant}"
    except independent.UnreadableError as error:
        if found.name.endswith(".parquet") and str(error).startswith("parquet:"):
            return None  # Arrow reads less of what is damaged than DuckDB does.
        return f"loaded, and is no such file: {error}"


def shortcomings(seeds: Iterable[int], root: Path) -> list[str]:
    """What is wrong with how some mutants load."""
    mutants = [mutant(seed) for seed in seeds]
    results = load_mutants(mutants, root)
    wrong = []
    for result in results:
        reason = (result.reason or "").replace(str(root), "")
        if result.status == "refused" and not reason:
            wrong.append(f"{result.export}: refused without a word")
        # What stands in quotes is the file's.
        if "\n" in reason or ENGINE.search(re.sub(r"'[^']*'", "''", reason)):
            wrong.append(f"{result.export} {result.bill}: {reason}")
    for number, found in enumerate(mutants):
        if why := difference(found, number, root, results):
            wrong.append(f"m{number}, {found.what}: {why}")
    return wrong


@pytest.mark.parametrize(
    "batch",
    [pytest.param(n, marks=[pytest.mark.slow] if n >= QUICK else []) for n in range(BATCHES)],
)
def test_mutants_load_right_or_are_refused_in_a_sentence(batch: int, tmp_path: Path) -> None:
    assert shortcomings(range(batch * BATCH, (batch + 1) * BATCH), tmp_path) == []


def test_mutants_of_lists_load_right_or_are_refused_in_a_sentence(tmp_path: Path) -> None:
    lists = (seed for seed in range(1000, 2000) if mutant(seed).kind not in BILLS)
    assert shortcomings(list(lists)[:60], tmp_path) == []
