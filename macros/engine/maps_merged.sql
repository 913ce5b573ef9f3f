{#- One map of texts with the keys of two: of what both have, the first counts. -#}
{% macro maps_merged(first, second) -%}
    {{ return(adapter.dispatch('maps_merged')(first, second)) }}
{%- endmacro %}

{% macro default__maps_merged(first, second) -%}
    case
        when cardinality({{ second }}) > 0 then map_concat({{ second }}, {{ first }})
        else {{ first }}
    end
{%- endmacro %}

{#- A key that both have is an error there. -#}
{% macro spark__maps_merged(first, second) -%}
    case
        when cardinality({{ first }}) > 0 and cardinality({{ second }}) > 0
            then map_concat(
                map_filter(
                    {{ second }}, (key, value) -> not map_contains_key({{ first }}, key)
                ),
                {{ first }}
            )
        when cardinality({{ second }}) > 0 then {{ second }}
        else {{ first }}
    end
{%- endmacro %}
