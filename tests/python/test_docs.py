"""The written pages say what the project does."""

import re
from pathlib import Path

import pytest

from cloudbill import docs_marts
from cloudbill.read.catalog import models
from cloudbill.read.vm_report import MEASURES
from cloudbill.schema import PROJECT

PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])


def test_the_page_of_the_marts_is_current() -> None:
    current = docs_marts.PAGE.read_text(encoding="utf-8")
    assert current == docs_marts.page(), "run `python -m cloudbill.docs_marts`"


def test_every_measure_has_a_label_a_definition_and_a_formula() -> None:
    columns = models()["vm_cost_report"].columns
    for measure in MEASURES:
        assert columns[measure].label != columns[measure].definition
        formula = docs_marts.formula(measure)
        assert docs_marts.INNER.search(formula) is None
        assert formula.count("(") == formula.count(")"), measure


def test_every_column_of_a_mart_has_a_meaning() -> None:
    bare = [
        f"{model.name}.{column.name}"
        for model in docs_marts.published()
        for column in model.columns.values()
        if not column.text
    ]
    assert bare == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
    for name in re.findall(r"`((?:models|seeds|macros|tests|scripts|analyses)/[\w/.-]+)`", text):
        assert (PROJECT / name).exists(), name
