"""The queries behind the explorer and the terminal reports: aggregates of the published marts.

Every query is of one currency: currencies never mix.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from jinja2 import Environment

from cloudbill.schema import PROJECT
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
# How a day of a VM, or of other costs, tells each category.
VM_CATEGORIES = {
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
CATEGORIES = tuple(VM_CATEGORIES)
# How a row of cloud_costs tells each dimension; a tag is a dimension of its own ("tag: team").
DIMENSIONS = {
    "Provider": "provider",
    "Account": "coalesce(sub_account_name, sub_account_id)",
    "Service": "service_name",
    "Category": "service_category",
    "Region": "region_id",
    "Pricing model": "pricing_model",
    "Charge category": "charge_category",
    "Resource group": "resource_group",
    "Kubernetes": "case kubernetes_percent when 1 then 'Kubernetes' else 'Other' end",
    "Cluster": "cluster",
}
TAG = "tag: "
# Each dimension of cloud_cost_breakdown is all of the costs; this one has few rows.
ALL = "dimension = 'Category'"
# What the breakdown has no rows of is told by the lines of cloud_costs.
NOT_BROKEN_DOWN = ("Resource group",)
NONE = "(none)"
OTHER = "(other)"


@dataclass(frozen=True)
class Query:
    """A query and its values."""

    sql: str
    values: list[object]


@dataclass(frozen=True)
class Filters:
    """Which rows of a mart a report shows: `where` names values of dimensions, any of each."""

    currency: str | None
    start: date
    end: date
    providers: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def condition(self, day: str = "charge_date") -> tuple[str, list[object]]:
        """Return the condition on currency, days and providers, and its values."""
        parts = ["billing_currency is not distinct from ?", f"{day} between ? and ?"]
        values: list[object] = [self.currency, self.start, self.end]
        if self.providers:
            parts.append(f"provider in ({', '.join('?' for _ in self.providers)})")
            values.extend(self.providers)
        return " and ".join(parts), values


def is_cost(measure: str) -> bool:
    """Tell money from hours and counts."""
    return measure.endswith(("_cost", "_cost_before_ri"))


def tag_of(dimension: str) -> str | None:
    """Return the tag that a dimension is, if it is one."""
    return dimension.removeprefix(TAG) if dimension.startswith(TAG) else None


def category_of(measure: str, wanted: str) -> str:
    """Return the category a measure is meaningful in: normalized ones have only one."""
    return NORMALIZED_CATEGORY if measure.startswith("normalized_") else wanted


def vm_report(measure: str, granularity: str, category: str, filters: Filters) -> Query:
    """Return periods, values of the category or tag and the measure.

    Values of several providers are added, which is right for distinct counts too: no VM runs at
    two providers.
    """
    condition, values = filters.condition("period_start")
    if filters.where or category not in CATEGORIES:
        rows, row_values = vm_measured(granularity, category, filters)
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


def vm_measured(granularity: str, category: str, filters: Filters) -> tuple[str, list[object]]:
    """Return the measures of the VM cost report by any category or tag, under filters.

    They are measured anew, from the days of VMs and of all other costs: what is counted as
    distinct does not add up.
    """
    named = dict.fromkeys([category, *(name for name, _ in filters.where)])
    source = "days"
    told = {}
    for number, name in enumerate(named):
        if tag := tag_of(name):
            source += (
                f" left join {tag_values(tag)} as tags_{number}"
                f" on days.provider = tags_{number}.provider"
                f" and days.tag_set_id = tags_{number}.tag_set_id"
            )
            told[name] = f"coalesce(tags_{number}.tag_value, '{NONE}')"
        else:
            told[name] = f"coalesce({VM_CATEGORIES[name]}, '{NONE}')"
    conditions, values = ["true"], list[object]()
    for name, wanted in filters.where:
        conditions.append(f"{told[name]} in ({', '.join('?' for _ in wanted)})")
        values.extend(wanted)
    normalized = "normalized_hours" if category == NORMALIZED_CATEGORY else "null::double"
    keys = ["period_start", "provider", "billing_currency", "value"]
    return (
        "with days as (select * exclude (tags) from vm_usage_daily"
        " union all by name select *, 0 as compute_cost, 0 as compute_cost_before_ri"
        " from vm_other_costs_daily),"
        " periods as (select distinct provider, period_start, period_hours from vm_cost_report"
        " where granularity = ? and category = 'Total'),"
        f" vm_costs as (select days.*, period_start, period_hours, {told[category]} as value"
        f" from {source} inner join periods on days.provider = periods.provider"
        f" and date_trunc('{granularity}', days.charge_date) = periods.period_start"
        f" where {' and '.join(conditions)})"
        f" {vm_measures('vm_costs', keys, normalized)}",
        [granularity, *values],
    )


def vm_values(granularity: str, category: str, filters: Filters, limit: int = 1000) -> Query:
    """Return the values of a category or tag of the VM cost report, the most costly first."""
    report = vm_report("total_cost", granularity, category, replace(filters, where=()))
    return Query(
        f"select value from ({report.sql}) group by value order by sum(amount) desc, value"
        f" limit {limit}",
        report.values,
    )


def vm_measures(source: str, keys: list[str], normalized_hours: str) -> str:
    """Return the measures of the VM cost report by the macro that makes the mart."""
    macros = (PROJECT / "macros" / "vm_measures.sql").read_text(encoding="utf-8")
    module = Environment().from_string(macros).module
    return str(module.vm_measures(source, keys, normalized_hours))  # type: ignore[attr-defined]


def tag_values(tag: str) -> str:
    """Return the value that a tag has in each set of tags.

    The tag goes by its name, whatever its spelling, or by one of the keys that bills have.
    """
    name = f"lower(regexp_replace({literal(tag)}, '[^\\p{{L}}\\p{{N}}]+', '', 'g'))"
    meant = (
        f"select coalesce(max(tag_name) filter (where tag_name = {name}),"
        f" max(tag_name) filter (where tag_key = {literal(tag)})) from named_tags"
    )
    return (
        "(select provider, tag_set_id, any_value(tag_value) as tag_value from named_tags"
        f" where key_order = 1 and tag_name = ({meant}) group by all)"
    )


def breakdown(by: str) -> str:
    """Return the rows of the breakdown that have a dimension, and its `value` for each."""
    if tag := tag_of(by):
        return (
            "select breakdown.*, tag_value as value from cloud_cost_breakdown as breakdown"
            f" left join {tag_values(tag)} as tags"
            " on breakdown.provider = tags.provider and dimension_value = tags.tag_set_id"
            " where dimension = 'Tag set'"
        )
    if by == "Cluster":
        # What no cluster has is what is left of everything.
        columns = f"provider, scope, charge_date, billing_currency, {', '.join(COST_METRICS)}"
        less = ", ".join(f"-{metric} as {metric}" for metric in COST_METRICS)
        marked = "(known_by in ('marker', 'both'))::integer as kubernetes_percent"
        clusters = "from cluster_costs where cluster is not null and known_by != 'unused'"
        return (
            f"select {columns}, {marked}, cluster as value {clusters}"
            f" union all by name select {columns}, kubernetes_percent, null as value"
            f" from cloud_cost_breakdown where {ALL}"
            " union all by name select provider, scope, charge_date, billing_currency,"
            f" {less}, {marked}, null as value {clusters}"
        )
    if by in ("Provider", "Kubernetes"):
        return f"select *, {DIMENSIONS[by]} as value from cloud_cost_breakdown where {ALL}"
    return (
        "select *, dimension_value as value from cloud_cost_breakdown"
        f" where dimension = {literal(by)}"
    )


def lines(dimensions: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Return the rows of cloud_costs with what tells these dimensions, and how it does."""
    wanted = dict.fromkeys(dimensions)
    source = "cloud_costs as costs"
    told = {name: DIMENSIONS[name] for name in wanted if name in DIMENSIONS}
    if "Cluster" in wanted:
        keys = ("sub_account_id", "resource_group", "resource_id", "tag_set_id", "service_name")
        same = "".join(f" and costs.{key} is not distinct from clusters.{key}" for key in keys)
        source += (
            " left join charge_clusters as clusters on costs.build_id = clusters.build_id"
            f" and costs.provider = clusters.provider{same}"
        )
        told["Cluster"] = "clusters.cluster"
    for number, name in enumerate(filter(tag_of, wanted)):
        source += (
            f" left join {tag_values(str(tag_of(name)))} as tags_{number}"
            f" on costs.provider = tags_{number}.provider"
            f" and costs.tag_set_id = tags_{number}.tag_set_id"
        )
        told[name] = f"tags_{number}.tag_value"
    columns = "".join(f", {column}" for column in columns_of(told))
    return f"select costs.*{columns} from {source}", {
        name: f"d{number}" for number, name in enumerate(told)
    }


