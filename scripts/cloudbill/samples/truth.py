"""What the bills must come to, added up while they are written."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cloudbill.samples.lines import METRICS, ZERO, Line, text


class Totals:
    """Sums over lines; every sum is exact."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.lines = 0
        self.cost = ZERO
        self.unused = ZERO
        self.metrics = dict.fromkeys(METRICS, ZERO)
        self.kubernetes = dict.fromkeys(METRICS, ZERO)
        self.facts: dict[str, Decimal] = defaultdict(Decimal)

    def add(self, line: Line, copies: int) -> None:
        """Add a line as often as it was written."""
        self.lines += copies
        self.cost += line.cost * copies
        self.unused += line.unused * copies
        for metric in METRICS:
            amount = getattr(line, metric) * copies
            self.metrics[metric] += amount
            if line.is_kubernetes:
                self.kubernetes[metric] += amount
        for name, amount in line.facts.items():
            self.facts[name] += amount * copies

    def as_dict(self) -> dict[str, Any]:
        """Plain data, amounts as text."""
        return {
            "lines": self.lines,
            "cost": text(self.cost),
            **{metric: text(amount) for metric, amount in self.metrics.items()},
            "kubernetes": {metric: text(amount) for metric, amount in self.kubernetes.items()},
            "unused_commitments": text(self.unused),
        }


class Truth:
    """Totals by billing period and currency: of all lines, in Kubecost's scope, by charge type."""

    def __init__(self) -> None:
        """Begin without lines."""
        self._totals: dict[tuple[str, str], dict[str, Totals]] = {}

    def add(self, lines: Iterable[Line], copies: int) -> None:
        """Add lines as often as they were written."""
        for line in (line for line in lines if not line.is_repetition):
            groups = self._totals.setdefault(
                (line.billing_period, line.currency), defaultdict(Totals)
            )
            groups["all"].add(line, copies)
            groups[f"charge_type/{line.charge_type}"].add(line, copies)
            if line.in_kubecost_scope:
                groups["kubecost_scope"].add(line, copies)

    def as_dict(self) -> dict[str, Any]:
        """Plain data: billing period, then currency."""
        result: dict[str, Any] = defaultdict(dict)
        for (period, currency), groups in sorted(self._totals.items()):
            everything = groups["all"]
            result[period][currency] = {
                **everything.as_dict(),
                "billed": text(everything.metrics["invoiced"]),
                **{name: text(amount) for name, amount in sorted(everything.facts.items())},
                "kubecost_scope": groups["kubecost_scope"].as_dict(),
                "charge_types": {
                    name.removeprefix("charge_type/"): {
                        "lines": totals.lines,
                        "cost": text(totals.cost),
                        "amortized": text(totals.metrics["amortized"]),
                    }
                    for name, totals in sorted(groups.items())
                    if name.startswith("charge_type/")
                },
            }
        return dict(result)


def merged_views(lines: Iterable[Line], dataset: str | None) -> Iterable[Line]:
    """What lines of one of two views of the same charges add to them.

    The actual export gives what was billed, the amortized one what was used; what was left unused
    is in the latter only, so its list cost counts there.
    """
    for line in lines:
        if dataset == "actual":
            yield replace(line, amortized=ZERO, amortized_net=ZERO, unused=ZERO)
        else:
            yield replace(line, cost=ZERO, net=ZERO, list=line.list if line.unused else ZERO)
