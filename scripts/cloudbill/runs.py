"""A run of a command: what it did, how that is told, and the exit code that follows from it."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cloudbill.errors import REFUSED, USAGE, CloudbillError
from cloudbill.logs import log, logged
from cloudbill.read import show
from cloudbill.workspace import DUCKDB, Workspace

if TYPE_CHECKING:
    from cloudbill.lake.load import LoadResult
    from cloudbill.warehouse.build import BuildReport


@dataclass
class Run:
    """What a command did so far."""

    command: str
    space: Workspace
    results: list[LoadResult] = field(default_factory=list)
    report: BuildReport | None = None
    is_held_back: bool = False
    """Whether the publication lacks a bill that cannot be right."""
    error: str | None = None
    exit_code: int = 0
    started: float = field(default_factory=time.time)

    @property
    def failed(self) -> bool:
        """Whether a bill was refused or held back, or the build failed."""
        is_refused = any(result.status == "refused" for result in self.results)
        return is_refused or self.is_held_back or bool(self.report and self.report.failures)


@contextmanager
def running(
    command: str,
    root: Path,
    target: str = DUCKDB,
    *,
    quiet: bool = False,
    as_json: bool = False,
    debug: bool = False,
    is_logged: bool = True,
) -> Iterator[Run]:
    """Open the workspace, log and tell what the command does, and exit with what came of it."""
    show.console.quiet = quiet or as_json
    with ExitStack() as stack:
        run = None
        try:
            with sentences(debug):
                run = Run(command, opened(root, target))
                if is_logged:
                    stack.enter_context(logged(run.space, command))
                    log.info("%s", " ".join(["cloudbill", *sys.argv[1:]]))
                yield run
                run.exit_code = REFUSED if run.failed else 0
        except typer.Exit as exit_:
            if run is None:
                raise
            run.exit_code = exit_.exit_code
            run.error = str(exit_.__cause__) if exit_.__cause__ else None
        if as_json:
            from cloudbill.read.as_json import document  # noqa: PLC0415

            with sentences(debug):
                sys.stdout.write(json.dumps(document(run), indent=2) + "\n")
        log.info("exit code %s", run.exit_code)
        if run.exit_code:
            raise typer.Exit(run.exit_code)


@contextmanager
def sentences(debug: bool) -> Iterator[None]:
    """Turn errors into one sentence on standard error and the right exit code."""
    try:
        yield
    except CloudbillError as error:
        if debug:
            raise
        show.tell_error(str(error))
        raise typer.Exit(error.exit_code) from error
    except OSError as error:
        if debug:
            raise
        show.tell_error(f"{error.filename or 'The system'}: {error.strerror or error}.")
        raise typer.Exit(1) from error
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if debug:
            raise
        log.info("%s", traceback.format_exc())
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        show.tell_error(f"This should not happen: {cause} (run it with --debug and report it).")
        raise typer.Exit(1) from error


def opened(root: Path, target: str = DUCKDB) -> Workspace:
    """Return the workspace, made if it is missing; bills are for their owner's eyes alone."""
    if target != DUCKDB:
        from cloudbill.warehouse.spark import check_target  # noqa: PLC0415

        check_target(target)
    check_memory(os.environ.get("CLOUDBILL_MEMORY"))
    check_path(root.resolve())
    os.umask(0o077)
    root.mkdir(parents=True, exist_ok=True)
    # A group may have been let in on purpose; everybody never is.
    if (mode := root.stat().st_mode) & 0o007 and root.stat().st_uid == os.getuid():
        root.chmod(mode & ~0o007)
    return Workspace(root.resolve(), target)


def check_path(root: Path) -> None:
    """Whoever reads Parquet below a folder takes some characters of its name for more."""
    for name in root.parts:
        if "=" in name:
            why = "for a column of every file below it"
        elif any(sign in name for sign in "*?["):
            why = "for a pattern"
        else:
            continue
        raise CloudbillError(
            f"The workspace {root} lies in a folder named {name}, which DuckDB and other readers of"
            f" Parquet take {why}: choose one whose path has no =, *, ? or [.",
            USAGE,
        )


def check_memory(memory: str | None) -> None:
    """A limit that engines cannot read or work with would end a run in the middle."""
    if memory is None:
        return
    units = {"MB": 1, "MIB": 1, "GB": 1000, "GIB": 1000, "TB": 10**6, "TIB": 10**6}
    told = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", memory)
    size = float(told[1]) * units.get(told[2].upper(), 0) if told else 0
    if size < 200:
        raise CloudbillError(
            f"CLOUDBILL_MEMORY is '{memory}': give the memory that may be used as a number and MB"
            " or GB, at least 200MB, such as CLOUDBILL_MEMORY=3GB.",
            USAGE,
        )
