"""SQL that reads maps and lists in whatever shape a file has them.

Most files have one of the documented shapes, which SQL reads fast. What is in another fails the
query, and the bill is read again with more care: Python (`cells`) reads what SQL does not.
"""

from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from json import dumps

import duckdb

from cloudbill.landing import cells
from cloudbill.landing.casts import TAGS, from_number, is_word
from cloudbill.landing.readers import Delivered
from cloudbill.sql import identifier, literal

CREDIT_FIELDS = frozenset({"name", "amount", "full_name", "id", "type"})
PAIR_FIELDS = frozenset({"key", "value"})
CREDIT = """'[{"type": "varchar", "amount": "varchar"}]'"""


class Care(IntEnum):
    """How a bill is read; each more careful way takes longer."""

    FAST = 0
    """Documented shapes only."""
    CAREFUL = 1
    """Cells in another shape are read by Python; of what cannot be read, only money is an error."""
    SLOW = 2
    """All cells of maps are read by Python: some have a key twice."""


Spell = tuple[Callable[[str], str], Callable[[str], str]]
"""What gives the keys of tags one spelling: in SQL and in Python."""


def create_functions(
    con: duckdb.DuckDBPyConnection, *, are_listed: bool, spell: Spell | None
) -> None:
    """What careful queries call; DuckDB imports pandas for the first, in half a second.

    A connection reads one delivery, so that what it has stays right.
    """
    known = con.execute("select 1 from duckdb_functions() where function_name = 'read_map'")
    if known.fetchone():
        return
    remembered = lru_cache(maxsize=100_000)
    spelled = spell[1] if spell else None

    def read(
        text: str | None, spell: Callable[[str], str] | None, *, is_details: bool
    ) -> str | None:
        if text is None:
            return None
        try:
            found = cells.pairs(text, are_listed=are_listed, spell=spell, is_details=is_details)
        except cells.UnreadableError:
            return None
        return dumps(found)

    functions: dict[str, Callable[[str | None], str | None]] = {
        "read_map": remembered(lambda text: read(text, None, is_details=False)),
        "read_details": remembered(lambda text: read(text, None, is_details=True)),
        "read_tags": remembered(lambda text: read(text, spelled, is_details=False)),
        "read_credits": remembered(_read_credits),
    }
    for name, function in functions.items():
        con.create_function(name, function, ["varchar"], "varchar", null_handling="special")  # type: ignore[call-overload]


