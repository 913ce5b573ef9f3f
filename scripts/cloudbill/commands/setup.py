"""`cloudbill setup`: what delivers bills."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from cloudbill.commands.options import DebugOption
from cloudbill.errors import USAGE, CloudbillError

app = typer.Typer(no_args_is_help=True, help="Set up what delivers bills.")


class Identity(StrEnum):
    """Whose credentials read the exports."""

    managed = "managed"
    self_managed = "self-managed"


@app.command("azure")
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
