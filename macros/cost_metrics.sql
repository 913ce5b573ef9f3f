{#- The five cost metrics, in the order of Kubecost's documentation. -#}
{% macro cost_metrics() -%}
    {{ return(['list_cost', 'net_cost', 'amortized_net_cost', 'invoiced_cost', 'amortized_cost']) }}
{%- endmacro %}

{#- Their sums, each under its own name. -#}
{% macro summed_cost_metrics() -%}
    {%- for metric in cost_metrics() %}
        sum({{ metric }}) as {{ metric }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
