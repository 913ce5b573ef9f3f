"""Files that mean harm, or come from another world: loaded right, or refused with a sentence."""

import gzip
import random
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cloudbill.config import load_config
from cloudbill.errors import CloudbillError
from cloudbill.lake.load import load
from cloudbill.workspace import Workspace

AZURE = "name: a, kind: azure_cost, location: a"
HEADER = "Date,CostInBillingCurrency,ChargeType,PricingModel,ResourceId,Tags\n"
SQL = "x'); drop table bills; --"


def test_sql_in_values_headers_and_names_is_text(
    write: Callable[[str, str], Path], loaded: Callable[..., Any], lake: Callable[..., Any]
) -> None:
    header = HEADER.replace("\n", f',"{SQL}","a""b"\n')
    line = f'10/01/2026,1,"{SQL}",OnDemand,"{SQL}","{{""{SQL}"": ""{SQL}""}}","{SQL}",2\n'
    write("a/it's [1]*; drop 'x'/20261001-20261031/o'clock.csv", header + line)
    (result,) = loaded(AZURE)
    assert result.status == "new", result.reason
    (row,) = lake("azure_cost")
    assert (row["chargetype"], row["resourceid"], row["tags"]) == (SQL, SQL, {SQL: SQL})


def test_formulas_stay_what_they_are(
    write: Callable[[str, str], Path], loaded: Callable[..., Any], lake: Callable[..., Any]
) -> None:
    formula = "=cmd|' /C calc'!A0"
    write("a/a.csv", HEADER + f"10/01/2026,1,Usage,OnDemand,{formula},\n")
    assert [result.status for result in loaded(AZURE)] == ["new"]
    assert [row["resourceid"] for row in lake("azure_cost")] == [formula]


# DuckDB leaves out a line that spans several of its buffers (256 MB), and says nothing.
@pytest.mark.parametrize(
    "before", ["10/01/2026,1,Usage,OnDemand,/r,\n", pytest.param("", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("name", "megabytes"),
    [("a.csv", 40), pytest.param("a.csv", 300, marks=pytest.mark.slow), ("a.csv.gz", 300)],
)
def test_a_gigantic_field_is_refused(
    before: str, name: str, megabytes: int, tmp_path: Path, loaded: Callable[..., Any]
) -> None:
    (tmp_path / "a").mkdir()
    opened = gzip.open if name.endswith("gz") else open
    with opened(tmp_path / "a" / name, "wt") as file:
        file.write(HEADER + before + f"10/01/2026,1,Usage,OnDemand,{'x' * (megabytes << 20)},\n")
    (result,) = loaded(AZURE)
    assert result.status == "refused"
    assert f"{name} has a line of more than 8 MB" in result.reason


@pytest.mark.parametrize("name", ["../a", "/etc", "a/b", "..", "__schema__", "a'b", "a b", ""])
def test_names_cannot_leave_the_lake(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bills.yml"
    path.write_text(f'bills:\n  - {{name: "{name}", kind: aws_cur, location: a}}\n')
    with pytest.raises(CloudbillError):
        load_config(path)


LINES = [
    f'{month:02}/{day:02}/2026,{cost},Usage,OnDemand,/r/{cost},"{{""k"": ""{cost}""}}"\n'
    for month, day, cost in ((10, 1, "1.5"), (10, 2, "-0.25"), (10, 31, "1E-3"), (10, 7, "40"))
]
WHOLE = (HEADER + "".join(LINES)).encode()


def mutated(data: bytes, seed: int) -> bytes:
    """Bytes cut, doubled, changed or moved."""
    chance = random.Random(seed)
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at, to = sorted(chance.randrange(len(changed) + 1) for _ in range(2))
        match chance.randrange(5):
            case 0:
                del changed[at : min(to, at + 20)]
            case 1:
                changed[at:at] = changed[at : min(to, at + 20)]
            case 2:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                changed[at:at] = chance.choice([b'"', b",", b"\n", b"\r\n", b"\0", b"\xff", b"'"])
            case 4:
                changed = changed[: max(at, 1)]
    return bytes(changed)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9))
@example(seed=48287067)  # A line end within the header.
def test_mutated_exports_load_right_or_are_refused_with_a_sentence(
    seed: int, tmp_path_factory: pytest.TempPathFactory, project: Path
) -> None:
    root = tmp_path_factory.mktemp("mutated")
    path = root / "a" / "20261001-20261031" / "a.csv"
    path.parent.mkdir(parents=True)
    data = mutated(WHOLE, seed)
    path.write_bytes(data)
    config = root / "bills.yml"
    config.write_text(f"bills:\n  - {{{AZURE}}}\n")
    (result, *_) = load(load_config(config), Workspace(root / "workspace"), project=project)
    if result.status in ("refused", "skipped"):
        assert result.reason and "\n" not in result.reason
        return
    # Lines that were read are lines that are there, each with the cost that it states.
    text = data.decode("utf-8-sig")
    stated = re.findall(r"(?:^|[\r\n])\"?[^,\"\r\n]*\"?,\"?([^,\"\r\n]*)\"?,", text)[1:]
    if '"' not in text.split("\n", 1)[0] and len(stated) == result.rows:
        total = sum((Decimal(cost.strip()) for cost in stated if cost.strip()), Decimal(0))
        assert sum(result.cost.values()) == total
