"""`cloudbill report`: any report in the terminal."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cloudbill.commands.options import DEFAULT_WORKSPACE, DebugOption, WorkspaceOption
from cloudbill.errors import USAGE, CloudbillError

# What a command needs is imported where it runs: help must not wait for the rest.
if TYPE_CHECKING:
    from cloudbill.read.asked import Options
    from cloudbill.read.written import Output


class Granularity(StrEnum):
    """Length of the periods of a report."""

    day = "day"
    week = "week"
    month = "month"


app = typer.Typer(
    no_args_is_help=True, help="Print any report in the terminal, as table, CSV or JSON."
)

MetricOption = Annotated[
    str, typer.Option("--metric", help="list_cost, net_cost, amortized_net_cost …")
]
ByOption = Annotated[
    str, typer.Option("--by", help="Provider, account, service, region, cluster, tag:NAME …")
]
ThenOption = Annotated[
    str | None, typer.Option("--then", help="A second dimension, or tag:NAME, to group by.")
]
GranularityOption = Annotated[Granularity, typer.Option(help="Length of the periods.")]
FromOption = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]
ProviderOption = Annotated[
    str | None, typer.Option("--provider", help="AWS, Microsoft, Google Cloud …")
]
FilterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        help="Only these: region=eu-west-1, tag:team=web … Several of one dimension are any.",
    ),
]
CsvOption = Annotated[bool, typer.Option("--csv", help="Write CSV, every digit of the numbers.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, money as doubles.")]


@app.command("vm")
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
        asked = options(where, start, end, provider, output(as_csv=as_csv, as_json=as_json))
        report.vm(opened(workspace), measure, granularity.value, by, asked)


@app.command("costs")
def report_costs(
    metric: MetricOption = "amortized_net_cost",
    granularity: GranularityOption = Granularity.month,
    by: ByOption = "Service",
    tag: Annotated[
        str | None,
        typer.Option("--tag", help="Group by this tag or label, whatever its spelling on a cloud."),
    ] = None,
    then: ThenOption = None,
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
        asked = options(where, start, end, provider, output(as_csv=as_csv, as_json=as_json))
        report.costs(
            opened(workspace), metric, granularity.value, f"tag:{tag}" if tag else by, asked, then
        )


@app.command("changes")
def report_changes(
    metric: MetricOption = "amortized_net_cost",
    by: ByOption = "Service",
    then: ThenOption = None,
    where: FilterOption = None,
    start: FromOption = None,
    end: ToOption = None,
    before_start: Annotated[
        datetime | None,
        typer.Option("--before-from", formats=["%Y-%m-%d"], help="First day to compare with."),
    ] = None,
    before_end: Annotated[
        datetime | None,
        typer.Option("--before-to", formats=["%Y-%m-%d"], help="Last day to compare with."),
    ] = None,
    provider: ProviderOption = None,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    debug: DebugOption = False,
) -> None:
    """What changed, by any dimension or tag: the last complete month against the one before.

    Of each scope only days that both spans have complete: a bill that is missing is no saving.
    """
    from cloudbill.read import report
    from cloudbill.runs import opened, sentences

    with sentences(debug):
        asked = options(where, start, end, provider, output(as_csv=as_csv, as_json=as_json))
        report.changes(
            opened(workspace), metric, by, asked, then, (day(before_start), day(before_end))
        )


@app.command("coverage")
def report_coverage(
    tag: Annotated[str, typer.Option("--tag", help="The tag or label, whatever its spelling.")],
    metric: MetricOption = "amortized_net_cost",
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
        asked = options(where, start, end, provider, output(as_csv=as_csv, as_json=as_json))
        report.coverage(opened(workspace), tag, metric, asked)


@app.command("mart")
def report_mart(
    name: Annotated[str, typer.Argument(help="A published table: node_prices, commitments …")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows at most.")] = 100,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    debug: DebugOption = False,
) -> None:
    """The rows of any published table or view."""
    from cloudbill.read import report
    from cloudbill.runs import opened, sentences

    with sentences(debug):
        report.mart(opened(workspace), name, limit, output(as_csv=as_csv, as_json=as_json))


def options(
    where: list[str] | None,
    start: datetime | None,
    end: datetime | None,
    provider: str | None,
    written: "Output",
) -> "Options":
    """Return what every report takes."""
    from cloudbill.read.asked import Options

    return Options(tuple(where or ()), day(start), day(end), provider, written)


def day(moment: datetime | None) -> date | None:
    """Return the day of an option."""
    return moment.date() if moment else None


def output(*, as_csv: bool, as_json: bool) -> "Output":
    """Return how to write a report."""
    from cloudbill.read.written import Output

    if as_csv and as_json:
        raise CloudbillError("Choose --csv or --json, not both.", USAGE)
    return Output.csv if as_csv else Output.json if as_json else Output.table
