"""SQL that gives a delivered value the type of its column."""

from json import dumps

import duckdb

from cloudbill.landing.texts import ABSENT
from cloudbill.sql import literal

DECIMAL = "decimal(38, 18)"
TAGS = "map(varchar, varchar)"

# Quantities of lines that can still be added up in a decimal(38, 18).
MOST = "1e15"

# What providers document, and what a spreadsheet makes of it where days come first.
TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
SLASHED = {
    day_first: str([f"{day}{time}" for day in (start, "%Y/%m/%d") for time in TIMES])
    for day_first, start in ((False, "%m/%d/%Y"), (True, "%d/%m/%Y"))
}

# DuckDB makes a hash join over all lines of each IN with five values or more, whatever comes first.
WORDS = f"[{', '.join(map(literal, sorted(ABSENT)))}]"
# As tools write them: a resource group may be called none, and AWS has NA for what does not apply.
TEXT_WORDS = ("", "NULL", "null", "None", "nan", "NaN", "NaT", "<NA>", "\\N")

# DuckDB 1.5 casts most text to decimal(38, 18) at 2 to 10 µs a value: what has few decimals, more
# than 18 digits once they are filled up, or an exponent. A decimal of 18 digits is an integer
# inside and takes 0.05 µs, so one that holds the text exactly comes first. Small numbers with an
# exponent go through double, which is exact unless the number is near the middle of two decimals.
# Numbers start below ':' (digits, signs, points, spaces), words above it; a grouping underscore,
# which DuckDB reads, is no part of a number.
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
    when x is null or x = '' then null
    when x >= ':' or x < '!' or contains(x, '_') then
        if(
            list_contains({WORDS}, lower(trim(x))),
            null,
            cast(if(x < '!', replace(trim(x), '_', '?'), 'no number') as decimal(38, 18))
        )
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
    when isnan(x) then null
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
    "credits": 'a list of credits as JSON, such as [{"type": "PROMOTION", "amount": -1.5}]',
}


def create_macros(con: duckdb.DuckDBPyConnection) -> None:
    """What the SQL below relies on."""
    con.execute(AS_DECIMAL)
    con.execute(DOUBLE_AS_DECIMAL)


def from_text(value: str, target: str, *, day_first: bool = False) -> str:
    """A text as the type of its column; what does not parse is an error of the query."""
    match target:
        case "varchar":
            return value
        case "date" | "timestamp":
            slashed = f"strptime({value}, {SLASHED[day_first]})"
            # Microsoft's FOCUS 1.0 has times without seconds, which DuckDB does not read.
            whole = f"if({value} like '%T__:__Z', replace({value}, 'Z', ':00Z'), {value})"
            iso = f"cast(cast({whole} as timestamptz) as timestamp)"
            # Five times faster, but deaf to offsets: only for what is in UTC.
            utc = f"strlen({value}) = 10 or suffix({value}, 'Z') or suffix({value}, ' UTC')"
            iso = f"coalesce(if({utc}, try_cast({value} as timestamp), null), {iso})"
            parsed = f"cast(if(contains({value}, '/'), {slashed}, {iso}) as {target})"
            # DuckDB reads words, infinity and epoch.
            no_date = f"{value} >= ':' or {value} < '!' and {is_word(value)}"
            return f"if({no_date}, {no_word(value, target)}, {parsed})"
        case _ if target == DECIMAL:
            return f"as_decimal({value})"
        case "double" | "bigint":
            is_number = f"{value} between '!' and ':' and not contains({value}, '_')"
            return f"if({is_number}, cast({value} as {target}), {no_word(value, target)})"
        case _:
            return f"if({is_word(value)}, null, cast({value} as {target}))"


def day_of(value: str, *, day_first: bool) -> str:
    """The day of a text whose dates are read but for their order; NULL where it is none so.

    Errors of a million lines take a minute to catch.
    """
    slashed = f"try_strptime({value}, {SLASHED[day_first]})"
    iso = f"try({from_text(value, 'timestamp')})"
    return f"cast(if(contains({value}, '/'), {slashed}, {iso}) as date)"


def without_words(value: str) -> str:
    """A text, or NULL for what tools write where there is none."""
    words = f"[{', '.join(map(literal, TEXT_WORDS))}]"
    return f"if(strlen({value}) <= 4 and list_contains({words}, {value}), null, {value})"


def is_word(value: str) -> str:
    """Whether a text is a word for an absent value."""
    return f"(strlen({value}) < 7 and list_contains({WORDS}, lower(trim({value}))))"


def no_word(value: str, target: str) -> str:
    """NULL for a word that stands for an absent value; an error for any other."""
    return f"if({is_word(value)}, null, cast('no value: ' || {value} as {target}))"


def from_number(value: str, shape: str, target: str) -> str:
    """A scalar as the type of its column."""
    if target in (DECIMAL, "double", "bigint") and shape in ("boolean", "date", "timestamp"):
        return from_text(f"cast({value} as varchar)", target)
    if shape in ("double", "float"):
        if target == DECIMAL:
            double = "double_as_decimal" if shape == "double" else "as_decimal"
            return f"{double}({value if shape == 'double' else f'cast({value} as varchar)'})"
        if target == "varchar":
            # Data frames turn ids into such numbers where one is absent.
            whole = f"cast(try_cast({value} as hugeint) as varchar)"
            is_whole = f"{value} = trunc({value}) and abs({value}) < 1e15"
            value = f"if(isnan({value}), null, {value})"
            return f"if({is_whole}, {whole}, cast({value} as varchar))"
        return f"cast(if(isnan({value}), null, {value}) as {target})"
    return f"cast({value} as {target})"


def quantity(value: str, typed: str) -> str:
    """A number of a column of quantities: none where it is too large for its type."""
    return f"if(abs(try_cast(cast({value} as varchar) as double)) >= {MOST}, null, {typed})"


def wide_map(values: dict[str, str]) -> str:
    """A map of the values (SQL by key) that are there, its keys sorted.

    It goes through JSON, which takes a third of the time of `map_from_entries` and does not ask
    whether keys are unique; these are.
    """
    pairs = ", ".join(
        f"{literal(dumps(key, ensure_ascii=False) + ':')} || to_json({value})"
        for key, value in sorted(values.items())
    )
    return f"cast(cast('{{' || concat_ws(',', {pairs}) || '}}' as json) as {TAGS})"
