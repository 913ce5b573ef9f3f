"""Views for BI tools in the published file: what they cannot read, or read wrong, in the marts.

Money is double and tags are JSON text, since many tools know neither decimals of 38 digits nor
maps. Exact amounts stay in the marts.
"""

from __future__ import annotations

import duckdb

from cloudbill.read.cloud_costs import COST_METRICS
from cloudbill.read.filters import GRANULARITIES
from cloudbill.read.vm_report import MEASURES, is_cost
from cloudbill.sql import identifier, literal


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Create each view whose tables are there."""
    tables = {
        str(name)
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
    }
    for name, (needed, sql, comment) in views().items():
        if needed in tables:
            connection.execute(f"create or replace view {identifier(name)} as {sql}")
            connection.execute(f"comment on view {identifier(name)} is {literal(comment)}")


def views() -> dict[str, tuple[str, str, str]]:
    """Return the table, the query and the meaning of each view."""
    measures = ", ".join(
        f"{measure}::double as {measure}" if is_cost(measure) else measure for measure in MEASURES
    )
    costs = ", ".join(f"{metric}::double as {metric}" for metric in COST_METRICS)
    vm_costs = {
        f"vm_costs_by_{granularity}": (
            "vm_cost_report",
            "select period_start, provider, billing_currency, period_hours,"
            f" {measures} from vm_cost_report"
            f" where granularity = {literal(granularity)} and category = 'Total'",
            f"The VM cost report of each {granularity}, provider and currency: one column per"
            " measure; money as double. Never add up vms, assets or reservations.",
        )
        for granularity in GRANULARITIES
    }
    return vm_costs | {
        "bi_cloud_costs": (
            "cloud_costs",
            f"select * exclude (tags, {', '.join(COST_METRICS)}), to_json(tags)::varchar as tags,"
            f" {costs} from cloud_costs",
            "cloud_costs with tags as JSON text and money as double.",
        ),
        "bi_cluster_costs": (
            "cluster_costs",
            f"select * exclude ({', '.join(COST_METRICS)}), {costs} from cluster_costs",
            "cluster_costs with money as double.",
        ),
        "bi_vm_usage_daily": (
            "vm_usage_daily",
            "select * exclude (tags) replace (vm_hours::double as vm_hours,"
            " reserved_hours::double as reserved_hours, scaled_hours::double as scaled_hours,"
            " normalized_hours::double as normalized_hours,"
            " normalized_reserved_hours::double as normalized_reserved_hours,"
            " applications_cost::double as applications_cost, compute_cost::double as compute_cost,"
            " compute_cost_before_ri::double as compute_cost_before_ri,"
            " network_cost::double as network_cost, total_cost::double as total_cost),"
            " to_json(tags)::varchar as tags from vm_usage_daily",
            "vm_usage_daily with tags as JSON text, and money and hours as double.",
        ),
        "dates": (
            "charge_days",
            "select day::date as date, date_trunc('week', day)::date as week_start,"
            " date_trunc('month', day)::date as month_start,"
            " date_trunc('quarter', day)::date as quarter_start, year(day) as year,"
            " quarter(day) as quarter, month(day) as month, isodow(day) as weekday,"
            " strftime(day, '%Y-%m') as month_name"
            " from (select unnest(generate_series("
            "date_trunc('year', min(charge_date))::timestamp,"
            " date_trunc('year', max(charge_date))::timestamp + interval 1 year - interval 1 day,"
            " interval 1 day)) as day from charge_days)",
            "Every day of the years that the bills touch: its week (from Monday, weekday 1),"
            " month, quarter and year.",
        ),
    }
