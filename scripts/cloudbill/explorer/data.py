"""Read-only access to the publication; every query is an aggregate, and its answer is kept."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

from cloudbill.read.changes import scopes
from cloudbill.read.cloud_costs import EVERYTHING
from cloudbill.read.filters import Filters, Query
from cloudbill.read.periods import Scope
from cloudbill.read.spans import Days, days_of
from cloudbill.workspace import Workspace


def publication() -> Path:
    """Return the database of the current publication, links followed: a new one is a new path."""
    space = Workspace(Path(os.environ.get("CLOUDBILL_WORKSPACE", "workspace")).resolve())
    return (space.published / "cloudbill.duckdb").resolve()


def publication_or_stop() -> None:
    """Explain an unpublished workspace instead of showing an empty page."""
    path = publication()
    if path.exists():
        return
    st.info(
        f"Nothing is published in this workspace yet: `{path.parent.parent}`.\n\n"
        "- To look around with sample bills: `cloudbill demo`\n"
        "- With your own bills: name them in `bills.yml`, then `cloudbill refresh`\n"
        "- If the build failed: `cloudbill status` says why; what failed is never published\n\n"
        "Then reload this page.",
        icon=":material/inventory_2:",
    )
    st.stop()


@st.cache_resource(max_entries=2)
def connection(path: str) -> duckdb.DuckDBPyConnection:
    """Open one publication, once."""
    return duckdb.connect(path, read_only=True)


@st.cache_data(max_entries=200, show_spinner=False)
def answer(path: str, sql: str, values: tuple[object, ...]) -> pd.DataFrame:
    """Run a query on one publication; a publication never changes, so answers keep."""
    return connection(path).cursor().execute(sql, list(values)).df()


def rows(query: Query | str) -> pd.DataFrame:
    """Run a query on the current publication."""
    if isinstance(query, str):
        query = Query(query, [])
    return answer(str(publication()), query.sql, tuple(query.values))


@st.cache_data(max_entries=200, show_spinner=False)
def exact_answer(path: str, sql: str, values: tuple[object, ...]) -> pd.DataFrame:
    """Run a query on one publication, decimals as they are."""
    found = connection(path).cursor().execute(sql, list(values))
    names = [column[0] for column in found.description or []]
    return pd.DataFrame(found.fetchall(), columns=names, dtype=object)


def exact(query: Query | str) -> pd.DataFrame:
    """Run a query on the current publication, money to its last digit."""
    if isinstance(query, str):
        query = Query(query, [])
    return exact_answer(str(publication()), query.sql, tuple(query.values))


def table_or_stop(name: str, empty: str) -> None:
    """Explain a mart that is absent or empty."""
    names = rows("select table_name from duckdb_tables()")["table_name"]
    if name not in set(names):
        st.info(
            f"This publication has no table `{name}`: run `cloudbill build` with this version.",
            icon=":material/inventory_2:",
        )
        st.stop()
    if not rows(f"select count(*) as n from (from {name} limit 1)")["n"][0]:
        st.info(empty, icon=":material/inventory_2:")
        st.stop()


def ends_of(filters: Filters) -> list[Scope]:
    """Tell how far the bills of each scope go."""
    return [Scope(*row) for row in exact(scopes(filters)).itertuples(index=False)]


def known_days(currency: str | None) -> Days:
    """Tell the days of the bills in a currency."""
    everything = Filters(currency, date.min, date.max)
    condition, values = everything.condition()
    days = "select min(charge_date) as first, max(charge_date) as last"
    bounds = exact(Query(f"{days} from {EVERYTHING} and {condition}", values))
    return days_of(ends_of(everything), bounds["first"][0], bounds["last"][0])
