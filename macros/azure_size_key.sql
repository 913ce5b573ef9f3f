{#- A size as the table of ratios may name it: promotional sizes are their size at another price, and
    sizes with constrained vCPUs (Standard_E4-2s_v5) cost as much as the size they come from
    (Microsoft, "Constrained vCPU sizes"). -#}
{% macro azure_size_key(size) -%}
    {%- set whole = "regexp_replace(lower(" ~ size ~ "), '_promo$', '')" -%}
    {%- set constrained = '^([a-z]+_[a-z]+[0-9]+)-[0-9]+(.*)$' -%}
    case
        when regexp_extract({{ whole }}, '{{ constrained }}', 1) = '' then {{ whole }}
        else
            regexp_extract({{ whole }}, '{{ constrained }}', 1)
            || regexp_extract({{ whole }}, '{{ constrained }}', 2)
    end
{%- endmacro %}
