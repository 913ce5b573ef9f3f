"""One colour for one thing, in every view: by its place among all costs, whatever is picked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cloudbill.explorer import PALETTE
from cloudbill.explorer.data import rows
from cloudbill.read.reports import (
    COST_METRICS,
    METRIC_LABELS,
    NONE,
    OTHER,
    VM_CATEGORIES,
    Query,
    breakdown,
    tag_of,
)

GREY, LIGHT_GREY = "#8C8C8C", "#BDBDBD"
FIXED = {
    NONE: LIGHT_GREY,
    OTHER: GREY,
    **dict(zip(map(METRIC_LABELS.__getitem__, COST_METRICS), PALETTE, strict=False)),
    "AWS": "#E69F00",
    "Microsoft": "#0072B2",
    "Google Cloud": "#009E73",
    "Kubernetes": "#0072B2",
    "Other": GREY,
    "used": "#0072B2",
    "unused": "#E69F00",
    "real": "#0072B2",
    "list": "#E69F00",
    "nodes": "#0072B2",
    "control plane": "#CC79A7",
    "disks": "#009E73",
    "network": "#56B4E9",
    "other": GREY,
    "with the tag": "#0072B2",
    "without it": LIGHT_GREY,
    "unused commitments": "#E69F00",
}
# Categories of the VM cost report that cloud costs have under another name.
SAME = {
    "Subscription": "Account",
    "Pricing Model": "Pricing model",
    "Resource Group": "Resource group",
}


def known(by: str) -> dict[str, str]:
    """Return the colours of the most costly values of a dimension over everything."""
    by = SAME.get(by, by)
    if by in VM_CATEGORIES and by != "Region":
        query = (
            "select category_value as value from vm_cost_report where granularity = 'month'"
            f" and category = '{by}' and category_value is not null"
            " group by all order by sum(total_cost) desc, value"
        )
    elif by == "Resource group":
        query = (
            "select resource_group as value from vm_other_costs_daily"
            " where resource_group is not null group by all order by sum(total_cost) desc, value"
        )
    else:
        query = (
            f"select value from ({breakdown(by)}) where value is not null"
            " group by all order by sum(amortized_net_cost) desc, value"
        )
    top = rows(Query(f"select * from ({query}) limit {len(PALETTE)}", []))["value"]
    return dict(zip(map(str, top), PALETTE, strict=False))


def scale(names: Iterable[str], by: str | None = None) -> Mapping[str, str]:
    """Give each name its colour; names without one take those that are left."""
    names = list(names)
    fixed = FIXED | (known(by) if by and (" · " not in by or tag_of(by)) else {})
    found = {name: fixed[name] for name in names if name in fixed}
    taken = set(found.values())
    left = iter([*(colour for colour in PALETTE if colour not in taken), *PALETTE * len(names)])
    for name in names:
        if name not in found:
            grey = set(name.split(" · ")) == {NONE}
            found[name] = LIGHT_GREY if grey else next(left)
    return found
