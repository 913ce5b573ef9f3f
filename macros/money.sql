{#- An amount that is the product or share of other amounts: computed in double, rounded to 12
    decimals (decimal(38, 18) times anything overflows), the same on every engine. -#}
{% macro money(expression) -%}
    cast({{ to_12_decimals('cast(' ~ expression ~ ' as double)') }} as decimal(38, 18))
{%- endmacro %}