def columns_of(told: dict[str, str]) -> list[str]:
    """Return the dimensions as columns d0, d1 and so on."""
    return [
        f"coalesce({qualified(sql)}, '{NONE}') as d{number}"
        for number, sql in enumerate(told.values())
    ]


def qualified(sql: str) -> str:
    """Say that a column of cloud_costs is meant, where what it is joined with has one too."""
    names = ("provider", "service_name", "resource_group")
    return f"costs.{sql}" if sql in names else sql


def filtered(
    dimensions: Iterable[str], filters: Filters
) -> tuple[str, dict[str, str], list[object]]:
    """Return the rows of cloud_costs that pass the filters, and the column of each dimension."""
    rows, columns = lines([*dimensions, *(name for name, _ in filters.where)])
    conditions, values = ["true"], list[object]()
    for name, wanted in filters.where:
        conditions.append(f"{columns[name]} in ({', '.join('?' for _ in wanted)})")
        values.extend(wanted)
    return f"select * from ({rows}) where {' and '.join(conditions)}", columns, values


def values_of(by: str, then: str | None, filters: Filters) -> tuple[str, list[object]]:
    """Return rows with metrics and the `value` of a dimension, and of a second one.

    One dimension is read from the breakdown; several, and filters, from the lines.
    """
    if not filters.where and then is None and by not in NOT_BROKEN_DOWN:
        return breakdown(by), []
    rows, columns, values = filtered([by, *([then] if then else [])], filters)
    value = columns[by] if then is None else f"{columns[by]} || ' · ' || {columns[then]}"
    return f"select *, {value} as value from ({rows})", values


