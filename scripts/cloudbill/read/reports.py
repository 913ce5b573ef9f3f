"""The queries behind the explorer and the terminal reports: aggregates of the published marts.

Every query is of one currency: currencies never mix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from cloudbill.sql import literal

COST_METRICS = ("list_cost", "net_cost", "amortized_net_cost", "invoiced_cost", "amortized_cost")
METRIC_LABELS = {
    "list_cost": "List",
    "net_cost": "Net",
    "amortized_net_cost": "Amortized net",
    "invoiced_cost": "Invoiced",
    "amortized_cost": "Amortized",
}
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
GRANULARITIES = ("day", "week", "month")
NORMALIZED_CATEGORY = "Normalized Machine Series"
CATEGORIES = (
    "Total", "Subscription", "Resource Group", "Region", "Machine Series", "Instance Type",
    NORMALIZED_CATEGORY, "Operating System", "Pricing Model", "Reservation",
)  # fmt: skip
# How a row of cloud_costs tells each dimension; Cluster and Tag: how its set of tags does.
DIMENSIONS = {
    "Provider": "provider",
    "Account": "coalesce(sub_account_name, sub_account_id)",
    "Service": "service_name",
    "Category": "service_category",
    "Region": "region_id",
    "Pricing model": "pricing_model",
    "Charge category": "charge_category",
    "Kubernetes": "case kubernetes_percent when 1 then 'Kubernetes' else 'Other' end",
    "Cluster": "cluster",
    "Tag": "tags[{}]",
}
# Each dimension of cloud_cost_breakdown is all of the costs; this one has few rows.
ALL = "dimension = 'Category'"
TAGGED = ("Cluster", "Tag")
NONE = "(none)"
OTHER = "(other)"


@dataclass(frozen=True)
class Query:
    """A query and its values."""

    sql: str
    values: list[object]


@dataclass(frozen=True)
class Filters:
    """Which rows of a mart a report shows."""

    currency: str | None
    start: date
    end: date
    providers: tuple[str, ...] = ()
    tag: str | None = None

    def condition(self, day: str = "charge_date") -> tuple[str, list[object]]:
        """Return the condition and its values."""
        parts = ["billing_currency is not distinct from ?", f"{day} between ? and ?"]
        values: list[object] = [self.currency, self.start, self.end]
        if self.providers:
            parts.append(f"provider in ({', '.join('?' for _ in self.providers)})")
            values.extend(self.providers)
        return " and ".join(parts), values


def is_cost(measure: str) -> bool:
    """Tell money from hours and counts."""
    return measure.endswith(("_cost", "_cost_before_ri"))


def category_of(measure: str, wanted: str) -> str:
    """Return the category a measure is meaningful in: normalized ones have only one."""
    return NORMALIZED_CATEGORY if measure.startswith("normalized_") else wanted


def vm_report(measure: str, granularity: str, category: str, filters: Filters) -> Query:
    """Return periods, values of the category and the measure.

    Values of several providers are added, which is right for distinct counts too: no VM runs at
    two providers.
    """
    condition, values = filters.condition("period_start")
    return Query(
        f"select period_start as period, coalesce(category_value, '{NONE}') as value,"
        f" sum({measure}) as amount from vm_cost_report"
        f" where granularity = ? and category = ? and {condition}"
        f" group by all having amount is not null order by period, value",
        [granularity, category, *values],
    )


def breakdown(by: str, tag: str | None) -> str:
    """Return the rows of the breakdown that have a dimension, and its `value` for each."""
    told = DIMENSIONS[by].format(literal(tag or ""))
    if by == "Tag":
        sets = f"(select tag_set_id, any_value({told}) as value from tag_sets group by all)"
        return (
            f"select * from cloud_cost_breakdown left join {sets} as sets"
            " on dimension_value = tag_set_id where dimension = 'Tag set'"
        )
    if by in ("Provider", "Kubernetes"):
        return f"select *, {told} as value from cloud_cost_breakdown where {ALL}"
    return (
        "select *, dimension_value as value from cloud_cost_breakdown"
        f" where dimension = {literal(by)}"
    )


def costs_report(
    metrics: tuple[str, ...], granularity: str, by: str, filters: Filters, top: int | None = None
) -> Query:
    """Return periods, values of the dimension, metrics, and each metric's Kubernetes part.

    With `top`, the values with the most of the first metric, and the others as one.
    """
    condition, values = filters.condition()
    names = [name for metric in metrics for name in (metric, f"{metric}_kubernetes")]
    sums = ", ".join(
        f"sum({metric}) as {metric},"
        f" coalesce(sum({metric}) filter (where kubernetes_percent = 1), 0) as {metric}_kubernetes"
        for metric in metrics
    )
    found = (
        f"select date_trunc('{granularity}', charge_date)::date as period,"
        f" coalesce(value, '{NONE}') as value, {sums}"
        f" from ({breakdown(by, filters.tag)}) where {condition} group by all"
    )
    if top is None:
        return Query(f"{found} order by period, value", values)
    most = f"select value from found group by all order by sum({metrics[0]}) desc limit {top}"
    return Query(
        f"with found as materialized ({found}) select period,"
        f" case when value in ({most}) then value else '{OTHER}' end as value,"
        f" {', '.join(f'sum({name}) as {name}' for name in names)}"
        " from found group by all order by period, value",
        values,
    )


def movers(metric: str, by: str, filters: Filters, before: tuple[date, date]) -> Query:
    """Return the values of a dimension by how much they changed between two spans of days."""
    condition, values = replace(filters, start=before[0]).condition()
    return Query(
        f"select coalesce(value, '{NONE}') as value,"
        f" coalesce(sum({metric}) filter (where charge_date <= ?), 0) as before,"
        f" coalesce(sum({metric}) filter (where charge_date >= ?), 0) as after,"
        f" after - before as change, change / nullif(abs(before), 0) as change_rate"
        f" from ({breakdown(by, filters.tag)}) where {condition}"
        " and (charge_date <= ? or charge_date >= ?) group by all having change != 0"
        " order by abs(change) desc, value limit 15",
        [before[1], filters.start, *values, before[1], filters.start],
    )


def cost_lines(metric: str, by: str, value: str, filters: Filters, limit: int = 500) -> Query:
    """Return what a bar is made of: the lines of its most costly resources."""
    condition, values = filters.condition()
    condition += f" and {is_value(by, value, filters.tag)}"
    # The most costly resources first, by one cost; then all there is to say about these few.
    return Query(
        "with top as materialized ("
        f" select coalesce(resource_id, '') as resource from cloud_costs where {condition}"
        f" group by all order by sum({metric}) desc, resource limit {limit})"
        " select resource_id, service_name, coalesce(sub_account_name, sub_account_id) as account,"
        " region_id, charge_category, pricing_model,"
        " case max(kubernetes_percent) when 1 then 'yes' else 'no' end as kubernetes,"
        f" {', '.join(f'sum({name}) as {name}' for name in COST_METRICS)}"
        f" from cloud_costs where {condition} and coalesce(resource_id, '') in (from top)"
        f" group by all order by {metric} desc, resource_id limit {limit}",
        [*values, *values],
    )


def is_value(by: str, value: str, tag: str | None) -> str:
    """Return the condition that a row of cloud_costs has a value of a dimension."""
    told = DIMENSIONS[by].format(literal(tag or ""))
    if by not in TAGGED:
        return (
            f"({told} is null or {told} = '{NONE}')"
            if value == NONE
            else f"{told} = {literal(value)}"
        )
    # The few sets of tags are looked through rather than the map of every row.
    if value == NONE:
        sets = f"select tag_set_id from tag_sets where {told} is not null"
        return f"coalesce(tag_set_id, '') not in ({sets})"
    return f"tag_set_id in (select tag_set_id from tag_sets where {told} = {literal(value)})"
