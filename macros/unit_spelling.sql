{#- A unit as seeds/focus_units.csv spells it: the number in "100 Hours" is the block of the price, not
    of the quantity. -#}
{% macro unit_spelling(unit) -%}
    trim(regexp_replace(lower({{ unit }}), '^[0-9]+(k|m)?', ''))
{%- endmacro %}

{#- Its words alone, to find the hour in any language (seeds/hour_units.csv): without the block, the slash
    of a rate and full stops, as in "1 Stunde", "1/小时", "1K Hours" and "1 hod.". -#}
{% macro unit_words(unit) -%}
    trim(regexp_replace(
        lower({{ letters_and_digits(unit, "' '") }}), '^[0-9 ]*[0-9]((k|m) )?', ''
    ))
{%- endmacro %}