def costs_report(
    metrics: tuple[str, ...],
    granularity: str,
    by: str,
    filters: Filters,
    top: int | None = None,
    then: str | None = None,
) -> Query:
    """Return periods, values of the dimension, metrics, and each metric's Kubernetes part.

    With `then`, the values of two dimensions together. With `top`, the values with the most of the
    first metric, and the others as one.
    """
    condition, values = filters.condition()
    rows, row_values = values_of(by, then, filters)
    names = [name for metric in metrics for name in (metric, f"{metric}_kubernetes")]
    sums = ", ".join(
        f"sum({metric}) as {metric},"
        f" coalesce(sum({metric}) filter (where kubernetes_percent = 1), 0) as {metric}_kubernetes"
        for metric in metrics
    )
    found = (
        f"select date_trunc('{granularity}', charge_date)::date as period,"
        f" coalesce(value, '{NONE}') as value, {sums}"
        f" from ({rows}) where {condition} group by all"
    )
    values = [*row_values, *values]
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


def cost_totals(
    metrics: tuple[str, ...],
    by: str,
    filters: Filters,
    top: int | None = None,
    then: str | None = None,
) -> Query:
    """Return values of the dimension with what they cost over all days."""
    report = costs_report(metrics, "month", by, filters, top, then)
    names = [name for metric in metrics for name in (metric, f"{metric}_kubernetes")]
    sums = ", ".join(f"sum({name}) as {name}" for name in names)
    return Query(f"select value, {sums} from ({report.sql}) group by value", report.values)


def dimension_values(by: str, filters: Filters, limit: int = 1000) -> Query:
    """Return the values of a dimension, the most costly first."""
    condition, values = filters.condition()
    rows, row_values = values_of(by, None, replace(filters, where=()))
    return Query(
        f"select coalesce(value, '{NONE}') as value from ({rows}) where {condition}"
        f" group by all order by sum(amortized_net_cost) desc, value limit {limit}",
        [*row_values, *values],
    )


# Of each scope, the days of two spans that can be compared: up to its last complete day, the same
# number of days of both. A scope without a bill in one of them is compared only if it is new.
SPANS = """
ends as (
    select
        provider, scope, first_date, last_complete_date,
        least(
            a1,
            case when last_complete_date < a1 then last_complete_date end,
            case when last_complete_date < b1 then a0 + (last_complete_date - b0)::integer end
        ) as a1,
        least(
            b1,
            case when last_complete_date < b1 then last_complete_date end,
            case when last_complete_date < a1 then b0 + (last_complete_date - a0)::integer end
        ) as b1,
        a0, b0
    from scope_days cross join (select ?::date as a0, ?::date as a1, ?::date as b0, ?::date as b1)
),
seen as (
    select
        ends.*,
        coalesce(bool_or(charge_date between a0 and a1), false) as has_after,
        coalesce(bool_or(charge_date between b0 and b1), false) as has_before
    from ends left join charge_days using (provider, scope)
    group by all
),
spans as (
    select
        *,
        case
            when has_after and has_before then true
            when has_after then first_date > b1
            when has_before then first_date > a1
        end as is_compared
    from seen
)
"""


