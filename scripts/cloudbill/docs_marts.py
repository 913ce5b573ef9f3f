"""docs/marts.md: every mart, column and measure, with its meaning, formula and source.

Meanings come from the models' YAML and doc blocks, formulas from the SQL that computes them, so
that the page says what the code does. `python -m cloudbill.docs_marts` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from cloudbill.read.catalog import Column, Model, models
from cloudbill.read.cloud_costs import COST_METRICS
from cloudbill.read.vm_report import MEASURES
from cloudbill.schema import PROJECT

PAGE = PROJECT / "docs" / "marts.md"
CHARGES = PROJECT / "models" / "intermediate" / "charges"
MEASURE_SQL = PROJECT / "macros" / "vm_measures.sql"
METRIC_SQL = {
    "AWS": CHARGES / "int_aws__amortized_lines.sql",
    "Azure": CHARGES / "int_azure__charges.sql",
    "Google Cloud": CHARGES / "int_gcp__amortized_lines.sql",
    "FOCUS": CHARGES / "int_focus__charges.sql",
}
INNER = re.compile(r"\b(?:measured|totals|reserved)\.(?P<name>\w+)")
# The tables that carry every other one come first.
ORDER = (
    "charges",
    "cloud_costs",
    "cloud_cost_summary",
    "cloud_cost_breakdown",
    "vm_cost_report",
    "vm_usage_daily",
)
# Besides amounts of different currencies.
NEVER_ADD_UP = {
    "bill_reconciliation": "rows of different measures: each is the whole bill.",
    "cloud_cost_breakdown": "rows of different dimensions: each is all of the costs.",
    "cloud_cost_summary": "the columns that end in `_kubernetes_percent`; divide the sums of"
    " `<metric>_kubernetes` by those of `<metric>`.",
    "cloud_costs": "`kubernetes_percent`, which is a flag; the five costs with each other.",
    "charges": "`list_cost` and the other costs with each other; `usage_quantity` of different"
    " `usage_unit`s.",
    "cluster_costs": "the five costs with each other.",
    "commitment_coverage": "ratios; divide the sums of what they are made of.",
    "commitments": "ratios; divide sums of used by sums of used and unused cost.",
    "focus_charges": "unit prices; quantities of different units; BilledCost with EffectiveCost.",
    "node_price_history": "prices and rates.",
    "node_prices": "rates; prices only of nodes of one currency, as the price of an hour of all.",
    "vm_cost_report": "rows of different categories or granularities, each of which is everything;"
    " `vms`, `assets`, `reservations` and what is normalized, whose rows count what is distinct;"
    " `period_hours`.",
    "vm_usage_daily": "`hourly_price` and the factors; count VMs with `count(distinct vm_name)`.",
}
INTRODUCTION = """# Marts, columns and measures

Made from the models' YAML, the doc blocks in `models/docs/` and the SQL by
`python -m cloudbill.docs_marts`; do not edit it.

Every table is in `published/cloudbill.duckdb`, with these texts as comments, and as Parquet beside
it: `<table>/<build>.parquet` where rows belong to a build, `<table>.parquet` else. Costs are
decimal(38, 18) in `billing_currency`; currencies must never be added together. Why sums tie out:
[money.md](money.md).
"""


def page() -> str:
    """Write the page."""
    parts = [INTRODUCTION, "## The five cost metrics\n", *metrics(), "## The eighteen measures\n"]
    parts += [
        "Of the rows of a period and category (`macros/vm_measures.sql`); `period_hours` are the"
        " hours of the calendar period, and a `reservation_factor` counts once per reservation.\n",
        *measures(),
    ]
    for model in published():
        parts += list(mart(model))
    return "\n".join(parts)


def published() -> list[Model]:
    """List the tables that are published, the basic ones first."""
    public = [model for model in models().values() if is_published(model)]
    rank = {name: number for number, name in enumerate(ORDER)}
    return sorted(public, key=lambda model: (rank.get(model.name, len(ORDER)), model.name))


def is_published(model: Model) -> bool:
    """Tell whether a model is public: by its folder, or by its own configuration."""
    return model.is_public or (model.is_public is None and model.path.parts[1] == "marts")


def metrics() -> Iterator[str]:
    """Write the five metrics with each provider's expression."""
    columns = models()["cloud_costs"].columns
    for name in COST_METRICS:
        yield f"### `{name}`\n\n{columns[name].text}\n"
        for provider, path in METRIC_SQL.items():
            found = dict.fromkeys(expressions(path.read_text(encoding="utf-8"), name))
            if not found:  # equal to the net cost, as the text says
                continue
            yield f"{provider} (`{path.relative_to(PROJECT)}`):\n"
            yield "".join(f"```sql\n{expression}\n```\n" for expression in found)


def measures() -> Iterator[str]:
    """Write the eighteen measures with their expressions."""
    columns = models()["vm_cost_report"].columns
    for name in MEASURES:
        column = columns[name]
        yield f"### {column.label} (`{name}`)\n\n{column.definition}\n"
        yield f"```sql\n{formula(name)}\n```\n"


def formula(measure: str) -> str:
    """Return a measure's expression; what it takes from the selects within stands in it."""
    outer, _, inner = measure_sql().partition("from (")
    found = next(expressions(outer, measure), f"measured.{measure}")
    while part := INNER.search(found):
        found = found.replace(part[0], next(expressions(inner, part["name"])))
    return found


def mart(model: Model) -> Iterator[str]:
    """Write one table."""
    yield f"## `{model.name}`\n\n{model.text}\n\nMade by `{sql_of(model).relative_to(PROJECT)}`.\n"
    if model.grain:
        yield f"One row per {', '.join(f'`{name}`' for name in model.grain)}.\n"
    if never := NEVER_ADD_UP.get(model.name):
        yield f"Never add up: {never}\n"
    yield "| column | type | meaning |\n| --- | --- | --- |"
    for column in model.columns.values():
        yield f"| `{column.name}` | {column.data_type} | {cell(column)} |"
    yield ""


def sql_of(model: Model) -> Path:
    """Find the SQL of a model."""
    return next(PROJECT.glob(f"models/**/{model.name}.sql"))


def cell(column: Column) -> str:
    """Write a description on one line of a table."""
    return " ".join(column.text.split()).replace("|", "\\|")


def expressions(sql: str, name: str) -> Iterator[str]:
    """Find what is selected `as name`: the text back to the comma or select before it."""
    sql = re.sub(r"--.*|{#.*?#}", "", sql)
    for match in re.finditer(rf"\s+as\s+{name}\b", sql):
        depth, start = 0, match.start()
        while start:
            start -= 1
            depth += {")": 1, "(": -1}.get(sql[start], 0)
            if depth < 0 or (not depth and (sql[start] == "," or ends_a_head(sql, start))):
                break
        expression = "\n".join(
            line for line in sql[start + 1 : match.start()].splitlines() if line.strip()
        )
        yield re.sub(r"\n {1,8}", "\n", "\n" + expression).strip("\n ")


def ends_a_head(sql: str, position: int) -> bool:
    """Tell whether a select list, or a tag of Jinja, ends here."""
    return bool(re.search(r"(\bselect|%})\s$", sql[max(0, position - 10) : position + 1]))


def measure_sql() -> str:
    """Render the macro of the measures."""
    call = "{{ vm_measures('vm_costs', 'vm_costs', ['category_value']) }}"
    return Environment().from_string(MEASURE_SQL.read_text(encoding="utf-8") + call).render()


def write(path: Path = PAGE) -> None:
    """Write the page to its file."""
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
