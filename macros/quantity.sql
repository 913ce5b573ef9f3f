{#- A quantity that is a float in the bill, as a decimal with 12 decimals; none where it is so large
    that it could not be added up in a decimal(38, 18). -#}
{% macro quantity(expression) -%}
    case when abs({{ expression }}) < 1e15 then {{ money(expression) }} end
{%- endmacro %}
