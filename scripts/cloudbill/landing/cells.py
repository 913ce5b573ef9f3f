"""What a cell of keys and values, or of credits, says, whoever wrote it and however.

Python reads the cells that SQL does not: JSON within JSON, Python's own text of dictionaries and
lists (what pandas writes into CSV), pairs under other names, and what is cut off.
"""

import ast
import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from cloudbill.landing.texts import ABSENT, NUMBER

# A label, and what Resource Manager tags of Google Cloud have beside it.
PAIR = frozenset({"key", "value", "inherited", "namespace"})
# Functions around numbers, texts and lists in the text that Python gives of its objects.
WRAPPERS = frozenset({"Decimal", "float", "int", "str", "array", "list", "dict", "OrderedDict"})


class UnreadableError(ValueError):
    """A cell that says nothing for certain."""


class Object(dict[str, Any]):
    """A JSON object, and the keys that it has twice with different values."""

    doubled: frozenset[str] = frozenset()


def pairs(
    text: str,
    *,
    are_listed: bool,
    spell: Callable[[str], str] | None = None,
    is_details: bool = False,
) -> dict[str, str]:
    """Keys and values; a key without a value has an empty one.

    Where providers deliver lists of pairs (`are_listed`), an object of the fields of a pair is one.
    Of keys that are spelled alike the smallest value counts, but in what tells machines
    (`is_details`) nothing does.
    """
    found: dict[str, str] = {}
    cell = value_of(text)
    if is_details and getattr(cell, "doubled", None):
        raise UnreadableError
    for key, value in _pairs(cell, are_listed=are_listed):
        name = spell(key) if spell else key
        if name:
            known, said = found.get(name), said_by(value)
            if is_details and known and said and known != said:
                raise UnreadableError
            found[name] = min(known, said) if known and said else known or said
    return dict(sorted(found.items()))


def credits_of(text: str, fields: frozenset[str]) -> list[dict[str, str | None]]:
    """Type and amount of each credit: of a list, of one object instead of it, or of a number."""
    value = value_of(text)
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return [{"type": None, "amount": str(value)}]
    if isinstance(value, dict):
        amounts = value.get("amount")
        # A list that was turned about: an object whose fields are lists.
        turned = isinstance(amounts, list) and all(
            isinstance(item, list) and len(item) == len(amounts) for item in value.values()
        )
        value = (
            [Object(zip(value, items, strict=True)) for items in zip(*value.values(), strict=True)]
            if turned
            else [value]
        )
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError
    return [_credit(item, fields) for item in value if item is not None and item != {}]


def _credit(item: Any, fields: frozenset[str]) -> dict[str, str | None]:
    if isinstance(item, str):
        item = value_of(item)
    if not isinstance(item, dict) or getattr(item, "doubled", None):
        raise UnreadableError
    there = {key: value for key, value in item.items() if value is not None}
    named = {key.lower(): value for key, value in there.items()}
    if len(named) < len(there) or ("amount" not in named and not set(named) <= fields):
        raise UnreadableError
    amount = said_by(named.get("amount"))
    if amount.strip().lower() in ABSENT:
        amount = ""
    elif not NUMBER.fullmatch(amount.strip()):
        raise UnreadableError
    return {"type": said_by(named.get("type")) or None, "amount": amount.strip() or None}


def value_of(text: str) -> Any:
    """The value of a cell, also of a JSON text that holds another."""
    text = text.strip().lstrip("\ufeff").strip()
    if text.lower() in ABSENT:
        return None
    for read in (_json, _json_without_braces, _python, _database):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError, OverflowError):
            continue
        if isinstance(value, str) and value != text:
            return value_of(value)
        return value
    raise UnreadableError


def _json(text: str) -> Any:
    return json.loads(
        text,
        object_pairs_hook=_object,
        parse_float=Decimal,
        parse_constant=lambda word: None if word == "NaN" else word,
        # Tools write line breaks as they are.
        strict=False,
    )


def _json_without_braces(text: str) -> Any:
    """Enterprise agreements of Azure write tags and additional information without braces."""
    return _json(f"{{{text}}}")


def _python(text: str) -> Any:
    if re.search(r"\d_\d", re.sub(r"'[^']*'|\"[^\"]*\"", "", text)):
        # A number of Python's, and of nobody else.
        raise UnreadableError
    # NumPy writes no commas between the elements of an array.
    return _evaluated(ast.parse(re.sub(r"\}\s+\{", "}, {", text), mode="eval").body)


def _database(text: str) -> Any:
    """The text that Athena and DuckDB give of a map: {a=1, b=2}."""
    if not re.fullmatch(r"\{[\w.:/-]+=.*\}", text, re.DOTALL):
        raise UnreadableError
    entries = re.split(r", (?=[\w.:/-]+=)", text[1:-1])
    return _object((key, value) for key, _, value in (entry.partition("=") for entry in entries))


def _evaluated(node: ast.expr) -> Any:  # noqa: PLR0911 (one line for each kind of node)
    match node:
        case ast.Constant(value=float() as number):
            return Decimal(repr(number))
        case ast.Constant(value=value) if value is None or isinstance(value, str | int):
            return value
        case ast.Dict(keys=keys, values=values):
            named = [str(_evaluated(key)) for key in keys if key is not None]
            return _object(zip(named, map(_evaluated, values), strict=True))
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_evaluated(item) for item in items]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            number = _evaluated(operand)
            return -number if isinstance(sign, ast.USub) else number
        case ast.Name(id="nan" | "NaN" | "null" | "NaT"):
            return None
        case ast.Name(id="true" | "false" as word):
            return word == "true"
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if (
            name in WRAPPERS or re.fullmatch(r"(float|int|uint|str)\d*_?", name)
        ):
            value = _evaluated(first)
            is_number = isinstance(value, str) and NUMBER.fullmatch(value)
            return Decimal(str(value)) if name == "Decimal" and is_number else value
    raise UnreadableError


def _object(items: Iterable[tuple[str, Any]]) -> Object:
    found = Object()
    doubled = set()
    for key, value in items:
        if key in found and found[key] != value:
            doubled.add(key)
        found[key] = min(found.get(key, value), value, key=said_by)
    found.doubled = frozenset(doubled)
    return found


def _pairs(value: Any, *, are_listed: bool) -> Iterable[tuple[str, Any]]:
    if value is None:
        return
    if isinstance(value, dict):
        named = {key.lower(): inner for key, inner in value.items()}
        if are_listed and "key" in named and set(named) <= PAIR:
            if (key := said_by(named["key"])) != "":
                yield key, named.get("value")
        else:
            yield from value.items()
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, list) and len(item) == len(("key", "value")):
                yield said_by(item[0]), item[1]
            elif isinstance(item, dict):
                fields = {key.lower() for key in item}
                if fields <= PAIR and "key" not in fields:
                    # A value without a key says nothing.
                    continue
                yield from _pairs(item, are_listed=True)
            elif item is not None:
                raise UnreadableError
    else:
        raise UnreadableError


def said_by(value: Any) -> str:
    """A value as the text of a map."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=float)
        case _:
            return str(value)
