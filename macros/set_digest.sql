{#- Fingerprint of the distinct values of a column, whatever their order. -#}
{% macro set_digest(column) -%}
    md5({{ sorted_list(column, ',') }})
{%- endmacro %}
