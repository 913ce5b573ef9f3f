{#- What the first group of a pattern finds in a text, NULL where it finds nothing. -#}
{% macro extracted(text, pattern) -%}
    nullif(regexp_extract({{ text }}, '{{ pattern }}', 1), '')
{%- endmacro %}
