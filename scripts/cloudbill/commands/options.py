"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

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
