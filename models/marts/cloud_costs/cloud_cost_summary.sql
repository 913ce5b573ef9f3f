{{ config(materialized='units') }}

with

months as (

    {{ months_to_build('int_account_months') }}

),

cloud_costs as (

    select
        cloud_costs.*,
        months.unit_id as month_unit_id
    from {{ ref('cloud_costs') }} as cloud_costs
    inner join months
        on {{ is_of_month('cloud_costs', ['provider', 'billing_account_id']) }}

),

final as (

    select
        ---------- ids
        month_unit_id as unit_id,
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
        {{ summed_cost_metrics() }},
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
