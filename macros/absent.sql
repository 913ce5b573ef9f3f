{#- Columns that a provider's bill does not have. -#}
{% macro absent(columns, type='string') -%}
    {%- for column in columns -%}
    cast(null as {{ type }}) as {{ column }}{{ ",\n        " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
