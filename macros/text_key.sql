{#- A key of text columns: the md5 of their values, NULL and empty being different from no column. -#}
{% macro text_key(columns) -%}
    md5(concat_ws(
        '|',
        {%- for column in columns %}
        coalesce(cast({{ column }} as string), ''){{ "," if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}
