"""The queries behind the explorer and the terminal reports: aggregates of the published marts.

Every query is of one currency: currencies never mix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from cloudbill.readers import literal

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
    "Tag": "tag_value",
}
# What cloud_cost_summary has, which is many times smaller than cloud_costs.
SUMMARIZED = ("Provider", "Account", "Service", "Category", "Region")
# Where a bill names the cluster: EKS and eksctl, GKE, AKS.
CLUSTER_TAGS = (
    "aws_eks_cluster_name", "user_eks_cluster_name", "user_alpha_eksctl_io_cluster_name",
    "goog-k8s-cluster-name", "aks-managed-cluster-name",
)  # fmt: skip
NONE = "(none)"


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


def cost_source(dimension: str, tag: str | None) -> str:
    """Return the smallest relation that has the dimension."""
    if dimension == "Cluster":
        keys = ", ".join(f"tags[{literal(key)}]" for key in CLUSTER_TAGS)
        return tagged(f"coalesce({keys})", "cluster")
    if dimension == "Tag":
        return tagged(f"tags[{literal(tag or '')}]", "tag_value")
    return "cloud_cost_summary" if dimension in SUMMARIZED else "cloud_costs"


def tagged(expression: str, name: str) -> str:
    """Join the few sets of tags rather than read the map of every row."""
    return (
        f"(select cloud_costs.*, sets.{name} from cloud_costs left join"
        f" (select tag_set_id, any_value({expression}) as {name} from tag_sets group by all)"
        " as sets on sets.tag_set_id = cloud_costs.tag_set_id)"
    )


def costs_report(metrics: tuple[str, ...], granularity: str, by: str, filters: Filters) -> Query:
    """Return periods, values of the dimension, metrics, and each metric's Kubernetes part."""
    condition, values = filters.condition()
    part = "{0}_kubernetes" if by in SUMMARIZED else "{0} * kubernetes_percent"
    sums = ", ".join(
        f"sum({metric}) as {metric}, sum({part.format(metric)}) as {metric}_kubernetes"
        for metric in metrics
    )
    return Query(
        f"select date_trunc('{granularity}', charge_date)::date as period,"
        f" coalesce({DIMENSIONS[by]}, '{NONE}') as value, {sums}"
        f" from {cost_source(by, filters.tag)} where {condition}"
        " group by all order by period, value",
        values,
    )


def movers(metric: str, by: str, filters: Filters, before: tuple[date, date]) -> Query:
    """Return the values of a dimension by how much they changed between two spans of days."""
    condition, values = replace(filters, start=before[0]).condition()
    return Query(
        f"select coalesce({DIMENSIONS[by]}, '{NONE}') as value,"
        f" coalesce(sum({metric}) filter (where charge_date <= ?), 0) as before,"
        f" coalesce(sum({metric}) filter (where charge_date >= ?), 0) as after,"
        f" after - before as change, change / nullif(abs(before), 0) as change_rate"
        f" from {cost_source(by, filters.tag)} where {condition}"
        " and (charge_date <= ? or charge_date >= ?) group by all having change != 0"
        " order by abs(change) desc, value limit 15",
        [before[1], filters.start, *values, before[1], filters.start],
    )


def cost_lines(metric: str, by: str, value: str, filters: Filters, limit: int = 500) -> Query:
    """Return what a bar is made of: its resources, the most costly first."""
    condition, values = filters.condition()
    source = "cloud_costs" if by in SUMMARIZED else cost_source(by, filters.tag)
    return Query(
        "select resource_id, service_name, coalesce(sub_account_name, sub_account_id) as account,"
        " region_id, charge_category, pricing_model,"
        " case max(kubernetes_percent) when 1 then 'yes' else 'no' end as kubernetes,"
        f" {', '.join(f'sum({name}) as {name}' for name in COST_METRICS)}"
        f" from {source}"
        f" where {condition} and coalesce({DIMENSIONS[by]}, '{NONE}') = ?"
        f" group by all order by {metric} desc, resource_id limit {limit}",
        [*values, value],
    )
