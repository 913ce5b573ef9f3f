{#- Fingerprint of the distinct values of a column, whatever their order. -#}
{% macro set_digest(column) -%}
    {{ return(adapter.dispatch('set_digest')(column)) }}
{%- endmacro %}

{% macro default__set_digest(column) -%}
    md5(string_agg(distinct {{ column }}, ',' order by {{ column }}))
{%- endmacro %}

{% macro spark__set_digest(column) -%}
    md5(array_join(array_sort(collect_set({{ column }})), ','))
{%- endmacro %}
