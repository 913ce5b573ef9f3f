{#- The distinct values of a column as one text, in order. -#}
{% macro sorted_list(column, separator=', ') -%}
    {{ return(adapter.dispatch('sorted_list')(column, separator)) }}
{%- endmacro %}

{% macro default__sorted_list(column, separator) -%}
    string_agg(distinct {{ column }}, '{{ separator }}' order by {{ column }})
{%- endmacro %}

{% macro spark__sorted_list(column, separator) -%}
    array_join(array_sort(collect_set({{ column }})), '{{ separator }}')
{%- endmacro %}
