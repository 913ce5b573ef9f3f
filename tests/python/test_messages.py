"""What the command and its pages tell people to run is there to be run."""

import re

import typer.main

from cloudbill.cli import app
from cloudbill.schema import PROJECT

COMMAND = re.compile(r"(?:`|: run |run |\bor |bin/)cloudbill ([a-z]+)(?: ([a-z]+))?")
MAKE = re.compile(r"(?:`|run )make ([a-z-]+)")


def texts() -> list[str]:
    patterns = ("scripts/**/*.py", "docs/**/*.md", "README.md", "bills.example.yml", "Makefile")
    return [path.read_text() for pattern in patterns for path in PROJECT.glob(pattern)]


def test_commands_that_messages_name_exist() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    named = {match.groups() for text in texts() for match in COMMAND.finditer(text)}
    assert len(named) > 10
    assert {first for first, _ in named} <= set(commands)
    groups = {
        name: set(command.commands)
        for name, command in commands.items()
        if hasattr(command, "commands")
    }
    assert {(a, b) for a, b in named if a in groups and b and b not in groups[a]} == set()


def test_targets_of_make_that_messages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert {match[1] for text in texts() for match in MAKE.finditer(text)} <= targets
