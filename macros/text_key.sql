{#- A key of columns: the md5 of their values as text, each after its length, so that NULL is not the
    empty text and where one value ends is told. -#}
{% macro text_key(columns) -%}
    md5(concat_ws(
        '|',
        {%- for column in columns %}
        {%- set text = 'cast(' ~ column ~ ' as string)' %}
        coalesce(length({{ text }}) || ':' || {{ text }}, ''){{ "," if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}
