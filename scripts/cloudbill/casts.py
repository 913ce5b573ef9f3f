"""SQL that gives a delivered value the type of its column."""

from collections.abc import Callable

DECIMAL = "decimal(38, 18)"
TAGS = "map(varchar, varchar)"

# Month first: no provider documents dates with the day first.
SLASHED = "['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%m/%d/%Y %I:%M:%S %p', '%Y/%m/%d']"

EXPECTED = {
    DECIMAL: "a number such as -1234.5 or 1.2E-05",
    "double": "a number such as -1234.5 or 1.2E-05",
    "bigint": "a whole number",
    "boolean": "true or false",
    "date": "a date such as 2026-10-31 or 10/31/2026",
    "timestamp": "a time such as 2026-10-31T00:00:00Z or 10/31/2026",
    TAGS: 'keys and values as JSON, such as {"env": "prod"}',
    f"map(varchar, {DECIMAL})": 'keys and numbers as JSON, such as {"EDP": -1.5}',
}


def from_text(
    value: str,
    target: str,
    *,
    keep_empty: bool = False,
    key: Callable[[str], str] | None = None,
    doubled_keys: bool = False,
) -> str:
    """A text as the type of its column; what does not parse is an error of the query."""
    match target:
        case "varchar":
            return value
        case "date" | "timestamp":
            slashed = f"strptime({value}, {SLASHED})"
            iso = f"cast(cast({value} as timestamptz) as timestamp)"
            return f"cast(case when contains({value}, '/') then {slashed} else {iso} end as {target})"
        case _ if target.startswith("map("):
            # Enterprise agreements write tags and additional information without outer braces.
            text = f"ltrim({value})"
            json = f"cast(if({text}[1] = '{{', {text}, '{{' || {text} || '}}') as json)"
            if doubled_keys:
                return json_with_doubled_keys(json, target, keep_empty=keep_empty, key=key)
            return tidy_map(f"cast({json} as {target})", target, keep_empty=keep_empty, key=key)
        case _:
            return f"cast({value} as {target})"


def json_with_doubled_keys(
    json: str, target: str, *, keep_empty: bool, key: Callable[[str], str] | None
) -> str:
    """Slower than a cast, which fails on an object that has a key twice: the first one counts."""
    value = f"""json_extract_string({json}, '$."' || k || '"')"""
    entry = f"{{'key': k, 'value': cast({value} as {value_type(target)})}}"
    entries = f"list_transform(json_keys({json}), lambda k: {entry})"
    return tidy_entries(entries, target, keep_empty=keep_empty, key=key, doubled=True)


def tidy_map(
    value: str, target: str, *, keep_empty: bool = False, key: Callable[[str], str] | None = None
) -> str:
    """A map with sorted keys and without absent values, so that equal maps have equal texts."""
    return tidy_entries(f"map_entries({value})", target, keep_empty=keep_empty, key=key)


def tidy_entries(
    entries: str,
    target: str,
    *,
    keep_empty: bool = False,
    key: Callable[[str], str] | None = None,
    doubled: bool = False,
) -> str:
    """Key-value structs as a map; of several with one key, the smallest value."""
    present = "e.value is not null"
    if not keep_empty and value_type(target) == "varchar":
        present += " and e.value != ''"
    if key:
        spelled = f"{{'key': {key('e.key')}, 'value': e.value}}"
        entries, doubled = f"list_transform({entries}, lambda e: {spelled})", True
    entries = f"list_sort(list_filter({entries}, lambda e: {present}))"
    if doubled:
        entries = f"list_filter({entries}, lambda e, i: i = 1 or {entries}[i - 1].key != e.key)"
    return f"if(len({entries}) > 0, map_from_entries({entries}), null)"


def value_type(target: str) -> str:
    """The type of a map's values."""
    return target.removeprefix("map(varchar, ").removesuffix(")")
