"""What every field of a line becomes, for each family of files that providers document.

A folder of tests/fixtures holds a small file as the family has it and, in stated.yml, what its
lines are after staging: what <kind>.yml states for all families of the provider, and what differs.
"""

import gzip
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from cloudbill import docs_formats
from cloudbill.config import load_config
from cloudbill.delivered.kinds.azure_cost import column
from cloudbill.lake.load import load, write_index
from cloudbill.samples import azure_headers as headers
from cloudbill.schema import PROJECT
from cloudbill.warehouse.build import summarise
from cloudbill.warehouse.handover import open_warehouse
from cloudbill.warehouse.project import run_dbt
from cloudbill.workspace import Workspace

FIXTURES = PROJECT / "tests" / "fixtures"
FAMILIES = {path.parent.name: path for path in sorted(FIXTURES.glob("*/stated.yml"))}
AZURE_HEADERS = {
    "ea": [headers.EA_2024, headers.EA_2021_10],
    "cost_details": [headers.COST_DETAILS],
    "ea_legacy": [headers.EA_LEGACY],
    # In the JSON of the usage API, and in late files.
    "ea_portal": [headers.EA_PORTAL, ["cost"], ["Offer Id"]],
    "mca": [headers.MCA_2023, headers.MCA_2021],
    "mca_2019": [headers.MCA_2019_11, headers.MCA_2019_10],
    "mpa": [headers.MPA_2023],
    "csp": [headers.CSP],
    "partner_center": [headers.PARTNER_CENTER, ["BenefitId"]],  # in later files
    "mosp": [headers.MOSP],
}


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Lines of every fixture after staging, by day, loaded and staged in one go."""
    root = tmp_path_factory.mktemp("formats")
    entries = []
    for name, path in FAMILIES.items():
        stated = read(path)
        source = next(file for file in path.parent.iterdir() if file.stem == "bill")
        deliver(source, root / name / stated["deliver"], stated.get("types", {}))
        facts = {"name": name, "kind": stated["kind"], "location": name, "may_repeat": "true"}
        entries.append(facts | {key: stated[key] for key in ("currency",) if key in stated})
    config = root / "bills.yml"
    config.write_text(yaml.safe_dump({"bills": entries}), encoding="utf-8")
    workspace = Workspace(root / "workspace")
    results = load(load_config(config), workspace)
    assert [result for result in results if result.status != "new"] == []
    write_index(workspace)
    assert summarise(run_dbt(workspace, ["run", "--select", "staging"]), workspace).failures == []
    lines: dict[str, list[dict[str, Any]]] = {name: [] for name in FAMILIES}
    with open_warehouse(workspace) as con:
        for kind in FIXTURES.glob("*.yml"):
            relation = con.sql(f"from {read(kind)['model']} order by charge_date")
            for row in relation.fetchall():
                line = dict(zip(relation.columns, row, strict=True))
                lines[line["export_name"]].append(line)
    return lines


def deliver(source: Path, target: Path, types: dict[str, str]) -> None:
    """Write the fixture in the format that its name says."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".parquet":
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            relation = con.read_csv(str(source), all_varchar=True, na_values="")
            columns = ", ".join(
                f'cast("{name}"{"::json" if types.get(name, "").startswith("map") else ""}'
                f' as {types.get(name, "varchar")}) as "{name}"'
                for name in relation.columns
            )
            con.execute(f"copy (select {columns} from relation) to '{target}'")
    elif target.suffix == ".zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(source, source.name)
    else:
        data = source.read_bytes()
        target.write_bytes(gzip.compress(data) if target.suffix == ".gz" else data)


def plain(value: Any) -> Any:
    """As YAML has it."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return str(value) if hasattr(value, "isoformat") else value


@pytest.mark.parametrize("family", FAMILIES)
def test_every_field_becomes_what_is_stated(
    family: str, staged: dict[str, list[dict[str, Any]]]
) -> None:
    stated = read(FAMILIES[family])
    common = read(FIXTURES / f"{stated['kind']}.yml")["rows"]
    wanted = [line | differs for line, differs in zip(common, stated["rows"], strict=True)]
    found = [
        {field: plain(line[field]) for field in row}
        for line, row in zip(staged[family], wanted, strict=True)
    ]
    assert found == wanted, stated["what"]


@pytest.mark.parametrize("schema", AZURE_HEADERS)
def test_sources_say_which_azure_schema_has_which_column(schema: str) -> None:
    sources = read(PROJECT / "models" / "staging" / "azure" / "_azure__sources.yml")
    columns = {
        column["name"]: column.get("config", {}).get("meta", {}).get("schemas", [])
        for column in sources["sources"][0]["tables"][0]["columns"]
    }
    delivered = {column(name)[0] for header in AZURE_HEADERS[schema] for name in header}
    assert {name for name, schemas in columns.items() if schema in schemas} == {
        name for name, schemas in columns.items() if schemas and name in delivered
    }


def test_the_page_about_formats_is_current() -> None:
    current = docs_formats.PAGE.read_text(encoding="utf-8")
    assert current == docs_formats.page(), "run `python -m cloudbill.docs_formats`"
