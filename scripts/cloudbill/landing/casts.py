"""SQL that gives a delivered value the type of its column."""

from collections.abc import Callable
from json import dumps

import duckdb

from cloudbill.sql import literal

DECIMAL = "decimal(38, 18)"
TAGS = "map(varchar, varchar)"

# Month first: no provider documents dates with the day first.
SLASHED = "['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%m/%d/%Y %I:%M:%S %p', '%Y/%m/%d']"

# DuckDB 1.5 casts most text to decimal(38, 18) at 2 to 10 µs a value: what has few decimals, more
# than 18 digits once they are filled up, or an exponent. A decimal of 18 digits is an integer
# inside and takes 0.05 µs, so one that holds the text exactly comes first. Small numbers with an
# exponent go through double, which is exact unless the number is near the middle of two decimals.
NARROW = "\n".join(
    f"    when strpos(x, '.') {condition} and strlen(x) - strpos(x, '.') <= {scale}"
    f" then cast(cast(x as decimal(18, {scale})) as decimal(38, 18))"
    for scale, condition in [
        (9, "<= 10"),
        *((18 - digits, f"between 1 and {digits + 1}") for digits in range(1, 9)),
    ]
)
AS_DECIMAL = f"""
create or replace temp macro as_decimal(x) as case
    when x is null then null
    when contains(x, 'e') or contains(x, 'E') then
        if(
            abs(cast(x as double)) < 1e-4
            and abs(abs(cast(x as double)) * 1e18 % 1 - 0.5)
                > 0.001 + 500 * abs(cast(x as double)),
            cast(cast(x as double) as decimal(38, 18)),
            cast(x as decimal(38, 18))
        )
    when strlen(x) < 10 then cast(cast(x as decimal(18, 9)) as decimal(38, 18))
{NARROW}
    else cast(x as decimal(38, 18))
end
"""

# A double is the number that its shortest text says: cast as it is, 309.70728608 would become
# 309.707286080000000524, and a bill in Parquet would differ from the same bill in CSV. Writing
# that text is slow. No two decimals of up to 15 digits have the same double (C's DBL_DIG), so one
# that gives the double back is the number of its text.
FIFTEEN_DIGITS = "\n".join(
    f"    when cast(try_cast(x as decimal(15, {scale})) as double) = x"
    f" then cast(cast(x as decimal(15, {scale})) as decimal(38, 18))"
    for scale in (9, 12, 15)
)
DOUBLE_AS_DECIMAL = f"""
create or replace temp macro double_as_decimal(x) as case
    when x is null then null
{FIFTEEN_DIGITS}
    else as_decimal(cast(x as varchar))
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
    con.execute(DOUBLE_AS_DECIMAL)


def from_text(value: str, target: str) -> str:
    """A text as the type of its column; what does not parse is an error of the query."""
    match target:
        case "varchar":
            return value
        case "date" | "timestamp":
            slashed = f"strptime({value}, {SLASHED})"
            # Microsoft's FOCUS 1.0 has times without seconds, which DuckDB does not read.
            whole = f"if({value} like '%T__:__Z', replace({value}, 'Z', ':00Z'), {value})"
            iso = f"cast(cast({whole} as timestamptz) as timestamp)"
            # Five times faster, but deaf to offsets: only for what is in UTC.
            utc = f"strlen({value}) = 10 or suffix({value}, 'Z') or suffix({value}, ' UTC')"
            iso = f"coalesce(if({utc}, try_cast({value} as timestamp), null), {iso})"
            return f"cast(if(contains({value}, '/'), {slashed}, {iso}) as {target})"
        case _ if target == DECIMAL:
            return f"as_decimal({value})"
        case _ if target == TAGS:
            # Flattened exports of Google Cloud have lists of key-value pairs as text.
            pairs = f"map_from_entries({pair_list(value)})"
            return f"if({value}[1] = '[', {pairs}, cast({json_of(value)} as {target}))"
        case _ if target.startswith("map("):
            return f"cast({json_of(value)} as {target})"
        case _:
            return f"cast({value} as {target})"


def from_number(value: str, shape: str, target: str) -> str:
    """A scalar as the type of its column."""
    if target == DECIMAL and shape == "double":
        return f"double_as_decimal({value})"
    if target == DECIMAL and shape == "float":
        return f"as_decimal(cast({value} as varchar))"
    return f"cast({value} as {target})"


def from_map(value: str, target: str) -> str:
    """A map as the type of its column; doubles as in from_number."""
    return f"cast(cast({value} as {TAGS}) as {target})"


def json_of(value: str) -> str:
    """JSON text; enterprise agreements write tags and additional information without braces."""
    text = f"ltrim({value})"
    return f"cast(if({text}[1] = '{{', {text}, '{{' || {text} || '}}') as json)"


def json_entries(value: str) -> str:
    """Key-value structs of JSON text that may have a key twice, which a cast to a map refuses."""
    json = json_of(value)
    entry = f"""{{'key': k, 'value': json_extract_string({json}, '$."' || k || '"')}}"""
    entries = f"list_transform(json_keys({json}), lambda k: {entry})"
    return f"if({value}[1] = '[', {pair_list(value)}, {entries})"


def pair_list(value: str) -> str:
    """Key-value structs of JSON text that is a list of them."""
    return f"""from_json({value}, '[{{"key": "varchar", "value": "varchar"}}]')"""


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


def wide_map(values: dict[str, str]) -> str:
    """A map of the values (SQL by key) that are there, its keys sorted.

    It goes through JSON, which takes a third of the time of `map_from_entries` and does not ask
    whether keys are unique; these are.
    """
    pairs = ", ".join(
        f"{literal(dumps(key, ensure_ascii=False) + ':')} || to_json(nullif({value}, ''))"
        for key, value in sorted(values.items())
    )
    return f"cast(cast('{{' || concat_ws(',', {pairs}) || '}}' as json) as {TAGS})"
