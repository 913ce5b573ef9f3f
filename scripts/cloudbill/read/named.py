"""What people name in the terminal, found whatever its spelling; what there is not is told.

A filter that matches nothing because of a letter would be a wrong number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

import duckdb

from cloudbill.errors import USAGE, CloudbillError
from cloudbill.read.filters import TAG, Wanted, tag_name, tag_of

MANY = 10


def one_of(name: str, wanted: str, options: Iterable[str]) -> str:
    """Find an option whatever its letter case, spaces or hyphens; else say which there are."""
    plain = {plainly(option): option for option in options}
    if plainly(wanted) not in plain:
        raise CloudbillError(
            f"There is no {name} {wanted!r}: choose one of {', '.join(plain.values())}.", USAGE
        )
    return plain[plainly(wanted)]


def plainly(text: str) -> str:
    """Write an option as it is compared."""
    return text.casefold().replace("-", "").replace("_", "").replace(" ", "")


def dimension(
    connection: duckdb.DuckDBPyConnection, kind: str, wanted: str, options: Iterable[str]
) -> str:
    """Find a dimension or category; a tag is one by its name (tag:team)."""
    if plainly(wanted) == "tag":
        raise CloudbillError("Which tag? Name its key: --by tag:env.", USAGE)
    prefix, colon, tag = wanted.partition(":")
    if colon and plainly(prefix.strip()) == "tag":
        return tag_dimension(connection, tag.strip())
    return one_of(kind, wanted, options)


def tag_dimension(connection: duckdb.DuckDBPyConnection, tag: str) -> str:
    """Return a tag as a dimension, if bills have it."""
    if connection.execute(tag_name(tag)).fetchone() == (None,):
        labels = "select distinct tag_label from named_tags order by all"
        known = [label for (label,) in connection.execute(labels).fetchall()]
        there_are = like(tag, known) or "none at all"
        raise CloudbillError(f"No bill has a tag {tag!r}: there are {there_are}.", USAGE)
    return f"{TAG}{tag}"


def filters(
    texts: Sequence[str], found_as: Callable[[str], str], known_of: Callable[[str], list[str]]
) -> Wanted:
    """Read filters such as region=eu-west-1 and tag:team=web; several of one dimension are any."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise CloudbillError(
                f"--filter {text!r} has no value: write --filter region=eu-west-1.", USAGE
            )
        found.setdefault(found_as(name), []).append(value)
    return tuple(
        (name, tuple(one_value(name, value, known_of(name)) for value in values))
        for name, values in found.items()
    )


def one_value(name: str, wanted: str, known: list[str]) -> str:
    """Find a value of a dimension among those that costs have, whatever its letter case."""
    if wanted in known:
        return wanted
    alike = [value for value in known if value.casefold() == wanted.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise CloudbillError(
        f"Nothing has the {told(name)} {wanted!r}: there are {like(wanted, known)}.", USAGE
    )


def like(wanted: str, known: list[str]) -> str:
    """List some of what there is: the names most alike, else the first."""
    some = get_close_matches(wanted, known, MANY) or known[:MANY]
    more = len(known) - len(some)
    return ", ".join(some) + (f" and {more:,} more" if more else "")


def told(name: str) -> str:
    """Name a dimension as a column."""
    tag = tag_of(name)
    return f"tag {tag}" if tag else name.lower()
