"""Settings of all tests: no test fails on a clock, and the project is parsed once."""

import os

import pytest
from hypothesis import settings

FIRST = {"test_spark.py": 0, "test_crash.py": 1}

settings.register_profile("cloudbill", deadline=None, print_blob=True)
settings.load_profile("cloudbill")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["CLOUDBILL_PARSED"] = str(config.cache.mkdir("parsed"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first: no process ends with one alone, or waits for the demo."""
    items.sort(key=lambda item: FIRST.get(item.path.name, len(FIRST)))
