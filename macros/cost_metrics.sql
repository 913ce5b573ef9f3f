{#- The five cost metrics, in the order of Kubecost's documentation. -#}
{% macro cost_metrics() -%}
    {{ return(['list_cost', 'net_cost', 'amortized_net_cost', 'invoiced_cost', 'amortized_cost']) }}
{%- endmacro %}
