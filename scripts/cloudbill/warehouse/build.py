"""Build the warehouse with dbt, in this process, and publish what passed every test."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cloudbill.delivered.kinds import KINDS
from cloudbill.errors import CloudbillError
from cloudbill.lake.load import complete_lake, write_index
from cloudbill.landing.diagnosis import shortened
from cloudbill.safe import every_digit
from cloudbill.warehouse import files as warehouse
from cloudbill.warehouse import ready, sources, spark
from cloudbill.warehouse.handover import open_warehouse, take_up
from cloudbill.warehouse.project import parsed, rules_fingerprint, run_dbt
from cloudbill.warehouse.publish import marts_of, publish
from cloudbill.warehouse.published import (
    HELD_BACK,
    TOLD_BY_NOTICES,
    Published,
    last_published,
    note_published,
    published_state,
    read,
)
from cloudbill.workspace import DUCKDB, Workspace

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

BUILD = ("build", "--exclude-resource-type", "unit_test")
# What a warehouse of the same rules holds already: views of other models, and seeds.
UNCHANGED = (
    "--exclude-resource-type", "seed", "--indirect-selection", "empty",
    "--exclude", "config.materialized:view",
)  # fmt: skip
FAILED = ("error", "fail", "runtime error")
FINGERPRINTS = "fingerprints "
"""What a line of dbt's log begins with that tells them (macro tell_fingerprints)."""
INDEX = "bills"
"""The source that lists what those of lines hold."""
EVIDENCE = 5
"""Rows that are told of what a test found."""
LONGEST = 400
"""Characters of each."""


@dataclass(frozen=True)
class BuildReport:
    """What a build did: dbt's results by node, and the publication, if there is one."""

    passed: int
    findings: dict[str, str]
    """What tests found that keeps nothing else from being published, by their names."""
    failures: list[str]
    published: Path | None

    @property
    def warnings(self) -> list[str]:
        """Findings that nothing but the build tells of, in sentences."""
        return [told for name, told in self.findings.items() if name not in TOLD_BY_NOTICES]


def build(
    workspace: Workspace,
    *,
    full_refresh: bool = False,
    on_node: Callable[[str], None] = lambda _: None,
) -> BuildReport:
    """Build and test all models for the bills in the lake; publish if nothing failed.

    A bill that cannot be right is held back (int_held_units), and fails nothing.

    What to make anew is dbt's to know (macros/engine/made.sql). A warehouse that cannot be opened
    is thrown away: the lake holds everything that it held.
    """
    complete_lake(workspace)
    write_index(workspace)
    if workspace.target != DUCKDB:
        return build_on_spark(workspace, rules_fingerprint(), full_refresh, on_node)
    lake, before = sources.digests(workspace), last_published(workspace.last_published)
    if before and before.state != published_state(workspace):
        before = None
    if full_refresh:
        warehouse.discard(workspace)
    else:
        take_up(workspace)
        warehouse.discard_unusable(workspace, is_as_published=before is not None)
    if not (workspace.warehouse.exists() and workspace.published.exists()):
        before = None
    project = parsed(workspace)
    arguments = [*BUILD, *(changes(project, before, lake) if before else ())]
    tests: Literal["new", "all"] = "new" if before else "all"
    result = run_dbt(workspace, arguments, on_node, tests=tests, project=project)
    report = summarise(result, workspace)
    if report.failures:
        return report
    published = publish(workspace, marts_of(project), again=bool(before))
    note_published(workspace, Published(published_state(workspace), lake, report.findings))
    return BuildReport(report.passed, report.findings, [], published)


def changes(project: Manifest, before: Published, lake: dict[str, str]) -> list[str]:
    """Select what may be another than it was published: what is made of what changed in the lake.

    All other tables hold, and all other tests find, what the same rules make of the same rows.
    Tests that found something are asked again, so that it is told again.
    """
    changed = sources.changed(before.sources, lake)
    chosen = [f"source:*.{table}+" for table in sorted(changed)]
    if changed & set(KINDS):
        chosen.append(f"source:*.{INDEX}+")
    spared = sorted(lines_unchanged(project, changed) - set(before.findings))
    # Never nothing, which dbt would warn of.
    return ["--select", "int_bills", *chosen, *before.findings, *UNCHANGED, *spared]


def lines_unchanged(project: Manifest, changed: set[str]) -> set[str]:
    """Name what is made of lines none of which changed, nor what the index says of them."""
    return {
        project.nodes[node].name
        for node, tables in sources.ancestors(project).items()
        if tables & set(KINDS)
        and not (tables - {INDEX}) & changed
        and project.nodes[node].config.materialized != "view"
    }


