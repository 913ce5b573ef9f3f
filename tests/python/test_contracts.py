"""Every model says what a row of it is; what is published is held to it."""

import ast
import re
from typing import Any

import yaml

from cloudbill.docs_marts import published
from cloudbill.read import catalog
from cloudbill.read.cloud_costs import COST_METRICS
from cloudbill.read.vm_report import CATEGORIES, MEASURES
from cloudbill.schema import PROJECT

GRAINS = {"unique_combination", "as_many_rows"}


def described() -> dict[str, dict[str, Any]]:
    pages = [yaml.safe_load(path.read_text()) for path in PROJECT.glob("models/**/*.yml")]
    return {model["name"]: model for page in pages for model in (page or {}).get("models", [])}


def test_every_model_has_a_description() -> None:
    models = described()
    files = {path.stem for path in PROJECT.glob("models/**/*.sql")}
    assert files == models.keys() == catalog.models().keys()
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


def test_rooms_of_models_keep_their_doors() -> None:
    models = described()
    private = {path.stem: path for path in PROJECT.glob("models/intermediate/**/*.sql")}
    marts = {path.stem for path in PROJECT.glob("models/marts/**/*.sql")}
    staging = {path.stem for path in PROJECT.glob("models/staging/**/*.sql")}
    refs = re.compile(r"ref\('(\w+)'\)")
    assert [name for name in private if not name.startswith("int_")] == []
    assert [name for name in marts | staging if name.startswith("int_")] == []
    assert [name for name in private if models[name].get("config", {}).get("access")] == []
    read = {name: set(refs.findall(path.read_text())) for name, path in private.items()}
    assert {name: fed & marts for name, fed in read.items() if fed & marts} == {}
    lines = {path.stem for path in PROJECT.glob("models/intermediate/lines/*__lines.sql")}
    assert lines and [name for name in lines if not models[name]["config"]["contract"]] == []
    for path in PROJECT.glob("models/*/*/_*__models.yml"):
        assert path.read_text().startswith("# "), f"{path.name} opens with its reading order"


def test_reports_know_the_metrics_measures_and_categories_of_the_models() -> None:
    models = described()
    columns = [column["name"] for column in models["vm_cost_report"]["columns"]]
    assert [name for name in columns if name in MEASURES] == list(MEASURES)
    measures = (PROJECT / "macros" / "vm_measures.sql").read_text()
    assert [
        name for name in MEASURES if not re.search(rf"(as |measured[.]){name}\b", measures)
    ] == []
    metrics = (PROJECT / "macros" / "cost_metrics.sql").read_text()
    assert re.findall(r"'(\w+)'", metrics) == list(COST_METRICS)
    report = next(PROJECT.glob("models/**/vm_cost_report.sql")).read_text()
    categories = re.search(r"set categories = (\{.*?\n\})", report, re.DOTALL)
    assert categories and ast.literal_eval(categories[1]).keys() == CATEGORIES.keys()


def test_what_comes_after_the_charges_reads_only_what_is_shown() -> None:
    """Charges that are held back, or that others replaced, are in int_charges alone."""
    reads = {
        path.stem: set(re.findall(r"(?:ref|of_units)\('(\w+)'", path.read_text()))
        for path in PROJECT.glob("models/**/*.sql")
    }
    assert {name for name, read in reads.items() if "int_charges" in read} == {
        "charges",
        "int_unit_totals",
    }
    after = {"charges"}
    while further := {name for name, read in reads.items() if read & after} - after:
        after |= further
    assert {"cloud_costs", "node_prices", "bill_gaps"} < after
    assert not {name for name in after if "int_built_bills" in reads[name]}
    # It tells of what is held back, too.
    assert {name for name in after if "int_bills" in reads[name]} == {"bill_reconciliation"}
