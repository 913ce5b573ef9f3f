{#- The first of some texts that is not empty. -#}
{% macro first_text() -%}
    coalesce(
    {%- for text in varargs -%}
        nullif({{ text }}, ''){{ ", " if not loop.last }}
    {%- endfor -%}
    )
{%- endmacro %}
