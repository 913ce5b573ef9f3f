{#- A map of texts as a JSON object in text. -#}
{% macro map_to_json(column) -%}
    {{ return(adapter.dispatch('map_to_json')(column)) }}
{%- endmacro %}

{% macro default__map_to_json(column) -%}
    cast(to_json({{ column }}) as string)
{%- endmacro %}

{% macro spark__map_to_json(column) -%}
    to_json({{ column }})
{%- endmacro %}
