{#- One row per key of a map column. -#}
{% macro unnest_map_keys(column) -%}
    {{ return(adapter.dispatch('unnest_map_keys')(column)) }}
{%- endmacro %}

{% macro default__unnest_map_keys(column) -%}
    unnest(map_keys({{ column }}))
{%- endmacro %}

{% macro spark__unnest_map_keys(column) -%}
    explode(map_keys({{ column }}))
{%- endmacro %}
