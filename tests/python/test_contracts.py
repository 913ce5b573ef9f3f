"""Every model says what a row of it is; what is published is held to it."""

from typing import Any

import yaml

from cloudbill.docs_marts import published
from cloudbill.schema import PROJECT

GRAINS = {"unique_combination", "as_many_rows"}


def described() -> dict[str, dict[str, Any]]:
    pages = [yaml.safe_load(path.read_text()) for path in PROJECT.glob("models/**/*.yml")]
    return {model["name"]: model for page in pages for model in (page or {}).get("models", [])}


def test_every_model_has_a_description() -> None:
    models = described()
    files = {path.stem for path in PROJECT.glob("models/**/*.sql")}
    assert files == models.keys()
    assert [name for name, model in models.items() if not model.get("description")] == []


def test_every_published_table_has_a_contract_and_a_test_of_its_grain() -> None:
    models = described()
    names = {model.name for model in published()} | {"focus_charges_1_4"}
    assert {"charges", "cloud_costs", "skus"} < names
    for name in sorted(names):
        model = models[name]
        assert model["config"]["contract"] == {"enforced": True}, name
        tests = {next(iter(test)) for test in model.get("data_tests", []) if isinstance(test, dict)}
        assert tests & GRAINS, name
