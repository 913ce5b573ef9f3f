{#- Maps in unit tests are given as {key: value} or, as DuckDB writes them, '{key=value}'. -#}
{% macro spark__safe_cast(field, type) -%}
    {%- if not type.startswith('map') or field == 'null' -%}
    cast({{ field }} as {{ type }})
    {%- elif field is mapping -%}
    cast(map(
        {%- for key, value in field.items() -%}
        '{{ key }}', '{{ value }}'{{ ', ' if not loop.last }}
        {%- endfor -%}
    ) as {{ type }})
    {%- else -%}
    cast(str_to_map(trim(both '{}' from {{ field }}), ', ', '=') as {{ type }})
    {%- endif -%}
{%- endmacro %}
