{#- A double as a decimal with 12 decimals, rounded half away from zero. -#}
{% macro to_12_decimals(number) -%}
    {{ return(adapter.dispatch('to_12_decimals')(number)) }}
{%- endmacro %}

{% macro default__to_12_decimals(number) -%}
    cast({{ number }} as decimal(38, 12))
{%- endmacro %}

{#- DuckDB rounds the double that is 10^12 times the number. Spark would write that with 17 digits,
    so its upper and lower bits are taken apart, exactly (up to 4 * 10^16). -#}
{% macro spark__to_12_decimals(number) -%}
    {%- set units = 'round(' ~ number ~ ' * 1e12D)' -%}
    {%- set upper = 'cast(' ~ units ~ ' / 4294967296D as bigint)' -%}
    cast(
        (
            cast({{ upper }} as decimal(20, 0)) * cast(4294967296 as decimal(10, 0))
            + cast({{ units }} - {{ upper }} * 4294967296D as bigint)
        ) * 0.000000000001BD
        as decimal(38, 12)
    )
{%- endmacro %}
