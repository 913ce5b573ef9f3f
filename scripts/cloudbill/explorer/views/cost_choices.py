"""What is picked of the cloud costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from cloudbill.explorer import pickers
from cloudbill.explorer.formats import joined
from cloudbill.explorer.names import names_of
from cloudbill.read.cloud_costs import COST_METRICS, DIMENSIONS, EVERYTHING, dimension_values
from cloudbill.read.filters import GRANULARITIES, TAG, Filters

NO_SECOND = "–"


@dataclass(frozen=True)
class Choices:
    """What the pickers say."""

    filters: Filters
    metric: str
    granularity: str
    by: str
    then: str | None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """One dimension or two."""
        return (self.by, self.then) if self.then else (self.by,)

    @property
    def name(self) -> str:
        """The dimensions, as a sentence names them."""
        return " and ".join(map(pickers.dimension_told, self.dimensions))

    @property
    def label(self) -> str:
        """The dimensions, as the name of a column."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def metrics(self) -> tuple[str, ...]:
        """All metrics, the picked one first."""
        return (self.metric, *(other for other in COST_METRICS if other != self.metric))

    def named(self, found: pd.DataFrame) -> list[str]:
        """Name for people what each row has of the dimensions."""
        values = found["value"].replace(names_of(self.by))
        return [*map(joined, values, found["second_value"].replace(names_of(self.then)))]


def picked() -> Choices:
    """Draw the pickers."""
    dimensions = [*DIMENSIONS, *pickers.tags()]
    first, second, third = st.columns(3)
    with first:
        metric = pickers.metric()
    with second:
        # Links of before name the tag on its own.
        named = st.query_params.get("tag")
        default = f"{TAG}{named}" if st.query_params.get("by") == "Tag" and named else "Service"
        by = pickers.choice(
            "Group by", "by", dimensions, default, format_func=pickers.dimension_label
        )
    with third:
        others = [NO_SECOND, *(name for name in dimensions if name != by)]
        then = pickers.choice("And by", "then", others, format_func=pickers.dimension_label)
    first, second, third = st.columns(3)
    with first:
        currency = pickers.currency(EVERYTHING, "amortized_net_cost")
    with second:
        start, end = pickers.time(currency)
    with third:
        granularity = pickers.toggles(
            "Granularity", "granularity", GRANULARITIES, "day", hide=False
        )
    first, second = st.columns([1, 2])
    with first:
        providers = pickers.providers(EVERYTHING)
    filters = Filters(currency, start, end, providers)
    options = [name for name in dimensions if name != "Provider"]
    with second:
        where = pickers.filters(options, lambda name: dimension_values(name, filters))
    filters = replace(filters, where=where)
    return Choices(filters, metric, granularity, by, None if then == NO_SECOND else then)
