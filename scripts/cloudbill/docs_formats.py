"""docs/exports/formats.md: which column of which schema version feeds which field.

Columns and versions come from the sources' YAML, fields from the SQL that names them, so that the
page says what the code does. `python -m cloudbill.docs_formats` writes it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cloudbill.schema import DERIVED, PROJECT

PAGE = PROJECT / "docs" / "exports" / "formats.md"
STAGING = PROJECT / "models" / "staging"
TABLES = {
    "AWS": ("aws", "stg_aws__line_items"),
    "Azure": ("azure", "stg_azure__cost_lines"),
    "Google Cloud": ("gcp", "stg_gcp__billing_lines"),
}
INTRODUCTION = """# Export formats

Made from `models/staging/*/_*__sources.yml` and the staging models by
`python -m cloudbill.docs_formats`; do not edit it.

A field is a column of the staging model. Columns have their names in the lake: see
[the rules](README.md) for how headers become them. Several columns in a cell: the first that has a
value counts, or they make up the field together.
"""


@dataclass(frozen=True)
class Column:
    """A raw column as the sources' YAML describes it."""

    name: str
    type: str
    description: str
    schemas: tuple[str, ...]
    headers: tuple[str, ...]


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for title, (folder, model) in TABLES.items():
        path = STAGING / folder / f"_{folder}__sources.yml"
        table = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"][0]
        schemas = table["config"]["meta"]["schemas"]
        columns = list(_columns(table, tuple(schemas)))
        sql = (STAGING / folder / f"{model}.sql").read_text(encoding="utf-8")
        parts += [f"\n## {title}\n", *_fields(schemas, columns, sql), "\n### Columns\n"]
        parts += _rows(
            ("column", "type", "meaning", "other headers"),
            [
                (f"`{c.name}`", c.type, c.description, ", ".join(f"`{h}`" for h in c.headers))
                for c in columns
            ],
        )
    return "\n".join(parts) + "\n"


def _columns(table: dict[str, Any], every: tuple[str, ...]) -> Iterator[Column]:
    for column in table["columns"]:
        if column["name"] not in DERIVED:
            meta = column.get("config", {}).get("meta", {})
            yield Column(
                column["name"],
                column["data_type"],
                column["description"],
                tuple(meta.get("schemas", every)),
                tuple(meta.get("headers", ())),
            )


def _fields(schemas: dict[str, str], columns: list[Column], sql: str) -> Iterator[str]:
    rows = []
    for field, words in fields(sql).items():
        used = sorted((c for c in columns if c.name in words), key=lambda c: words.index(c.name))
        if used:
            cells = (" ".join(f"`{c.name}`" for c in used if s in c.schemas) for s in schemas)
            rows.append((f"`{field}`", *cells))
    yield from _rows(("field", *schemas.values()), rows)


def fields(sql: str) -> dict[str, list[str]]:
    """The words of the expression of each column in the select list that reads the source."""
    # What macros are given is SQL, not text.
    sql = re.sub(r"{{.*?}}", lambda call: call[0].replace("'", ""), sql, flags=re.DOTALL)
    sql = re.sub(r"--.*|'[^']*'", "", sql)
    listed = sql[: sql.index("from {{ source")]
    listed = listed[listed.rindex("\n    select\n") + len("\n    select\n") :]
    found = {}
    for expression in _split(listed):
        words = re.findall(r"\w+", expression)
        found[words[-1]] = words[:-1] if len(words) > 1 else words
    return found


def _split(listed: str) -> Iterator[str]:
    depth, start = 0, 0
    for position, character in enumerate(listed):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield listed[start:position]
            start = position + 1
    yield listed[start:]


def _rows(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    for row in (header, ("---",) * len(header), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def write(path: Path = PAGE) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
