{#- Whether a unit of Azure bills is of an actual export alone, which amortizes no commitment: what
    covered usage really costs is not told. Of the bills of one unit. -#}
{% macro is_actual_only() -%}
    coalesce(bool_or(dataset = 'actual'), false)
    and not coalesce(bool_or(dataset = 'amortized'), false)
{%- endmacro %}
