{#- An amount that is the product or share of other amounts: computed in double, rounded to 12
    decimals (decimal(38, 18) times anything overflows), the same on every engine. -#}
{% macro money(expression) -%}
    cast({{ to_12_decimals('cast(' ~ expression ~ ' as double)') }} as decimal(38, 18))
{%- endmacro %}

{#- A share of an amount, by a rate of 0 to 1; the whole and nothing stay exact. -#}
{% macro share_of_money(amount, rate) -%}
    case {{ rate }}
        when 0 then 0
        when 1 then {{ amount }}
        else {{ money('cast(' ~ amount ~ ' as double) * ' ~ rate) }}
    end
{%- endmacro %}

{#- A part over its whole; within 1e-6 of 0 or 1 it is that, and NULL where it is no part. -#}
{% macro rounded_share(part, whole) -%}
    {%- set share = 'cast(' ~ part ~ ' as double) / cast(' ~ whole ~ ' as double)' -%}
    case
        when {{ share }} between -1e-6 and 1e-6 then 0
        when {{ share }} between 1 - 1e-6 and 1 + 1e-6 then 1
        when {{ share }} between 0 and 1 then {{ share }}
    end
{%- endmacro %}

{#- The part of what is to come back that did not. Amounts are written with ten decimals, so that
    1e-9 a line is rounding. -#}
{% macro idle_rate(returning, returned) -%}
    case
        when {{ returning }} - {{ returned }} between 0 and line_count * 1e-9 then 0
        when {{ returning }} <= 0 then 1
        else greatest(1 - cast({{ returned }} as double) / cast({{ returning }} as double), 0)
    end
{%- endmacro %}
