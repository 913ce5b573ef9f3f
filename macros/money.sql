{#- An amount that is the product or share of other amounts: computed in double, rounded half away
    from zero to 12 decimals (decimal(38, 18) times anything overflows), the same on every engine. -#}
{% macro money(expression) -%}
    cast(cast(cast({{ expression }} as double) as decimal(38, 12)) as decimal(38, 18))
{%- endmacro %}
