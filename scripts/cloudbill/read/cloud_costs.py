"""Cloud costs by any dimensions and under any filters.

Costs by one dimension are read from the breakdown; all others from the lines of cloud_costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from cloudbill.read.filters import (
    NONE,
    OTHER,
    TAG,
    Filters,
    Query,
    Wanted,
    any_of,
    tag_of,
    tag_values,
    with_tags,
)
from cloudbill.sql import literal

COST_METRICS = ("list_cost", "net_cost", "amortized_net_cost", "invoiced_cost", "amortized_cost")
METRIC_LABELS = {
    "list_cost": "List",
    "net_cost": "Net",
    "amortized_net_cost": "Amortized net",
    "invoiced_cost": "Invoiced",
    "amortized_cost": "Amortized",
}
# How a row of cloud_costs tells each dimension; a tag is a dimension of its own ("tag: team").
DIMENSIONS = {
    "Provider": "provider",
    "Billing account": "billing_account_id",
    "Account": "coalesce(sub_account_name, sub_account_id)",
    "Service": "service_name",
    "Category": "service_category",
    "Region": "region_id",
    "Availability zone": "availability_zone",
    "Pricing model": "pricing_model",
    "Charge category": "charge_category",
    "Commitment": "commitment_discount_id",
    "Resource group": "resource_group",
    "Resource": "resource_id",
    "Kubernetes": "case kubernetes_percent when 1 then 'Kubernetes' else 'Other' end",
    "Cluster": "cluster",
}
# Each dimension of cloud_cost_breakdown is all of the costs; this one has few rows.
ALL = "dimension = 'Category'"
EVERYTHING = f"cloud_cost_breakdown where {ALL}"
# What the breakdown has no rows of.
NOT_BROKEN_DOWN = (
    "Billing account", "Availability zone", "Commitment", "Resource group", "Resource",
)  # fmt: skip


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
    """Return the rows of cloud_costs with these dimensions, and the column of each."""
    wanted = list(dict.fromkeys(dimensions))
    source, tags = with_tags("cloud_costs as costs", wanted)
    columns = ["costs.*"]
    if "Cluster" in wanted:
        keys = ("sub_account_id", "resource_group", "resource_id", "tag_set_id", "service_name")
        same = "".join(f" and costs.{key} is not distinct from clusters.{key}" for key in keys)
        source += (
            " left join charge_clusters as clusters on costs.unit_id = clusters.bill_unit_id"
            f" and costs.provider = clusters.provider{same}"
        )
        columns.append("clusters.cluster")
    columns += [f"{column} as {column.partition('.')[0]}" for column in tags.values()]
    told = {
        name: tags[name].partition(".")[0] if name in tags else DIMENSIONS[name] for name in wanted
    }
    named = "".join(f", coalesce({sql}, '{NONE}') as d{n}" for n, sql in enumerate(told.values()))
    return (
        f"select *{named} from (select {', '.join(columns)} from {source})",
        {name: f"d{number}" for number, name in enumerate(told)},
    )


def filtered(
    dimensions: Iterable[str], filters: Filters
) -> tuple[str, dict[str, str], list[object]]:
    """Return the rows of cloud_costs that pass the filters, and the column of each dimension."""
    rows, columns = lines([*dimensions, *(name for name, _ in filters.where)])
    condition, values = any_of(filters.where, columns)
    return f"select * from ({rows}) where {condition}", columns, values


def values_of(by: str, then: str | None, filters: Filters) -> tuple[str, list[object]]:
    """Return rows with metrics, the `value` of a dimension and the `second_value` of another."""
    if not filters.where and then is None and by not in NOT_BROKEN_DOWN:
        rows, values = breakdown(by), list[object]()
        told = f"coalesce(value, '{NONE}') as value, '' as second_value"
        return f"select * exclude (value), {told} from ({rows})", values
    rows, columns, values = filtered([by, *([then] if then else [])], filters)
    second = columns[then] if then else "''"
    return f"select *, {columns[by]} as value, {second} as second_value from ({rows})", values


def costs_report(
    metrics: tuple[str, ...],
    granularity: str,
    by: str,
    filters: Filters,
    top: int | None = None,
    then: str | None = None,
) -> Query:
    """Return periods, values of one or two dimensions, metrics and each one's Kubernetes part.

    With `top`, the values with the most of the first metric, and the others as one.
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
        f"select date_trunc('{granularity}', charge_date)::date as period, value, second_value,"
        f" {sums} from ({rows}) where {condition} group by all"
    )
    values = [*row_values, *values]
    order = "order by period, value, second_value"
    if top is None:
        return Query(f"{found} {order}", values)
    return Query(
        f"with found as materialized ({found}), most as (select value, second_value, true as is_top"
        f" from found group by all order by sum({metrics[0]}) desc limit {top})"
        f" select period, {or_other('is_top')},"
        f" {', '.join(f'sum({name}) as {name}' for name in names)}"
        f" from found left join most using (value, second_value) group by all {order}",
        values,
    )


def out_of_scope(metric: str, filters: Filters) -> Query:
    """Return what charges outside of Kubecost's scope cost, which no row of cloud_costs has.

    By which values of a dimension is not told: nothing where the report is filtered by any.
    """
    condition, values = filters.condition()
    is_asked = "false" if filters.where else "not in_kubecost_scope"
    return Query(
        f"select coalesce(sum({metric}), 0) from charges where {is_asked} and {condition}", values
    )


def out_of_scope_told(amount: Decimal | float, currency: str) -> str:
    """Say how much the report leaves out, and where it is."""
    return (
        f"{amount:,.2f} {currency} of these days are outside of Kubecost's scope (on AWS taxes,"
        " credits, refunds and fees) and in none of these figures: the table charges has them."
    )


def or_other(is_kept: str) -> str:
    """Return a value and its second one, or what stands for all that is not kept."""
    return (
        f"case when {is_kept} then value else '{OTHER}' end as value,"
        f" case when {is_kept} then second_value else '' end as second_value"
    )


def dimension_values(by: str, filters: Filters, limit: int = 1000) -> Query:
    """Return the values of a dimension, the most costly first."""
    condition, values = filters.condition()
    rows, row_values = values_of(by, None, replace(filters, where=()))
    return Query(
        f"select value from ({rows}) where {condition}"
        f" group by all order by sum(amortized_net_cost) desc, value limit {limit}",
        [*row_values, *values],
    )


def tag_coverage(metric: str, tag: str, filters: Filters) -> Query:
    """Return what costs have a tag and what have not, by account and service."""
    condition, values = filters.condition()
    rows, columns, row_values = filtered([f"{TAG}{tag}"], filters)
    has_tag = f"{columns[f'{TAG}{tag}']} != '{NONE}'"
    return Query(
        f"select provider, coalesce(sub_account_name, sub_account_id, '{NONE}') as account,"
        f" coalesce(service_name, '{NONE}') as service_name,"
        f" coalesce(sum({metric}) filter (where {has_tag}), 0) as with_tag,"
        f" coalesce(sum({metric}) filter (where not {has_tag}), 0) as without_tag,"
        f" with_tag::double / nullif(sum({metric}), 0)::double as coverage"
        f" from ({rows}) where {condition}"
        " group by all order by without_tag desc, account, service_name",
        [*row_values, *values],
    )


def cost_lines(metric: str, wanted: Wanted, filters: Filters, limit: int = 500) -> Query:
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
