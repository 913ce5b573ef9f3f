-- Of each metric, all of it and the Kubernetes part.
with

summary as (

    select
        provider,
        billing_currency,
        {% for metric in cost_metrics() -%}
            sum({{ metric }}_kubernetes) as {{ metric }}_kubernetes,
        {% endfor -%}
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_cost_summary') }}
    group by all

),

cloud_costs as (

    select
        provider,
        billing_currency,
        {% for metric in cost_metrics() -%}
            sum(case when kubernetes_percent = 1 then {{ metric }} else 0 end)
                as {{ metric }}_kubernetes,
        {% endfor -%}
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_costs') }}
    group by all

)

(
    select * from summary
    except
    select * from cloud_costs
)
union all
(
    select * from cloud_costs
    except
    select * from summary
)
