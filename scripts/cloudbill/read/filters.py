"""What a report is asked: a query with its values, of which days, and of which values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cloudbill.sql import literal

TAG = "tag: "
NONE = "(none)"
EMPTY = "(empty)"
OTHER = "(other)"
GRANULARITIES = ("day", "week", "month")
Wanted = tuple[tuple[str, tuple[str, ...]], ...]
"""Names of dimensions, and of each the values that are wanted: any of them."""


@dataclass(frozen=True)
class Query:
    """A query and its values."""

    sql: str
    values: list[object]


@dataclass(frozen=True)
class Filters:
    """Which rows of a mart a report shows; of one currency, since currencies never mix."""

    currency: str | None
    start: date
    end: date
    providers: tuple[str, ...] = ()
    where: Wanted = ()

    def condition(self, day: str = "charge_date") -> tuple[str, list[object]]:
        """Return the condition on currency, days and providers, and its values."""
        parts = ["billing_currency is not distinct from ?", f"{day} between ? and ?"]
        values: list[object] = [self.currency, self.start, self.end]
        if self.providers:
            parts.append(f"provider in ({', '.join('?' for _ in self.providers)})")
            values.extend(self.providers)
        return " and ".join(parts), values


def any_of(wanted: Wanted, columns: Mapping[str, str]) -> tuple[str, list[object]]:
    """Return the condition that each dimension has one of its values, and the values."""
    parts, values = ["true"], list[object]()
    for name, some in wanted:
        parts.append(f"{columns[name]} in ({', '.join('?' for _ in some)})")
        values.extend(some)
    return " and ".join(parts), values


def tag_of(dimension: str) -> str | None:
    """Return the tag that a dimension is, if it is one."""
    return dimension.removeprefix(TAG) if dimension.startswith(TAG) else None


def with_tags(source: str, dimensions: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Join the values of tags to rows with sets of tags; return the column of each tag, too."""
    columns = {}
    for number, name in enumerate(filter(tag_of, dimensions)):
        columns[name] = f"tag_{number}.tag_value"
        source += (
            f" left join {tag_values(str(tag_of(name)))} as tag_{number}"
            f" using (provider, tag_set_id)"
        )
    return source, columns


def tag_values(tag: str) -> str:
    """Return the value that a tag has in each set of tags.

    The tag goes by its name, whatever its spelling, or by one of the keys that bills have.
    """
    return (
        "(select provider, tag_set_id,"
        f" coalesce(nullif(any_value(tag_value), ''), '{EMPTY}') as tag_value from named_tags"
        f" where key_order = 1 and tag_name = ({tag_name(tag)}) group by all)"
    )


def tag_name(tag: str) -> str:
    """Return the name that a tag goes by, or null if bills have no such tag."""
    name = f"lower(regexp_replace({literal(tag)}, '[^\\p{{L}}\\p{{N}}]+', '', 'g'))"
    return (
        f"select coalesce(max(tag_name) filter (where tag_name = {name}),"
        f" max(tag_name) filter (where tag_key = {literal(tag)})) from named_tags"
    )
