"""The explorer page: the published marts in a browser, read-only."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.read import show
from cloudbill.workspace import Workspace

APP = Path(__file__).with_name("app.py")
# Blue first; told apart by colour-blind people too: Okabe and Ito, "Color Universal Design",
# without its black and yellow, which vanish on a dark or a light page.
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#882255", "#999933",
)  # fmt: skip
OPTIONS = {
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "server.fileWatcherType": "none",
    # Else Streamlit asks for an e-mail address, and offers skills for coding agents on the page.
    "server.showEmailPrompt": "false",
    "logger.hideWelcomeMessage": "true",
    "theme.light.primaryColor": "#0072B2",
    "theme.dark.primaryColor": "#56B4E9",
}


def explore(workspace: Workspace, host: str, port: int, *, open_browser: bool) -> None:
    """Serve the explorer until it is interrupted."""
    if find_spec("streamlit") is None:
        raise CloudbillError(
            "The explorer needs Streamlit: run make setup, or pip install altair pandas streamlit.",
            USAGE,
        )
    show.tell(f"The explorer is at http://{host}:{port}; Ctrl+C ends it.")
    from streamlit.web import cli  # noqa: PLC0415  (optional, and slow to import)

    os.environ["CLOUDBILL_WORKSPACE"] = str(workspace.root)
    options = OPTIONS | {
        "server.port": str(port),
        "server.headless": str(not open_browser).lower(),
        "server.address": host,
    }
    cli.main(
        ["run", str(APP), *(f"--{name}={value}" for name, value in options.items())],
        standalone_mode=False,
    )
