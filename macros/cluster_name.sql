{#- A cluster by its name: Azure's names are the same in either letter case, and its groups are in
    lower case in a bill. -#}
{% macro cluster_name(provider, name) -%}
    case when {{ provider }} = 'Microsoft' then lower({{ name }}) else {{ name }} end
{%- endmacro %}