def _read_credits(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return dumps(cells.credits_of(text, CREDIT_FIELDS))
    except cells.UnreadableError:
        # No number, which is an error of the query.
        return '[{"amount": "unreadable"}]'


def map_of(
    delivered: Delivered,
    care: Care,
    *,
    are_listed: bool,
    is_tags: bool = False,
    is_details: bool = False,
    spell: Spell | None = None,
) -> str:
    """A map of texts; that of tags is sorted, so that equal tags have equal texts.

    `are_listed` says that the provider delivers a list of pairs, so that one pair stands for it.
    """
    entries = _entries(delivered, are_listed=are_listed)
    if delivered.shape == "map" and care < Care.SLOW and not is_tags:
        return f"cast({delivered.sql} as {TAGS})"
    if entries and care < Care.SLOW:
        return _tidy(entries, spell) if is_tags else f"map_from_entries({entries})"
    text = f"cast(to_json({entries}) as varchar)" if entries else text_of_cell(delivered)
    reads = "read_tags" if is_tags else "read_details" if is_details else "read_map"
    read = f"cast(cast({reads}({text}) as json) as {TAGS})"
    if care is Care.SLOW:
        return f"if({is_word(text)}, null, {read})"
    listed = f"map_from_entries({_pairs_of(text)})"
    fast = f"if({text}[1] = '[', {listed}, cast({_json_of(text)} as {TAGS}))"
    if are_listed:
        # One pair, or an object that happens to have such a key.
        fast = f"if({text}[1] = '{{' and contains({text}, '\"key\"'), null, {fast})"
    if is_tags:
        fast = _tidy(f"map_entries({fast})", spell)
    if care is Care.FAST:
        unread = f"cast(cast('unread: ' || {text} as json) as {TAGS})"
        return f"if({is_word(text)}, null, coalesce({fast}, {unread}))"
    return f"if({is_word(text)}, null, coalesce(try({fast}), {read}))"


def _entries(delivered: Delivered, *, are_listed: bool) -> str | None:
    """Keys and values of what has a documented shape in a typed file."""
    value, shape = delivered.sql, delivered.shape
    fields = {field.lower() for field in delivered.fields}
    is_pair = "key" in fields and fields <= cells.PAIR
    if shape == "map":
        return f"map_entries(cast({value} as {TAGS}))"
    if shape == "struct" and not (is_pair and are_listed):
        # All rows have all fields, so that an absent value is an absent key.
        listed = ", ".join(
            f"{{'key': {literal(field)}, 'value': to_json({value}.{identifier(field)}) ->> '$'}}"
            for field in delivered.fields
        )
        return f"list_filter([{listed}], lambda e: e.value is not null)"
    if not is_pair:
        return None
    pairs = f"[{value}]" if shape == "struct" else value
    text = "cast(e.value as varchar)" if "value" in fields else "''"
    pairs = f"list_filter({pairs}, lambda e: e.key is not null and cast(e.key as varchar) != '')"
    entry = f"{{'key': cast(e.key as varchar), 'value': coalesce({text}, '')}}"
    return f"list_transform({pairs}, lambda e: {entry})"


def text_of_cell(delivered: Delivered) -> str:
    """A cell as text: JSON, if it is not text itself."""
    match delivered.shape:
        case "text":
            return delivered.sql
        case "list" | "map" | "struct":
            return f"cast(to_json({delivered.sql}) as varchar)"
        case _:
            return f"cast({delivered.sql} as varchar)"


def _json_of(text: str) -> str:
    """JSON text; enterprise agreements write tags and additional information without braces."""
    trimmed = f"ltrim({text})"
    return f"cast(if({trimmed}[1] = '{{', {trimmed}, '{{' || {trimmed} || '}}') as json)"


def _pairs_of(text: str) -> str:
    """Key-value structs of JSON text that is a list of them."""
    return f"""from_json({text}, '[{{"key": "varchar", "value": "varchar"}}]')"""


def _tidy(entries: str, spell: Spell | None) -> str:
    key = spell[0]("e.key") if spell else "e.key"
    entry = f"{{'key': {key}, 'value': coalesce(e.value, '')}}"
    return f"map_from_entries(list_sort(list_transform({entries}, lambda e: {entry})))"


def credits_of(delivered: Delivered, care: Care) -> str:
    """A list of the type and amount of each credit, whose amount is read or an error."""
    value, shape = delivered.sql, delivered.shape
    fields = {field.lower() for field in delivered.fields}
    kind, amount = "nullif(cast(c.type as varchar), '')", "as_decimal(cast(c.amount as varchar))"
    if shape in ("list", "struct") and "amount" in fields and fields <= CREDIT_FIELDS:
        listed = (
            f"list_filter({value if shape == 'list' else f'[{value}]'}, lambda c: c is not null)"
        )
        kind = kind if "type" in fields else "cast(null as varchar)"
        return f"list_transform({listed}, lambda c: {{'type': {kind}, 'amount': {amount}}})"
    if shape not in ("text", "json", "list", "struct", "map"):
        number = from_number(value, shape, "decimal(38, 18)")
        return f"if({value} is null, null, [{{'type': cast(null as varchar), 'amount': {number}}}])"
    text = text_of_cell(delivered)
    # Flattened exports may have a single credit, or an empty one, instead of the list.
    listed = f"from_json(if({text}[1] = '{{', '[' || {text} || ']', {text}), {CREDIT})"
    amounts = f"(strlen({text}) - strlen(replace({text}, '\"amount\"', ''))) / strlen('\"amount\"')"
    unread = f"from_json('unread: ' || {text}, {CREDIT})"
    listed = f"if({amounts} = len({listed}), {listed}, {unread})"
    sure = "as_decimal(coalesce(c.amount, 'no amount'))"
    fast = f"list_transform({listed}, lambda c: {{'type': {kind}, 'amount': {sure}}})"
    if care > Care.FAST:
        read = f"from_json(read_credits({text}), {CREDIT})"
        read = f"list_transform({read}, lambda c: {{'type': {kind}, 'amount': {amount}}})"
        fast = f"coalesce(try({fast}), {read})"
    return f"if({is_word(text)} or {text} in ('[]', '{{}}'), null, {fast})"


def flat_pairs(pairs: list[tuple[str, str]]) -> str:
    """A map of keys and values that stand in columns of their own (SQL of each)."""
    listed = ", ".join(f"{{'key': {key}, 'value': coalesce({value}, '')}}" for key, value in pairs)
    present = f"list_filter([{listed}], lambda e: e.key is not null and e.key != '')"
    return f"map_from_entries(list_sort({present}))"


def flat_credits(credits_: list[dict[str, str]]) -> str:
    """A list of credits whose fields stand in columns of their own (SQL by field)."""
    none = "cast(null as varchar)"
    listed = ", ".join(
        f"{{'type': nullif({fields.get('type', none)}, ''),"
        f" 'amount': as_decimal({fields['amount']})}}"
        for fields in credits_
    )
    return f"list_filter([{listed}], lambda c: c.amount is not null)"
