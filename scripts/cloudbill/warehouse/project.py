"""The dbt project: what its files say, and commands of dbt on it, in this process."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from cloudbill.errors import CloudbillError
from cloudbill.schema import PROJECT
from cloudbill.workspace import DUCKDB, Workspace

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

RULES = ("models/**/*.sql", "models/**/*__sources.yml", "macros/**/*.sql", "seeds/*.csv")
CHECKS = ("tests/**/*.sql", "models/**/*.yml")
FOLDERS = ("models", "macros", "seeds", "tests", "analyses")
FILES = ("*.yml", *(f"{folder}/**/*" for folder in FOLDERS))
"""All that dbt parses."""
# Nothing here reads dbt's JSON files, which take it a second to write.
QUIET = ("--quiet", "--log-level", "none", "--no-write-json")


def rules_fingerprint() -> str:
    """Fingerprint of everything that turns a landed line into a number: SQL, seeds, variables."""
    return fingerprint("dbt_project.yml", *RULES)


def fingerprint(*patterns: str) -> str:
    """Fingerprint of files of the project."""
    digest = hashlib.md5()
    for path in sorted(path for pattern in patterns for path in PROJECT.glob(pattern)):
        if path.is_file():
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def run_dbt(
    workspace: Workspace,
    arguments: list[str],
    on_node: Callable[[str], None] = lambda _: None,
    tests: Literal["all", "new"] = "all",
    on_log: Callable[[str], None] = lambda _: None,
    project: Manifest | None = None,
) -> dbtRunnerResult:
    """Run one dbt command on the project against the workspace's warehouse.

    Tests of `new` builds alone trust what the index says is published.
    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    def on_event(event: Any) -> None:
        if event.info.name == "NodeFinished":
            on_node(event.data.node_info.node_name)
        elif event.info.name == "JinjaLogDebug":
            on_log(event.data.msg)

    variables = arguments[arguments.index("--vars") :][:2] if "--vars" in arguments else []
    options = places(workspace)
    os.environ["CLOUDBILL_TESTS"] = tests
    runner = dbtRunner(project or parsed(workspace, variables), [on_event])
    # The project stays: no search for garbage is to go through it.
    gc.freeze()
    try:
        result = runner.invoke([*QUIET, *arguments, *options])
    finally:
        gc.unfreeze()
    if workspace.target == DUCKDB:
        release_warehouse()
    if result.result is None:
        raise not_compiled(result)
    return result


def places(workspace: Workspace) -> list[str]:
    """Options of dbt: where the project, the warehouse and the logs are."""
    os.environ["CLOUDBILL_WORKSPACE"] = str(workspace.root)
    os.environ.setdefault("DO_NOT_TRACK", "1")
    return [
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", workspace.target,
        "--target-path", str(workspace.root / "target"), "--log-path", str(workspace.logs),
    ]  # fmt: skip


def parsed(workspace: Workspace, variables: Sequence[str] = ()) -> Manifest:
    """Return the project as dbt parsed it, in this run or in one before of the same files.

    dbt keeps what it parsed too, but for one workspace and one spelling of its path.
    """
    place = "\0".join([str(PROJECT), workspace.target, *variables])
    folder = Path(os.environ.get("CLOUDBILL_PARSED", workspace.root / "target"))
    file = folder / f"parsed_{hashlib.md5(place.encode()).hexdigest()}.msgpack"
    files = f"{fingerprint(*FILES)} {dbt_packages()}\n".encode()
    gc.disable()
    try:
        found = read_parsed(file, files)
        if found is None:
            found = parse([*variables, *places(workspace)])
            write_parsed(file, files, found)
    finally:
        gc.enable()
    return found


def dbt_packages() -> str:
    """Versions of dbt and of its adapters, whose macros are part of what is parsed."""
    packages = Path(str(distribution("dbt-core").locate_file("")))
    return " ".join(sorted(path.name for path in packages.glob("dbt*.dist-info")))


def read_parsed(file: Path, files: bytes) -> Manifest | None:
    """Read a project that was parsed from these files."""
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415
    from dbt.parser.manifest import extended_mashumuro_decoder  # noqa: PLC0415

    try:
        content = file.read_bytes()
        if content.startswith(files):
            return Manifest.from_msgpack(
                content.removeprefix(files), decoder=extended_mashumuro_decoder
            )
    except Exception:
        pass
    return None


def write_parsed(file: Path, files: bytes, manifest: Manifest) -> None:
    """Keep a parsed project, whole or not at all."""
    from dbt.parser.manifest import extended_mashumaro_encoder  # noqa: PLC0415

    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_suffix(f".{os.getpid()}")
    written.write_bytes(files + manifest.to_msgpack(extended_mashumaro_encoder))
    written.replace(file)


def parse(options: list[str]) -> Manifest:
    """Have dbt parse the project.

    From the start: what dbt kept of the same files elsewhere has seeds in a folder that is gone.
    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    result = dbtRunner().invoke([*QUIET, "parse", "--no-partial-parse", *options])
    if result.result is None:
        raise not_compiled(result)
    return cast("Manifest", result.result)


def not_compiled(result: dbtRunnerResult) -> CloudbillError:
    """Say what dbt found wrong with the project."""
    return CloudbillError(f"The dbt project does not compile: {result.exception}")


def release_warehouse() -> None:
    """Close the warehouse, which dbt-duckdb keeps open in this process after a run."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager.close_all_connections()
