"""The smaller locks are what pyproject.toml and the large lock say, pinned with hashes."""

import importlib.util
import re

import pytest

from cloudbill.schema import PROJECT

spec = importlib.util.spec_from_file_location("locks", PROJECT / "scripts" / "locks.py")
assert spec and spec.loader
locks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(locks)


@pytest.mark.parametrize("name", locks.LOCKS)
def test_a_lock_is_a_part_of_the_large_one(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert text == locks.text_of(locks.LOCKS[name]), "run `make locks`"
    pins = locks.pins(PROJECT / name)
    assert len(pins) < len(locks.pins(locks.LARGE))
    assert all("--hash=sha256:" in entry for _, entry in pins)


def test_no_file_names_a_registry() -> None:
    for name in (
        "Makefile",
        "pyproject.toml",
        "Dockerfile",
        *(p.name for p in PROJECT.glob("*.lock")),
    ):
        path = PROJECT / name
        if path.exists():
            assert not re.search(r"index-url|://", path.read_text(encoding="utf-8")), name


def test_the_main_lock_is_small() -> None:
    names = {name for name, _ in locks.pins(PROJECT / "requirements-main.lock")}
    assert {"duckdb", "dbt-duckdb", "typer", "obstore", "mashumaro"} <= names
    assert not names & {"streamlit", "pandas", "pytest", "pyspark", "boto3"}
