{#- The rows of several relations, each column taken by its name: a union takes them by their place,
    so that two lines of a model exchanged would exchange what they say. -#}
{% macro union_by_name(relations, columns) -%}
    {%- for relation in relations -%}
    select
        {{ columns | join(',\n        ') }}
    from {{ relation }}
    {{- '\n    union all\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
