{#- A text with every run of other characters replaced; letters and digits are those of any alphabet. -#}
{% macro letters_and_digits(text, replacement) -%}
    {{ return(adapter.dispatch('letters_and_digits')(text, replacement)) }}
{%- endmacro %}

{% macro default__letters_and_digits(text, replacement) -%}
    regexp_replace({{ text }}, '[^\p{L}\p{N}]+', {{ replacement }}, 'g')
{%- endmacro %}

{#- Backslashes of literals depend on settings of Spark. -#}
{% macro spark__letters_and_digits(text, replacement) -%}
    {%- set backslash = 'chr(92)' -%}
    regexp_replace(
        {{ text }},
        concat('[^', {{ backslash }}, 'p{L}', {{ backslash }}, 'p{N}]+'),
        {{ replacement }}
    )
{%- endmacro %}
