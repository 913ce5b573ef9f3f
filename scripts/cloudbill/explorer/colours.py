"""One colour for one thing, in every view: by its place among all costs, whatever is picked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cloudbill.explorer import PALETTE
from cloudbill.explorer.data import rows
from cloudbill.explorer.formats import JOINT
from cloudbill.read.cloud_costs import (
    COST_METRICS,
    DIMENSIONS,
    METRIC_LABELS,
    NOT_BROKEN_DOWN,
    breakdown,
    lines,
)
from cloudbill.read.filters import NONE, OTHER
from cloudbill.read.vm_report import CATEGORIES

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
    "to come": LIGHT_GREY,
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
    if by in CATEGORIES and by not in DIMENSIONS:
        source = (
            "select category_value as value, total_cost as cost from vm_cost_report"
            f" where granularity = 'month' and category = '{by}'"
        )
    else:
        found = lines([by])[0] if by in NOT_BROKEN_DOWN else breakdown(by)
        told = "d0" if by in NOT_BROKEN_DOWN else "value"
        source = f"select {told} as value, amortized_net_cost as cost from ({found})"
    top = rows(
        f"select value from ({source}) where value is not null and value != '{NONE}'"
        f" group by all order by sum(cost) desc, value limit {len(PALETTE)}"
    )["value"]
    fixed = {FIXED.get(name) for name in top}
    left = (colour for colour in PALETTE if colour not in fixed)
    return dict(zip((name for name in top if name not in FIXED), left, strict=False))


def scale(names: Iterable[str], by: str | None = None) -> Mapping[str, str]:
    """Give each name its colour; names without one take those that are left."""
    names = list(names)
    given = (known(by) if by else {}) | FIXED
    found = {name: given[name] for name in names if name in given}
    taken = set(found.values())
    left = iter([*(colour for colour in PALETTE if colour not in taken), *PALETTE * len(names)])
    for name in names:
        if name not in found:
            grey = set(name.split(JOINT)) == {NONE}
            found[name] = LIGHT_GREY if grey else next(left)
    return found
