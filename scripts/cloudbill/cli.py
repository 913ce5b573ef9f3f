"""The `cloudbill` command."""

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudbill import __version__
from cloudbill.commands import report, setup
from cloudbill.commands.options import (
    DEFAULT_CONFIG,
    DEFAULT_WORKSPACE,
    DEMO_WORKSPACE,
    DUCKDB,
    ConfigOption,
    DebugOption,
    QuietOption,
    ResultOption,
    TargetOption,
    WorkspaceOption,
)
from cloudbill.errors import USAGE, CloudbillError

# What a command needs is imported where it runs: help and status must not wait for the rest. Typer
# reads all annotations at each start, which as texts have to be compiled first.
if TYPE_CHECKING:
    from cloudbill.runs import Run
    from cloudbill.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help=(
        "Turn raw cloud bills into numbers people act on.\n\n"
        "Start with [bold]cloudbill demo[/bold]; then write a bills.yml (see bills.example.yml) and"
        " run [bold]cloudbill refresh[/bold], by hand or from cron. Reports are read from"
        " <workspace>/published/cloudbill.duckdb or the Parquet files beside it.\n\n"
        "Exit codes: 0 all good; 1 a bill was refused or held back (the others are published), or"
        " the build or a data test failed (nothing is published); 2 wrong usage or configuration."
    ),
)
app.add_typer(report.app, name="report")
app.add_typer(setup.app, name="setup")


class Formats(StrEnum):
    """Which export formats `cloudbill sample` writes."""

    first = "first"
    all = "all"


