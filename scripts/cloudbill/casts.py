"""SQL that gives a delivered value the type of its column."""

from collections.abc import Callable

import duckdb

DECIMAL = "decimal(38, 18)"
TAGS = "map(varchar, varchar)"

# Month first: no provider documents dates with the day first.
SLASHED = "['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%m/%d/%Y %I:%M:%S %p', '%Y/%m/%d']"

# DuckDB 1.5 casts text to decimal(38, 18) at 2 to 10 µs a value when the text has few decimals or
# an exponent. Decimals of 18 digits fit an integer and take 0.05 µs, so those that hold the text
# exactly come first. Below 1e-4 a double is off by less than 0.03 units of the last decimal:
# exact, unless it lies near the middle of two.
AS_DECIMAL = """
create or replace temp macro as_decimal(x) as case
    when contains(x, 'e') or contains(x, 'E') then
        if(
            abs(cast(x as double)) < 1e-4
            and abs(abs(cast(x as double)) * 1e18 % 1 - 0.5) > 0.05,
            cast(cast(x as double) as decimal(38, 18)),
            cast(x as decimal(38, 18))
        )
    when strpos(x, '.') <= 10 and strlen(x) - strpos(x, '.') <= 9
        then cast(cast(x as decimal(18, 9)) as decimal(38, 18))
    when strpos(x, '.') between 1 and 2 and strlen(x) - strpos(x, '.') <= 17
        then cast(cast(x as decimal(18, 17)) as decimal(38, 18))
    when strpos(x, '.') between 1 and 3 and strlen(x) - strpos(x, '.') <= 16
        then cast(cast(x as decimal(18, 16)) as decimal(38, 18))
    when strpos(x, '.') between 1 and 4 and strlen(x) - strpos(x, '.') <= 15
        then cast(cast(x as decimal(18, 15)) as decimal(38, 18))
    when strpos(x, '.') between 1 and 6 and strlen(x) - strpos(x, '.') <= 13
        then cast(cast(x as decimal(18, 13)) as decimal(38, 18))
    else cast(x as decimal(38, 18))
end
"""

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


def create_macros(con: duckdb.DuckDBPyConnection) -> None:
    """What the SQL below relies on."""
    con.execute(AS_DECIMAL)


def from_text(value: str, target: str) -> str:
    """A text as the type of its column; what does not parse is an error of the query."""
    match target:
        case "varchar":
            return value
        case "date" | "timestamp":
            slashed = f"strptime({value}, {SLASHED})"
            iso = f"cast(cast({value} as timestamptz) as timestamp)"
            return f"cast(if(contains({value}, '/'), {slashed}, {iso}) as {target})"
        case _ if target == DECIMAL:
            return f"as_decimal({value})"
        case _ if target.startswith("map("):
            return f"cast({json_of(value)} as {target})"
        case _:
            return f"cast({value} as {target})"


def json_of(value: str) -> str:
    """JSON text; enterprise agreements write tags and additional information without braces."""
    text = f"ltrim({value})"
    return f"cast(if({text}[1] = '{{', {text}, '{{' || {text} || '}}') as json)"


def json_entries(value: str) -> str:
    """Key-value structs of JSON text that may have a key twice, which a cast to a map refuses."""
    json = json_of(value)
    entry = f"""{{'key': k, 'value': json_extract_string({json}, '$."' || k || '"')}}"""
    return f"list_transform(json_keys({json}), lambda k: {entry})"


def pair_entries(value: str) -> str:
    """Key-value structs of a list whose structs have more fields than these."""
    entry = "{'key': cast(e.key as varchar), 'value': cast(e.value as varchar)}"
    return f"list_transform({value}, lambda e: {entry})"


def tidy_map(
    entries: str,
    *,
    keep_empty: bool = False,
    key: Callable[[str], str] | None = None,
    doubled_keys: bool = False,
) -> str:
    """A map with sorted keys and without absent values, so that equal maps have equal texts.

    Keys must be unique, unless told otherwise: then the smallest value of each stays, at more than
    twice the time.
    """
    present = "e.value is not null" if keep_empty else "e.value is not null and e.value != ''"
    if key:
        spelled = f"{{'key': {key('e.key')}, 'value': e.value}}"
        entries = f"list_transform({entries}, lambda e: {spelled})"
    entries = f"list_sort(list_filter({entries}, lambda e: {present}))"
    if doubled_keys:
        is_first = f"i = 1 or {entries}[i - 1].key != e.key"
        entries = f"list_filter({entries}, lambda e, i: {is_first})"
    return f"map_from_entries({entries})"
