"""Where a delivered column goes in the lake, and as what."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloudbill.delivered.kinds import Kind
from cloudbill.landing import casts, shapes
from cloudbill.landing.readers import Delivered, Reader
from cloudbill.landing.shapes import Care
from cloudbill.schema import DERIVED, Table
from cloudbill.sql import coalesce

# What separates the name of a map or list from a key or field in a flattened file.
SEPARATORS = re.compile(r"[./:\[]|_")
ELEMENT = re.compile(r"\[?(\d+)\]?[._/:]+(\w+)|(\w+)")


@dataclass(frozen=True)
class Rules:
    """How the files of a bill are read."""

    table: Table
    kind: Kind
    care: Care = Care.FAST
    day_first: bool = False

    def whole(self, header: str) -> bool:
        """Whether a delivered column is a map or a list."""
        place = place_of(self, header)
        return place.key is None and is_whole(self.table, place.name)


@dataclass(frozen=True)
class Place:
    """A column of the lake, and what of it a delivered column holds."""

    name: str
    key: str | None = None
    """Set when it folds into a map or list: a key or a field."""
    element: int | None = None
    """Set when it is a field of an element of a list."""


@dataclass(frozen=True)
class Column:
    """A column of the lake as one delivered column gives it."""

    place: Place
    delivered: Delivered
    sql: str


def is_whole(table: Table, name: str) -> bool:
    """Whether a column of the lake is a map or a list."""
    return name in table.lists or table.columns.get(name, "").startswith("map(")


def place_of(rules: Rules, header: str) -> Place:
    """Where a delivered column goes."""
    table = rules.table
    name, key = rules.kind.column(header)
    name = table.headers.get(header.strip().lower()) or table.headers.get(name) or name
    if key is not None:
        return Place(name, key)
    if name in DERIVED or not name:
        return Place(f"delivered_{name}")
    if name in table.columns:
        return Place(name)
    return _flattened(rules, header) or Place(name)


def _flattened(rules: Rules, header: str) -> Place | None:
    """A column of a flattened file: `labels.team`, `credits.amount`, `credits_0_amount`."""
    for match in SEPARATORS.finditer(header):
        name = rules.kind.column(header[: match.start()])[0]
        rest = header[match.start() if match.group() == "[" else match.end() :]
        if not rest or not is_whole(rules.table, name) or name in rules.kind.unfolded:
            continue
        fields = shapes.CREDIT_FIELDS if name in rules.table.lists else shapes.PAIR_FIELDS
        element = ELEMENT.fullmatch(rest)
        if element and (field := (element[2] or element[3]).lower()) in fields:
            if element[1] is not None or name in rules.table.lists:
                return Place(name, field, int(element[1] or 0))
            if rules.kind.are_listed:
                return Place(name, field, 0)
        if name not in rules.table.lists:
            return Place(name, rest)
    return None


def columns(rules: Rules, reader: Reader) -> dict[str, str]:
    """SQL by name of the columns of the lake that a reader gives."""
    typed = list(typed_columns(rules, reader))
    merged: dict[str, str] = {}
    for name in dict.fromkeys(column.place.name for column in typed):
        merged[name] = _merged(rules, name, [c for c in typed if c.place.name == name])
    known = [name for name in merged if name in rules.table.columns]
    for name in known:
        for further, derived in rules.kind.derived(name, merged[name]).items():
            type_ = rules.table.columns.get(further)
            if type_ is None:
                continue
            typed_further = f"cast({derived} as {type_})"
            if further in merged and type_.startswith("map("):
                # What the file says itself comes first, where it says anything.
                own = merged[further]
                typed_further = f"if(cardinality({own}) > 0, {own}, {typed_further})"
            merged[further] = typed_further
    for name in rules.table.lists:
        if name in merged:
            merged[name] = _as_delivered(typed, name, merged[name])
    return merged


def typed_columns(rules: Rules, reader: Reader) -> Iterator[Column]:
    """What each delivered column gives."""
    places = [place_of(rules, delivered.header) for delivered in reader.columns]
    direct = {rules.kind.column(delivered.header)[0] for delivered in reader.columns}
    for delivered, found in zip(reader.columns, places, strict=True):
        place = found
        own = rules.kind.column(delivered.header)[0]
        is_alias = place.key is None and own != place.name and place.name in direct
        if is_alias and own and own not in rules.table.columns:
            # Another name of a column that the file has under its own: a column of its own.
            place = Place(own)
        yield Column(place, delivered, typed_sql(rules, delivered, place, reader.format))


def typed_sql(rules: Rules, delivered: Delivered, place: Place, format_: str = "csv") -> str:
    """SQL of a delivered column in the type that it has in the lake, or in its map or list."""
    target = rules.table.columns.get(place.name, "varchar")
    value, shape = delivered.sql, delivered.shape
    if place.key is not None:
        text = shapes.text_of_cell(delivered)
        # An empty cell of a table is none; in JSON an empty text is one.
        return text if format_ == "json" else f"nullif({text}, '')"
    if place.name in rules.table.lists:
        return shapes.credits_of(delivered, rules.care)
    if target.startswith("map("):
        read = shapes.map_of(
            delivered,
            rules.care,
            are_listed=rules.kind.are_listed,
            is_tags=place.name == rules.table.tags,
            is_details=place.name in rules.table.details,
            spell=rules.kind.spell,
        )
        return read if target == casts.TAGS else f"cast({read} as {target})"
    if shape == "text":
        if place.name not in rules.table.columns:
            # An empty cell of a table is none, also where Parquet has an empty text.
            typed = f"nullif({value}, '')"
        elif target == "varchar":
            typed = casts.without_words(value)
        else:
            typed = casts.from_text(value, target, day_first=rules.day_first)
    elif target == "varchar" and shape in ("list", "map", "struct"):
        typed = f"cast(to_json({value}) as varchar)"
    else:
        typed = casts.from_number(value, shape, target)
    if place.name in rules.kind.owners + rules.kind.payers:
        typed = rules.kind.account(typed)
    if place.name in rules.table.quantities and rules.care > Care.FAST:
        return casts.quantity(value, typed)
    return typed


def _merged(rules: Rules, name: str, found: list[Column]) -> str:
    """One column of those that share a name; what has keys folds into a map or list."""
    whole = [column.sql for column in found if column.place.key is None]
    folded = [column for column in found if column.place.key is not None]
    if folded:
        whole.append(_folded(rules, name, folded))
    if len(whole) > 1 and has_one_meaning(rules, name):
        first, *others = whole
        differ = " or ".join(f"{first} != {other}" for other in others)
        return f"if({differ}, error('spellings differ' || {first}), {coalesce(whole)})"
    return coalesce(whole)


def has_one_meaning(rules: Rules, name: str) -> bool:
    """Whether two columns of a name must agree: what is counted, when, and in which currency."""
    target = rules.table.columns.get(name, "varchar")
    return target in (casts.DECIMAL, "double", "date", "timestamp") or name in (
        rules.table.currencies
    )


def _folded(rules: Rules, name: str, found: list[Column]) -> str:
    elements: dict[int, dict[str, str]] = {}
    keys: dict[str, list[str]] = {}
    for column in found:
        key = str(column.place.key)
        if column.place.element is not None:
            elements.setdefault(column.place.element, {})[key] = column.sql
        else:
            keys.setdefault(key, []).append(column.sql)
    ordered = [elements[number] for number in sorted(elements)]
    if name in rules.table.lists:
        return shapes.flat_credits([fields for fields in ordered if "amount" in fields])
    parts = [casts.wide_map({key: coalesce(sql) for key, sql in keys.items()})] if keys else []
    if ordered:
        pairs = [(f["key"], f.get("value", "''")) for f in ordered if "key" in f]
        parts.append(shapes.flat_pairs(pairs))
    return parts[0] if len(parts) == 1 else f"map_concat({', '.join(parts)})"


def _as_delivered(found: Iterable[Column], name: str, read: str) -> str:
    """A list as text: as it was delivered, or as it was read from columns of its fields."""
    whole = [column.delivered for column in found if column.place == Place(name)]
    return coalesce([*map(shapes.text_of_cell, whole), f"cast(to_json({read}) as varchar)"])


def expected(rules: Rules, place: Place) -> str | None:
    """What a value of a column should be, in words; None where any will do."""
    if place.key is not None:
        is_amount = place.name in rules.table.lists and place.key == "amount"
        return casts.EXPECTED[casts.DECIMAL] if is_amount else None
    if place.name in rules.table.lists:
        return casts.EXPECTED["credits"]
    return casts.EXPECTED.get(rules.table.columns.get(place.name, "varchar"))


def checked_sql(rules: Rules, delivered: Delivered, place: Place) -> str:
    """SQL that fails where the value of a delivered column is not what is expected."""
    sql = typed_sql(rules, delivered, place)
    return f"as_decimal({sql})" if place.key is not None else sql