def tell_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        print(f"cloudbill {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=tell_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command()
def demo(
    workspace: WorkspaceOption = DEMO_WORKSPACE,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Land the samples in a workspace of their own, build, test, publish, print the headlines."""
    from cloudbill.runs import running

    with running("demo", workspace, quiet=quiet, debug=debug) as run:
        from cloudbill.read import headline
        from cloudbill.schema import PROJECT
        from cloudbill.workspace import locked

        samples = PROJECT / "samples" / "bills.yml"
        with locked(run.space):
            refuse_other_bills(run.space, samples)
            load_bills(run, samples)
            build_and_tell(run)
        if run.report and run.report.published:
            headline.print_headlines(run.space)


@app.command("load")
def load_command(
    config: ConfigOption = DEFAULT_CONFIG,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    quiet: QuietOption = False,
    as_json: ResultOption = False,
    debug: DebugOption = False,
) -> None:
    """Land every bill whose current version is not the one in the lake.

    A bill that does not parse is refused with a sentence; the version before stays, and the
    other bills are loaded.
    """
    from cloudbill.runs import running

    with running("load", workspace, quiet=quiet, as_json=as_json, debug=debug) as run:
        load_bills(run, config)
        tell_attention(run, *NOT_LISTED)


@app.command("build")
def build_command(
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild every bill, not only what changed.")
    ] = False,
    target: TargetOption = DUCKDB,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    quiet: QuietOption = False,
    as_json: ResultOption = False,
    debug: DebugOption = False,
) -> None:
    """Build and test all models for the bills in the lake; publish if all passed.

    A bill that cannot be right is held back with a sentence, and the others are published.
    """
    from cloudbill.runs import running

    with running("build", workspace, target, quiet=quiet, as_json=as_json, debug=debug) as run:
        build_and_tell(run, full_refresh=full_refresh)
        tell_attention(run, *AFTER_BUILD)


@app.command("publish")
def publish_command(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Publish what plain dbt built, if it is of the present rules and bills, and tested."""
    from cloudbill.runs import running

    with running("publish", workspace, quiet=quiet, debug=debug) as run:
        from cloudbill.read import show
        from cloudbill.warehouse.build import publish_built
        from cloudbill.workspace import locked

        with locked(run.space):
            show.tell(f"Published to {publish_built(run.space)}.")
        tell_attention(run, "held")


@app.command()
def refresh(
    config: ConfigOption = DEFAULT_CONFIG,
    target: TargetOption = DUCKDB,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    quiet: QuietOption = False,
    as_json: ResultOption = False,
    debug: DebugOption = False,
) -> None:
    """Load, then build if anything changed: the command for cron."""
    from cloudbill.runs import running

    with running("refresh", workspace, target, quiet=quiet, as_json=as_json, debug=debug) as run:
        from cloudbill.read import show
        from cloudbill.warehouse.build import is_current
        from cloudbill.workspace import locked

        with locked(run.space):
            load_bills(run, config)
            if is_empty(run.space):
                show.warn("No bill is in the lake, so nothing is built or published.")
            elif is_current(run.space):
                show.tell("Nothing changed; the publication is up to date.")
            else:
                build_and_tell(run)
        tell_attention(run, *AFTER_BUILD)


@app.command()
def status(
    history: Annotated[
        str | None,
        typer.Option("--history", help="Name of an export: every version that was loaded of it."),
    ] = None,
    all_bills: Annotated[
        bool,
        typer.Option(
            "--all", help="A row for each bill and commitment instead of each export and name."
        ),
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    quiet: QuietOption = False,
    as_json: ResultOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what needs attention; then the bills, the last publication and the reconciliation."""
    from cloudbill.runs import running

    with running(
        "status", workspace, quiet=quiet, as_json=as_json, debug=debug, is_logged=False
    ) as run:
        from cloudbill.read import show
        from cloudbill.read.status import print_status

        if history:
            show.print_history(run.space, history)
        elif not as_json:
            print_status(run.space, all_bills=all_bills)


@app.command()
def sample(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; made if it is missing.")],
    lines: Annotated[
        int | None, typer.Option("--lines", min=1, help="About how many bill lines in total.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other bills.")] = 1,
    formats: Annotated[Formats, typer.Option("--formats", help="Which formats.")] = Formats.first,
    debug: DebugOption = False,
) -> None:
    """Write deterministic bills in every native format, with a truth.json of their totals."""
    from cloudbill.read import show
    from cloudbill.runs import sentences
    from cloudbill.samples import write_samples

    with sentences(debug):
        out.mkdir(parents=True, exist_ok=True)
        write_samples(out, lines=lines, seed=seed, formats=formats.value)
        show.tell(f"Wrote {out}: load it with cloudbill refresh --config {out / 'bills.yml'}")


@app.command("forget")
def forget_command(
    name: Annotated[str, typer.Argument(help="Name of the export, or cluster, in bills.yml.")],
    billing_period: Annotated[
        str | None,
        typer.Option("--billing-period", help="Only this bill: YYYY-MM (or YYYY-MM-DD)."),
    ] = None,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="The node lists of this cluster, and no bill.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Remove a bill from the lake; the next build takes its charges out of every report."""
    from cloudbill.runs import running

    with running("forget", workspace, quiet=quiet, debug=debug) as run:
        from cloudbill.lake.load import forget, forget_cluster
        from cloudbill.read import show

        if lists := forget_cluster(run.space, name, billing_period, is_said=cluster):
            what = "1 node list" if lists == 1 else f"{lists} node lists"
        else:
            what = counted(forget(run.space, name, billing_period))
        show.tell(f"Forgot {what} of {name}; run cloudbill build to update the reports.")


@app.command()
def rename(
    old: Annotated[str, typer.Argument(help="Name of the export in the lake.")],
    new: Annotated[str, typer.Argument(help="Its name in bills.yml from now on.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Give an export another name, with its bills and their history."""
    from cloudbill.runs import running

    with running("rename", workspace, quiet=quiet, debug=debug) as run:
        from cloudbill.lake.rename import rename as rename_export
        from cloudbill.read import show

        count = rename_export(run.space, old, new)
        show.tell(
            f"Renamed {counted(count)} of {old}: say `name: {new}` in bills.yml; the next build has"
            " the new name in every report."
        )


@app.command()
def explore(
    host: Annotated[
        str, typer.Option("--host", help="Address that the page listens on: this machine's own.")
    ] = "localhost",
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Where the page listens.")
    ] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    debug: DebugOption = False,
) -> None:
    """Open the explorer: every report as a page, read-only; on this machine only without --host."""
    from cloudbill.explorer import explore as explore_page
    from cloudbill.read import show
    from cloudbill.runs import opened, sentences

    with sentences(debug):
        if host not in ("localhost", "127.0.0.1", "::1"):
            show.warn(
                f"Whoever reaches {host}:{port} reads every bill: put a login in front of it"
                " (docs/serving.md)."
            )
        explore_page(opened(workspace), host, port, open_browser=browser)


def counted(bills: int) -> str:
    """Count bills in words."""
    return "1 bill" if bills == 1 else f"{bills} bills"


GAPS = ("missing period", "missing days", "missing ingestion days", "stopped", "more gaps")
NOT_LISTED = ("not listed", "cluster not listed")
AFTER_BUILD = ("held", *NOT_LISTED, "invoice", *GAPS)
"""Kinds of notices that a build or refresh ends with; what it refused or failed is told before."""


def load_bills(run: "Run", config: Path) -> None:
    """Load with a progress bar, print the table of results, and note what bills.yml lists."""
    from cloudbill.config import load_config
    from cloudbill.lake import listed
    from cloudbill.lake.load import load
    from cloudbill.read import show
    from cloudbill.workspace import locked

    read = load_config(config)
    with locked(run.space):
        with show.loading() as on_event:
            run.results = load(read, run.space, on_event)
        listed.note(run.space, config, read, run.results)
    show.print_results(run.results)


def build_and_tell(run: "Run", *, full_refresh: bool = False) -> None:
    """Build with a spinner and print what passed, warned and failed."""
    from cloudbill.read import show
    from cloudbill.warehouse.build import build
    from cloudbill.workspace import locked

    started = time.monotonic()
    with locked(run.space), show.building() as on_node:
        run.report = build(run.space, full_refresh=full_refresh, on_node=on_node)
    show.print_build(run.report, time.monotonic() - started)


def tell_attention(run: "Run", *kinds: str) -> None:
    """Tell what someone should look at, of some kinds."""
    from cloudbill.read import attention, show

    for notice in attention.of(run.space):
        run.is_held_back |= notice.kind == "held"
        is_due = (run.report and notice.is_new) or not notice.is_told_once
        if notice.kind in kinds and is_due:
            show.warn(notice.sentence)


def is_empty(space: "Workspace") -> bool:
    """Tell whether there is nothing to build, and nothing published that has to go."""
    import duckdb

    from cloudbill.lake.files import lake_files

    with duckdb.connect() as connection:
        return not space.published.exists() and not lake_files(connection, space)


def refuse_other_bills(space: "Workspace", samples: Path) -> None:
    """Sample bills among one's own would be in every total."""
    import duckdb

    from cloudbill.config import load_config
    from cloudbill.lake.files import lake_files

    ours = {export.name for export in load_config(samples).bills}
    with duckdb.connect() as connection:
        others = sorted({file.export for file in lake_files(connection, space)} - ours)
    if others:
        raise CloudbillError(
            f"{space.root} holds bills of {', '.join(others)}, and the demo's would be added to"
            f" them: give the demo a workspace of its own, such as --workspace {DEMO_WORKSPACE}.",
            USAGE,
        )


def main() -> None:
    """Entry point of the `cloudbill` command."""
    app()


if __name__ == "__main__":
    main()
