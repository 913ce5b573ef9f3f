{#- A unit as seeds/focus_units.csv spells it: the number in "100 Hours" is the block of the price, not
    of the quantity. -#}
{% macro unit_spelling(unit) -%}
    trim(regexp_replace(lower({{ unit }}), '^[0-9]+(k|m)?', ''))
{%- endmacro %}
