"""What profiles.yml adds to dbt's DuckDB: the workspace as dbt needs it, or a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from cloudbill.errors import CloudbillError
from cloudbill.warehouse.handover import take_up
from cloudbill.workspace import Workspace


class Plugin(BasePlugin):
    """Runs before dbt opens the database, which fails without its folder."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Refuse to start without a workspace; take up what was published from it."""
        folder = Path(self.creds.path).parent if self.creds else Path()
        if not folder.is_dir():
            raise DbtRuntimeError(
                f"There is no workspace {folder}: run `cloudbill load`, or name another one in"
                " CLOUDBILL_WORKSPACE."
            )
        try:
            take_up(Workspace(folder))
        except CloudbillError as error:
            raise DbtRuntimeError(str(error)) from None
