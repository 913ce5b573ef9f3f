"""What the models mean in words: descriptions and doc blocks, read from the dbt project."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cloudbill.schema import PROJECT

BLOCK = re.compile(r"{%\s*docs\s+(\w+)\s*%}(.*?){%\s*enddocs\s*%}", re.DOTALL)
REFERENCE = re.compile(r"{{\s*doc\(\s*['\"](\w+)['\"]\s*\)\s*}}")
LABEL = re.compile(r"(?P<label>[#A-Z][^:.]*): (?P<text>.*)", re.DOTALL)


@dataclass(frozen=True)
class Column:
    """A column as its contract and description state it."""

    name: str
    data_type: str
    text: str

    @property
    def label(self) -> str:
        """The name for people: what stands before the colon, else the name in words."""
        match = LABEL.match(self.text)
        return match["label"] if match else self.name.replace("_", " ").capitalize()

    @property
    def definition(self) -> str:
        """The description without the label, as a sentence."""
        match = LABEL.match(self.text)
        text = match["text"] if match else self.text
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Model:
    """A model of the project with its columns, in the order of its contract."""

    name: str
    path: Path
    text: str
    is_public: bool | None
    columns: dict[str, Column]
    grain: tuple[str, ...] = ()


@cache
def doc_blocks(project: Path = PROJECT) -> dict[str, str]:
    """Read every doc block."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(project.glob("models/**/*.md")))
    return {name: unwrapped(text) for page in texts for name, text in BLOCK.findall(page)}


@cache
def models(project: Path = PROJECT) -> dict[str, Model]:
    """Read every described model; doc blocks stand where they are quoted."""
    found = {}
    for path in sorted(project.glob("models/**/*__models.yml")):
        described = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for entry in described["models"]:
            columns = [column_of(column, project) for column in entry.get("columns", [])]
            found[entry["name"]] = Model(
                entry["name"],
                path.relative_to(project),
                resolved(entry.get("description", ""), project),
                is_public(entry),
                {column.name: column for column in columns},
                grain_of(entry),
            )
    return found


def grain_of(entry: dict[str, Any]) -> tuple[str, ...]:
    """Return the columns that a row is one of, as the test of the model states them."""
    for test in entry.get("data_tests", []):
        if isinstance(test, dict) and "unique_combination" in test:
            return tuple(test["unique_combination"]["arguments"]["columns"])
    return tuple(
        column["name"]
        for column in entry.get("columns", [])
        if "unique" in column.get("data_tests", [])
    )


def is_public(entry: dict[str, Any]) -> bool | None:
    """Tell whether a model is public; None where its folder decides."""
    access = entry.get("access") or (entry.get("config") or {}).get("access")
    return None if access is None else access == "public"


def column_of(entry: dict[str, Any], project: Path) -> Column:
    """Read one column."""
    text = resolved(entry.get("description", ""), project)
    return Column(entry["name"], entry.get("data_type", ""), text)


def resolved(text: str, project: Path) -> str:
    """Put doc blocks where they are quoted."""
    blocks = doc_blocks(project)
    return unwrapped(REFERENCE.sub(lambda match: blocks[match[1]], text))


def unwrapped(text: str) -> str:
    """Join the lines of each paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))