def movers(
    metric: str, by: str, filters: Filters, before: tuple[date, date], limit: int = 15
) -> Query:
    """Return the values of a dimension by how much they changed between two spans of days.

    Of each scope, only days that both spans have complete are compared.
    """
    everything = replace(
        filters, start=min(before[0], filters.start), end=max(before[1], filters.end)
    )
    condition, values = everything.condition()
    rows, row_values = values_of(by, None, filters)
    return Query(
        f"with {SPANS}, compared as ("
        f" select coalesce(value, '{NONE}') as value,"
        f" coalesce(sum({metric}) filter (where charge_date between b0 and b1), 0) as before,"
        f" coalesce(sum({metric}) filter (where charge_date between a0 and a1), 0) as after"
        f" from ({rows}) inner join spans using (provider, scope)"
        f" where is_compared and {condition} group by all)"
        " select *, after - before as change,"
        " change::double / nullif(abs(before), 0)::double as change_rate from compared"
        f" where change != 0 order by abs(change) desc, value limit {limit}",
        [filters.start, filters.end, *before, *row_values, *values],
    )


def uncompared(metric: str, filters: Filters, before: tuple[date, date]) -> Query:
    """Return the scopes that are not compared, or not to the end, with what they cost before."""
    condition, values = replace(filters, start=before[0], end=before[1]).condition()
    return Query(
        f"with {SPANS}, costs as ("
        f" select provider, scope, sum({metric}) as before from cloud_cost_breakdown"
        f" where {ALL} and {condition} group by all)"
        " select provider, scope, last_complete_date, before, coalesce(is_compared, false)"
        " as is_compared, a1 as compared_until"
        " from spans inner join costs using (provider, scope)"
        " where not coalesce(is_compared, false) or a1 < ?"
        " order by provider, scope",
        [filters.start, filters.end, *before, *values, filters.end],
    )


def scopes(filters: Filters) -> Query:
    """Return how far the bills of each scope go that has costs in a currency."""
    condition, values = replace(filters, start=date.min, end=date.max).condition()
    return Query(
        "select provider, scope, first_date, last_date, last_complete_date from scope_days"
        f" semi join (select provider, scope from cloud_cost_breakdown where {condition})"
        " using (provider, scope) order by provider, scope",
        values,
    )


def tag_coverage(metric: str, tag: str, filters: Filters) -> Query:
    """Return what costs have a tag and what have not, by account and service."""
    condition, values = filters.condition()
    rows, columns, row_values = filtered([f"{TAG}{tag}"], filters)
    has_tag = f"{columns[f'{TAG}{tag}']} != '{NONE}'"
    return Query(
        "select provider, coalesce(sub_account_name, sub_account_id) as account, service_name,"
        f" coalesce(sum({metric}) filter (where {has_tag}), 0) as with_tag,"
        f" coalesce(sum({metric}) filter (where not {has_tag}), 0) as without_tag,"
        f" with_tag::double / nullif(sum({metric}), 0)::double as coverage"
        f" from ({rows}) where {condition}"
        " group by all order by without_tag desc, account, service_name",
        [*row_values, *values],
    )


def cost_lines(
    metric: str,
    wanted: tuple[tuple[str, tuple[str, ...]], ...],
    filters: Filters,
    limit: int = 500,
) -> Query:
    """Return what a bar is made of: the lines of its most costly resources."""
    condition, values = filters.condition()
    rows, _, row_values = filtered([], replace(filters, where=(*filters.where, *wanted)))
    # The most costly resources first, by one cost; then all there is to say about these few.
    return Query(
        f"with picked as not materialized ({rows}), top as materialized ("
        f" select coalesce(resource_id, '') as resource from picked where {condition}"
        f" group by all order by sum({metric}) desc, resource limit {limit})"
        " select resource_id, service_name, coalesce(sub_account_name, sub_account_id) as account,"
        " region_id, charge_category, pricing_model,"
        " case max(kubernetes_percent) when 1 then 'yes' else 'no' end as kubernetes,"
        f" {', '.join(f'sum({name}) as {name}' for name in COST_METRICS)}"
        f" from picked where {condition} and coalesce(resource_id, '') in (from top)"
        f" group by all order by {metric} desc, resource_id limit {limit}",
        [*row_values, *values, *values],
    )