def publish_built(workspace: Workspace) -> Path:
    """Publish what plain dbt built, if it is of the present rules and bills, and tested."""
    take_up(workspace)
    if not all(file.exists() for file in warehouse.files(workspace)):
        raise CloudbillError("Nothing is built: run `dbt build`, or `cloudbill build`.")
    complete_lake(workspace)
    write_index(workspace)
    project = parsed(workspace)
    found = ready.gaps(workspace, project.nodes, present_fingerprints(workspace, project))
    if found:
        raise CloudbillError(
            f"Not published. {' '.join(found)} Run `dbt build`, or `cloudbill build`."
        )
    published = publish(workspace, marts_of(project), again=False)
    # What its tests warned of is not known here: the next build asks them all.
    note_published(workspace, Published("plain dbt", sources.digests(workspace), {}))
    return published


def present_fingerprints(workspace: Workspace, project: Manifest) -> dict[str, str]:
    """Ask dbt what each relation and test would be made by now, by name."""
    said: list[str] = []
    asked = ["run-operation", "tell_fingerprints"]
    run_dbt(workspace, asked, on_log=said.append, project=project)
    (told,) = (text for text in said if text.startswith(FINGERPRINTS))
    found: dict[str, str] = json.loads(told.removeprefix(FINGERPRINTS))
    return found


def build_on_spark(
    workspace: Workspace, rules: str, full_refresh: bool, on_node: Callable[[str], None]
) -> BuildReport:
    """Build on Spark; publish if nothing failed and the tables are files on this machine."""
    workspace.home.mkdir(exist_ok=True)
    arguments = [*BUILD]
    if full_refresh or read(workspace.rules) != rules:
        arguments.append("--full-refresh")
        spark.discard(workspace)
    project = parsed(workspace)
    result = run_dbt(workspace, arguments, on_node, project=project)
    report = summarise(result, workspace)
    published = None
    if not report.failures:
        tables = spark.local_tables()
        if tables:
            spark.copy_marts(tables, workspace, [found.node for found in result.result])  # type: ignore[union-attr]
            published = publish(workspace, marts_of(project), again=False)
            note_published(
                workspace, Published("Spark", sources.digests(workspace), report.findings)
            )
    spark.stop()
    return BuildReport(report.passed, report.findings, report.failures, published)


def summarise(result: dbtRunnerResult, workspace: Workspace) -> BuildReport:
    """Sort dbt's node results into passed, warned and failed, each told in one line."""
    findings, failures = {}, []
    nodes = list(result.result)  # type: ignore[arg-type]
    for node in nodes:
        if node.status == "warn" or (node.failures and node.node.name == HELD_BACK):
            findings[node.node.name] = sentence(node, workspace)
        elif node.status in FAILED:
            failures.append(sentence(node, workspace))
    passed = sum(node.status in ("pass", "success") for node in nodes)
    return BuildReport(passed, findings, failures, None)


def sentence(node_result: Any, workspace: Workspace) -> str:
    """Name what went wrong in a node: dbt's message or, of a data test, the first rows it found."""
    node = node_result.node
    if node.resource_type != "test" or not node_result.failures:
        return f"{node.name}: {shortened(str(node_result.message), LONGEST)}"
    names, found = fetch(workspace, f"select * from ({node.compiled_code}\n) limit {EVIDENCE}")
    rows = [
        shortened(
            ", ".join(f"{name} {plain(value)}" for name, value in zip(names, row, strict=True)),
            LONGEST,
        )
        for row in found
    ]
    more = node_result.failures - len(rows)
    rows += [f"and {more} more"] if more > 0 else []
    return f"{node.name} found {'; '.join(rows)}"


def fetch(workspace: Workspace, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run a query where dbt built; return the names of its columns and its rows."""
    if workspace.target != DUCKDB:
        return spark.fetch(query)
    with open_warehouse(workspace) as connection:
        found = connection.execute(query)
        return [column[0] for column in found.description or []], found.fetchall()


def plain(value: object) -> str:
    """Show a value; a decimal without the zeros at its end."""
    return every_digit(value) if isinstance(value, Decimal) else shortened(str(value))


def is_current(workspace: Workspace) -> bool:
    """Tell whether the publication already shows all of the lake under today's rules."""
    before = last_published(workspace.last_published)
    if not workspace.published.exists() or read(workspace.rules) != rules_fingerprint():
        return False
    write_index(workspace)
    return before is not None and before.sources == sources.digests(workspace)
