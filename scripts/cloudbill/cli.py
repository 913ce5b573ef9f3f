"""The `cloudbill` command."""

from __future__ import annotations

import time
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudbill import __version__
from cloudbill.errors import USAGE, CloudbillError

# What a command needs is imported where it runs: help and status must not wait for the rest.
if TYPE_CHECKING:
    from cloudbill.read.report import Output
    from cloudbill.runs import Run
    from cloudbill.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="""Turn raw cloud bills into numbers people act on.

    Start with [bold]cloudbill demo[/bold]; then write a bills.yml (see bills.example.yml) and run
    [bold]cloudbill refresh[/bold], by hand or from cron. Reports are read from
    <workspace>/published/cloudbill.duckdb or the Parquet files beside it.

    Exit codes: 0 all good; 1 a bill was refused, or the build or a data test failed (what failed
    is not published); 2 wrong usage or configuration.""",
)

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace",
        envvar="CLOUDBILL_WORKSPACE",
        help="Folder of the lake, the warehouse and the publication.",
    ),
]
ConfigOption = Annotated[
    Path, typer.Option("--config", help="Which bills to load and where they are.")
]
TargetOption = Annotated[
    str,
    typer.Option(
        "--target",
        envvar="CLOUDBILL_TARGET",
        help="Where to build: duckdb, spark or another output of profiles.yml (docs/scale.md).",
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", help="Tell only what is refused, fails or needs attention.")
]
ResultOption = Annotated[
    bool, typer.Option("--json", help="Write the result as JSON (docs/deploy.md), for alerts.")
]
DUCKDB = "duckdb"
DEFAULT_WORKSPACE = Path("workspace")
DEMO_WORKSPACE = Path("workspace-demo")
DEFAULT_CONFIG = Path("bills.yml")


class Formats(StrEnum):
    """Which export formats `cloudbill sample` writes."""

    first = "first"
    all = "all"


class Granularity(StrEnum):
    """Length of the periods of a report."""

    day = "day"
    week = "week"
    month = "month"


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
        tell_attention(run, "not listed")


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
    """Build and test all models for the bills in the lake; publish if and only if all passed."""
    from cloudbill.runs import running

    with running("build", workspace, target, quiet=quiet, as_json=as_json, debug=debug) as run:
        build_and_tell(run, full_refresh=full_refresh)
        tell_attention(run, *AFTER_BUILD)


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
        bool, typer.Option("--all", help="A row for each bill instead of each export.")
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
    name: Annotated[str, typer.Argument(help="Name of the export in bills.yml.")],
    billing_period: Annotated[
        str | None,
        typer.Option("--billing-period", help="Only this bill: YYYY-MM (or YYYY-MM-DD)."),
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Remove a bill from the lake; the next build takes its charges out of every report."""
    from cloudbill.runs import running

    with running("forget", workspace, quiet=quiet, debug=debug) as run:
        from cloudbill.lake.load import forget
        from cloudbill.read import show

        count = forget(run.space, name, billing_period)
        bills = "1 bill" if count == 1 else f"{count} bills"
        show.tell(f"Forgot {bills} of {name}; run cloudbill build to update the reports.")


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
        bills = "1 bill" if count == 1 else f"{count} bills"
        show.tell(
            f"Renamed {bills} of {old}: say `name: {new}` in bills.yml; the next build has the new"
            " name in every report."
        )


report_app = typer.Typer(
    no_args_is_help=True, help="Print any report in the terminal, as table, CSV or JSON."
)
app.add_typer(report_app, name="report")

GranularityOption = Annotated[Granularity, typer.Option(help="Length of the periods.")]
FromOption = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]
ProviderOption = Annotated[
    str | None, typer.Option("--provider", help="AWS, Microsoft or Google Cloud.")
]
FilterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        help="Only these: region=eu-west-1, tag:team=web … Several of one dimension are any.",
    ),
]
CsvOption = Annotated[bool, typer.Option("--csv", help="Write CSV, numbers unrounded.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, numbers unrounded.")]


@report_app.command("vm")
def report_vm(
    measure: Annotated[
        str,
        typer.Option("--measure", help="One of the eighteen: total_cost, vms, normalized_vms …"),
    ] = "total_cost",
    granularity: GranularityOption = Granularity.month,
    by: Annotated[
        str,
        typer.Option("--by", help="Total, region, subscription, instance-type, tag:NAME …"),
    ] = "Total",
    where: FilterOption = None,
    start: FromOption = None,
    end: ToOption = None,
    provider: ProviderOption = None,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    debug: DebugOption = False,
) -> None:
    """One measure of the VM cost report, by period and category."""
    from cloudbill.read import report
    from cloudbill.runs import opened, sentences

    with sentences(debug):
        report.vm(
            opened(workspace), measure, granularity.value, by, where=where or (), start=day(start),
            end=day(end), provider=provider, output=output(as_csv=as_csv, as_json=as_json),
        )  # fmt: skip


@report_app.command("costs")
def report_costs(
    metric: Annotated[
        str, typer.Option("--metric", help="list_cost, net_cost, amortized_net_cost …")
    ] = "amortized_net_cost",
    granularity: GranularityOption = Granularity.month,
    by: Annotated[
        str, typer.Option("--by", help="Provider, account, service, category, region, cluster …")
    ] = "Service",
    tag: Annotated[
        str | None,
        typer.Option("--tag", help="Group by this tag or label, whatever its spelling on a cloud."),
    ] = None,
    then: Annotated[
        str | None, typer.Option("--then", help="A second dimension, or tag:NAME, to group by.")
    ] = None,
    where: FilterOption = None,
    start: FromOption = None,
    end: ToOption = None,
    provider: ProviderOption = None,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    debug: DebugOption = False,
) -> None:
    """One cost metric and its Kubernetes share, by period and any dimension or tag."""
    from cloudbill.read import report
    from cloudbill.runs import opened, sentences

    with sentences(debug):
        report.costs(
            opened(workspace), metric, granularity.value, by, tag=tag, then=then,
            where=where or (), start=day(start), end=day(end), provider=provider,
            output=output(as_csv=as_csv, as_json=as_json),
        )  # fmt: skip


@report_app.command("coverage")
def report_coverage(
    tag: Annotated[str, typer.Option("--tag", help="The tag or label, whatever its spelling.")],
    metric: Annotated[
        str, typer.Option("--metric", help="list_cost, net_cost, amortized_net_cost …")
    ] = "amortized_net_cost",
    where: FilterOption = None,
    start: FromOption = None,
    end: ToOption = None,
    provider: ProviderOption = None,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    debug: DebugOption = False,
) -> None:
    """What costs have a tag and what have not, by account and service."""
    from cloudbill.read import report
    from cloudbill.runs import opened, sentences

    with sentences(debug):
        report.coverage(
            opened(workspace), tag, metric, where=where or (), start=day(start), end=day(end),
            provider=provider, output=output(as_csv=as_csv, as_json=as_json),
        )  # fmt: skip


@report_app.command("mart")
def report_mart(
    name: Annotated[str, typer.Argument(help="A published table: node_prices, commitments …")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows at most.")] = 100,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    debug: DebugOption = False,
) -> None:
    """The rows of any published table."""
    from cloudbill.read import report
    from cloudbill.runs import opened, sentences

    with sentences(debug):
        report.mart(opened(workspace), name, limit, output(as_csv=as_csv, as_json=as_json))


def day(moment: datetime | None) -> date | None:
    """Return the day of an option."""
    return moment.date() if moment else None


def output(*, as_csv: bool, as_json: bool) -> Output:
    """Return how to write a report."""
    from cloudbill.read.report import Output

    if as_csv and as_json:
        raise CloudbillError("Choose --csv or --json, not both.", USAGE)
    return Output.csv if as_csv else Output.json if as_json else Output.table


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
                " (docs/deploy.md)."
            )
        explore_page(opened(workspace), host, port, open_browser=browser)


setup_app = typer.Typer(no_args_is_help=True, help="Set up what delivers bills.")
app.add_typer(setup_app, name="setup")


class Identity(StrEnum):
    """Whose credentials read the exports."""

    managed = "managed"
    self_managed = "self-managed"


@setup_app.command("azure")
def setup_azure_command(
    subscription: Annotated[str, typer.Option("--subscription", help="Id of the subscription.")],
    storage_account: Annotated[
        str, typer.Option("--storage-account", help="Name; made if it is missing.")
    ],
    resource_group: Annotated[str, typer.Option("--resource-group")] = "cloudbill",
    region: Annotated[str, typer.Option("--region")] = "westeurope",
    container: Annotated[str, typer.Option("--container")] = "cost-exports",
    name: Annotated[str, typer.Option("--name", help="Of the exports and the application.")] = (
        "cloudbill"
    ),
    identity: Annotated[
        Identity,
        typer.Option("--identity", help="self-managed: print a secret of the application, once."),
    ] = Identity.managed,
    parquet: Annotated[bool, typer.Option("--parquet", help="Parquet instead of CSV.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, change nothing.")] = (
        False
    ),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    arm: Annotated[
        str, typer.Option("--arm-endpoint", help="Of Azure Government or Azure in China.")
    ] = "https://management.azure.com",
    graph: Annotated[
        str, typer.Option("--graph-endpoint", help="Of Azure Government or Azure in China.")
    ] = "https://graph.microsoft.com",
    debug: DebugOption = False,
) -> None:
    """Make the daily actual and amortized cost exports of a subscription, and who may read them.

    The plan is shown first; what is there already is left as it is.
    """
    from cloudbill.read import show
    from cloudbill.runs import sentences

    with sentences(debug):
        azure = import_setup_azure()
        wanted = azure.Wanted(
            subscription, storage_account, resource_group, region, container, name,
            identity.value, "Parquet" if parquet else "Csv",
        )  # fmt: skip
        cloud = azure.Azure(azure.default_credential(), arm.rstrip("/"), graph.rstrip("/"))
        steps = list(azure.plan(cloud, wanted))
        for step in steps:
            show.tell(f"{'is there' if step.is_done else 'to make '}  {step.what}")
        missing = [step for step in steps if not step.is_done]
        if missing and not dry_run:
            if not yes:
                typer.confirm(f"Make these {len(missing)}?", abort=True)
            for step in missing:
                step.carry_out()
                show.tell(f"made      {step.what}")
        for note in cloud.notes:
            # A secret that is shown here, once, and in no log.
            typer.echo(note)
        show.tell(f"For bills.yml:\n{azure.bills_yml(wanted)}")


def import_setup_azure() -> Any:
    """Return the module, which needs an extra that most do not."""
    try:
        from cloudbill import setup_azure
    except ImportError:
        raise CloudbillError(
            "This needs Azure's libraries: run make setup, or pip install azure-core"
            " azure-identity.",
            USAGE,
        ) from None
    return setup_azure


GAPS = ("missing period", "missing days", "missing ingestion days", "stopped", "more gaps")
AFTER_BUILD = ("not listed", "invoice", *GAPS)
"""Kinds of notices that a build or refresh ends with; what it refused or failed is told before."""


def load_bills(run: Run, config: Path) -> None:
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


def build_and_tell(run: Run, *, full_refresh: bool = False) -> None:
    """Build with a spinner and print what passed, warned and failed."""
    from cloudbill.read import show
    from cloudbill.warehouse.build import build
    from cloudbill.workspace import locked

    started = time.monotonic()
    with locked(run.space), show.building() as on_node:
        run.report = build(run.space, full_refresh=full_refresh, on_node=on_node)
    show.print_build(run.report, time.monotonic() - started)


def tell_attention(run: Run, *kinds: str) -> None:
    """Tell what someone should look at, of some kinds."""
    from cloudbill.read import attention, show

    for notice in attention.of(run.space):
        is_due = (run.report and notice.is_new) or not notice.is_told_once
        if notice.kind in kinds and is_due:
            show.warn(notice.sentence)


def is_empty(space: Workspace) -> bool:
    """Tell whether there is nothing to build, and nothing published that has to go."""
    import duckdb

    from cloudbill.lake.files import lake_files

    with duckdb.connect() as connection:
        return not space.published.exists() and not lake_files(connection, space)


def refuse_other_bills(space: Workspace, samples: Path) -> None:
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
