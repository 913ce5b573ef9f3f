{#- A text between blanks without some of its words. -#}
{% macro without_words(text, words) -%}
    {%- set found = namespace(text=text) -%}
    {%- for word in words -%}
        {%- set found.text = "replace(" ~ found.text ~ ", ' " ~ word ~ " ', ' ')" -%}
    {%- endfor -%}
    {{ found.text }}
{%- endmacro %}
