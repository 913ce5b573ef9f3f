{#- KubernetesPercent of an aggregate, per metric: the Kubernetes part of the cost over the cost, a
    ratio; 0 when the cost is not positive (OpenCost, core/pkg/opencost/costmetric.go). -#}
{% macro kubernetes_percent(cost) -%}
    case
        when sum({{ cost }}) > 0
            then
                cast(sum(case when kubernetes_percent = 1 then {{ cost }} else 0 end) as double)
                / cast(sum({{ cost }}) as double)
        else 0
    end
{%- endmacro %}
