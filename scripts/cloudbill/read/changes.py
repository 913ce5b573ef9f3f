"""How far the bills of each scope go, and what changed between two spans of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from cloudbill.read.cloud_costs import ALL, or_other, values_of
from cloudbill.read.filters import Filters, Query

# Of each scope, the days of two spans (a and b) that can be compared: from its first day to its
# last complete one, the same part of both. A scope that has bills in one of them only is compared
# if it is new, since a bill that has not come is no saving.
SPANS = """
asked as (select ?::date as a0, ?::date as a1, ?::date as b0, ?::date as b1),
ends as (
    select
        provider, scope, first_date,
        a0 + skipped as a0, b0 + skipped as b0,
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
        a0 as asked_a0, a1 as asked_a1, b1 as asked_b1
    from (
        select
            scope_days.*, asked.*,
            greatest(
                0,
                case when first_date <= a1 then (first_date - a0)::integer end,
                case when first_date <= b1 then (first_date - b0)::integer end
            ) as skipped
        from scope_days cross join asked
    )
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
            when has_after and not has_before and first_date > asked_b1 then 'new'
            when has_before and not has_after and first_date > asked_a1 then 'new'
            when not has_before or not has_after then 'missing'
            when a0 > asked_a0 or a1 < asked_a1 then 'part'
            else 'whole'
        end as status
    from seen
)
"""


def movers(
    metric: str,
    by: str,
    filters: Filters,
    before: tuple[date, date],
    top: int = 50,
    then: str | None = None,
) -> Query:
    """Return values of one or two dimensions by how much they changed between two spans of days.

    Of each scope, only days that both spans have complete are compared. The values with the
    largest changes, and all others as one.
    """
    everything = replace(
        filters, start=min(before[0], filters.start), end=max(before[1], filters.end)
    )
    condition, values = everything.condition()
    rows, row_values = values_of(by, then, filters)
    return Query(
        f"with {SPANS}, compared as (select value, second_value,"
        f" coalesce(sum({metric}) filter (where charge_date between b0 and b1), 0) as before,"
        f" coalesce(sum({metric}) filter (where charge_date between a0 and a1), 0) as after"
        f" from ({rows}) inner join spans using (provider, scope)"
        f" where status in ('new', 'part', 'whole') and {condition} group by all"
        " having before != 0 or after != 0),"
        " ranked as (select *, row_number() over ("
        f"order by abs(after - before) desc, value, second_value) <= {top} as is_top"
        " from compared)"
        f" select {or_other('is_top')}, sum(before) as before, sum(after) as after,"
        " sum(after) - sum(before) as change,"
        " change::double / nullif(abs(sum(before)), 0)::double as change_rate from ranked"
        " group by 1, 2, is_top order by is_top desc, abs(change) desc, value, second_value",
        [filters.start, filters.end, *before, *row_values, *values],
    )


def compared_scopes(metric: str, filters: Filters, before: tuple[date, date]) -> Query:
    """Return what a comparison has to say of each scope with costs that is not compared wholly."""
    everything = replace(
        filters, start=min(before[0], filters.start), end=max(before[1], filters.end)
    )
    condition, values = everything.condition()
    return Query(
        f"with {SPANS}, costs as ("
        f" select provider, scope, sum({metric}) as cost from cloud_cost_breakdown"
        f" cross join asked where {ALL} and {condition}"
        " and (charge_date between a0 and a1 or charge_date between b0 and b1) group by all)"
        " select provider, scope, status, first_date, a0 as compared_from, a1 as compared_until,"
        " cost from spans inner join costs using (provider, scope)"
        " where status in ('new', 'missing', 'part') order by provider, scope",
        [filters.start, filters.end, *before, *values],
    )


def told(scope: Mapping[Any, Any], currency: str | None) -> str:
    """Say what of a scope is compared."""
    cost = f"{scope['cost']:,.2f} {currency or ''}".rstrip()
    said = {
        "new": f"new, its bills begin on {scope['first_date']}; all of it ({cost}) is a change.",
        "missing": f"not compared, since one of the two has no bill of it ({cost} in the other).",
        "part": f"compared from {scope['compared_from']} to {scope['compared_until']} and as many"
        " days of the others, which both have complete.",
    }[scope["status"]]
    return f"{scope['provider']}, {scope['scope']}: {said}"


def scopes(filters: Filters) -> Query:
    """Return how far the bills of each scope go that has costs in a currency."""
    condition, values = replace(filters, start=date.min, end=date.max).condition()
    return Query(
        "select scope, last_date, last_complete_date from scope_days"
        f" semi join (select provider, scope from cloud_cost_breakdown where {condition})"
        " using (provider, scope) order by provider, scope",
        values,
    )
