"""The VM cost report: the mart, or its measures made anew by tags and under filters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jinja2 import Environment

from cloudbill.read.filters import NONE, Filters, Query, any_of, with_tags
from cloudbill.read.periods import start_of_period
from cloudbill.schema import PROJECT

MEASURES = (
    "asset_hours", "assets", "assets_by_usage", "reservations", "utilized_reservations",
    "vm_hours", "vms", "vms_by_usage", "applications_cost", "compute_cost",
    "compute_cost_before_ri", "network_cost", "normalized_reservation_surplus",
    "normalized_reservations", "normalized_underutilized_reservations",
    "normalized_utilized_reservations", "normalized_vms", "total_cost",
)  # fmt: skip
# What counts something distinct does not add up over the values of a category.
NOT_ADDITIVE = {
    "assets", "reservations", "vms", "normalized_reservation_surplus", "normalized_reservations",
    "normalized_underutilized_reservations",
}  # fmt: skip
NORMALIZED_CATEGORY = "Normalized Machine Series"
# How a day of a VM, or of other costs, tells each category.
CATEGORIES = {
    "Total": "'Total'",
    "Subscription": "coalesce(sub_account_name, sub_account_id)",
    "Resource Group": "resource_group",
    "Region": "region_id",
    "Machine Series": "machine_series",
    "Instance Type": "instance_type",
    NORMALIZED_CATEGORY: "normalized_machine_series",
    "Operating System": "operating_system",
    "Pricing Model": "pricing_model",
    "Reservation": "reservation_id",
}


def is_cost(measure: str) -> bool:
    """Tell money from hours and counts."""
    return measure.endswith(("_cost", "_cost_before_ri"))


def category_of(measure: str, wanted: str) -> str:
    """Return the category a measure is meaningful in: normalized ones have only one."""
    return NORMALIZED_CATEGORY if measure.startswith("normalized_") else wanted


def vm_report(measure: str, granularity: str, category: str, filters: Filters) -> Query:
    """Return periods, values of the category or tag and the measure.

    Periods are whole: the first is the one that the first day is in. Values of several providers
    are added, which is right for distinct counts too: no VM runs at two providers.
    """
    filters = replace(filters, start=start_of_period(filters.start, granularity))
    condition, values = filters.condition("period_start")
    if filters.where or category not in CATEGORIES:
        rows, row_values = measured(granularity, category, filters)
    else:
        rows = "select *, category_value as value from vm_cost_report"
        rows += " where granularity = ? and category = ?"
        row_values = [granularity, category]
    return Query(
        f"select period_start as period, coalesce(value, '{NONE}') as value,"
        f" sum({measure}) as amount from ({rows}) where {condition}"
        " group by all having amount is not null order by period, value",
        [*row_values, *values],
    )


def measured(granularity: str, category: str, filters: Filters) -> tuple[str, list[object]]:
    """Return the measures of the report by any category or tag, under filters.

    They are measured anew, from the days of VMs and of all other costs: what is counted as
    distinct does not add up.
    """
    named = dict.fromkeys([category, *(name for name, _ in filters.where)])
    source, tags = with_tags("days", named)
    told = {name: f"coalesce({tags.get(name) or CATEGORIES[name]}, '{NONE}')" for name in named}
    condition, values = any_of(filters.where, told)
    normalized = "normalized_hours" if category == NORMALIZED_CATEGORY else "null::double"
    keys = ["period_start", "provider", "billing_currency", "value"]
    return (
        "with every_day as (select * exclude (tags) from vm_usage_daily"
        " union all by name select *, 0 as compute_cost, 0 as compute_cost_before_ri"
        " from vm_other_costs_daily),"
        f" days as ({macros().vm_days('every_day')}),"
        " periods as (select distinct provider, period_start, period_hours from vm_cost_report"
        " where granularity = ? and category = 'Total'),"
        f" vm_costs as (select days.*, period_start, period_hours, {told[category]} as value"
        f" from {source} inner join periods on days.provider = periods.provider"
        f" and date_trunc('{granularity}', days.charge_date) = periods.period_start"
        f" where {condition})"
        f" {macros().vm_measures('vm_costs', keys, normalized)}",
        [granularity, *values],
    )


def macros() -> Any:
    """Return the macros that make the mart."""
    text = (PROJECT / "macros" / "vm_measures.sql").read_text(encoding="utf-8")
    return Environment().from_string(text).module


def vm_values(granularity: str, category: str, filters: Filters, limit: int = 1000) -> Query:
    """Return the values of a category or tag, the most costly first."""
    report = vm_report("total_cost", granularity, category, replace(filters, where=()))
    return Query(
        f"select value from ({report.sql}) group by value order by sum(amount) desc, value"
        f" limit {limit}",
        report.values,
    )
