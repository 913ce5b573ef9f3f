{#- The decimal number of six lower-case base-36 digits, as text. Digits are looked up one by one:
    no engine has a function for it that another has too. -#}
{% macro base36_number(digits) -%}
    cast(
    {%- for place in range(6) %}
        (instr('0123456789abcdefghijklmnopqrstuvwxyz', substr({{ digits }}, {{ place + 1 }}, 1)) - 1)
        * {{ 36 ** (5 - place) }}{{ " +" if not loop.last }}
    {%- endfor %}
        as string
    )
{%- endmacro %}
