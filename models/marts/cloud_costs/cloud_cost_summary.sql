with

cloud_costs as (

    select * from {{ ref('cloud_costs') }}

),

final as (

    select
        ---------- ids
        provider,
        billing_account_id,
        sub_account_id,
        max(sub_account_name) as sub_account_name,

        ---------- dimensions
        charge_date,
        region_id,
        service_name,
        service_category,
        billing_currency,

        ---------- costs
        {% for metric in cost_metrics() -%}
            sum({{ metric }}) as {{ metric }},
        {% endfor %}
        {% for metric in cost_metrics() -%}
            sum(case when kubernetes_percent = 1 then {{ metric }} else 0 end)
                as {{ metric }}_kubernetes,
        {% endfor %}
        ---------- ratios
    {% for metric in cost_metrics() -%}
        {{ kubernetes_percent(metric) }}
            as {{ metric }}_kubernetes_percent{{ "," if not loop.last }}
    {% endfor %}
    from cloud_costs
    group by all

)

select * from final
