"""All small lists that bills.yml names: each is read by itself, and none stops the others."""

from collections.abc import Iterator

import duckdb

from cloudbill.config import Config
from cloudbill.lists.azure_prices import price_sheet
from cloudbill.lists.azure_reservations import land_reservations
from cloudbill.lists.azure_subscriptions import subscriptions
from cloudbill.lists.invoices import land_invoices
from cloudbill.lists.nodes import load_nodes
from cloudbill.lists.tables import Outcome, land_table
from cloudbill.workspace import Workspace


def load_lists(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, config: Config
) -> Iterator[Outcome]:
    """Bring the lists of the lake up to date."""
    sheets, listed = config.azure_price_sheets, config.azure_subscriptions
    yield from land_table(con, workspace, "azure_price_sheets", sheets, price_sheet)
    yield from land_table(con, workspace, "azure_subscriptions", listed, subscriptions)
    yield from land_reservations(con, workspace, config.azure_reservations)
    yield from land_invoices(con, workspace, config.invoices)
    yield from load_nodes(con, workspace, config.nodes)
