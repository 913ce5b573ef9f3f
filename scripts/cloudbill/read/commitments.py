"""Commitments that need someone: they end soon, or too little of them is used."""

from __future__ import annotations

import duckdb

from cloudbill.read import show
from cloudbill.read.terminal import Table
from cloudbill.sql import parquet
from cloudbill.workspace import Workspace

ENDING_DAYS = 90
USED_ENOUGH = 0.8

# By calendar month: AWS dates the unused part of a reservation at the start of it, and states it
# for the whole month ahead, so that months that are over are judged.
MONTHS = """
select
    provider, commitment_discount_id, any_value(commitment_name) as commitment_name,
    billing_currency, max(end_date) as end_date,
    date_trunc('month', charge_date) as charge_month,
    sum(used_cost) as used_cost,
    sum(unused_cost) as unused_cost,
    coalesce(bool_or(is_open_month), false) as is_open_month,
    max(max(charge_date)) over () as last_day
from (
    -- What an older version published lacks the column.
    select null::boolean as is_open_month where false
    union all by name
    select * from {published}
)
group by all
"""
LAST_MONTHS = f"""
select * from ({MONTHS})
qualify row_number() over (
    partition by provider, commitment_discount_id, billing_currency
    order by is_open_month, charge_month desc
) = 1
"""
# Of one name, which a company has by the hundred, together; or each with its id.
WATCHED = f"""
select
    provider, {{commitment}} as commitment, end_date, count(*),
    sum(used_cost)::double / nullif(sum(used_cost + unused_cost), 0)::double as utilization,
    sum(unused_cost) as unused_cost, is_open_month, billing_currency
from ({LAST_MONTHS})
where
    end_date between last_day and last_day + interval {ENDING_DAYS} day
    or used_cost::double / nullif(used_cost + unused_cost, 0)::double < {USED_ENOUGH}
group by all
order by end_date nulls last, unused_cost desc, provider, commitment
"""
NAMES = {
    False: "coalesce(commitment_name, commitment_discount_id, '')",
    True: "concat_ws(' ', commitment_name, commitment_discount_id)",
}


def print_commitments(
    connection: duckdb.DuckDBPyConnection, space: Workspace, *, each: bool = False
) -> None:
    """Print the commitments that end within 90 days, and those under 80 % used last month."""
    published = space.published / "commitments.parquet"
    if not published.exists():
        return
    query = WATCHED.format(published=parquet(published), commitment=NAMES[each])
    rows = connection.execute(query).fetchall()
    if not rows:
        return
    table = Table(
        "provider", "commitment", "number", "ends", "used", "unused cost", "currency",
        title="Commitments that end within 90 days or are under 80 % used (last month)",
        title_justify="left", box=None, header_style="bold",
    )  # fmt: skip
    for number in (2, 4, 5):
        table.columns[number].justify = "right"
    for provider, name, end_date, number, utilization, unused_cost, is_open, currency in rows:
        used = "" if utilization is None else f"{utilization:.0%}"
        used += " (month open)" if is_open else ""
        unused = "" if is_open else show.money(unused_cost)
        ends = str(end_date or "")
        table.add_row(provider, name, f"{number:,}", ends, used, unused, currency or "")
    show.put(table)
