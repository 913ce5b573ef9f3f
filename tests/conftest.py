"""Settings of all tests: no test fails on a clock, and the project is parsed once."""

import os

import pytest
from hypothesis import settings

settings.register_profile("cloudbill", deadline=None, print_blob=True)
settings.load_profile("cloudbill")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["CLOUDBILL_PARSED"] = str(config.cache.mkdir("parsed"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file comes first, so that no process ends with it alone."""
    items.sort(key=lambda item: item.path.name != "test_spark.py")
