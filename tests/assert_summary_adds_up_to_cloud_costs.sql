-- Of each metric, all of it and the Kubernetes part.
with

months as (

    select * from {{ ref('int_account_months') }}
    where
        unit_id in (
            select unit_id from {{ ref('int_account_months') }}
            where {{ is_untested('bill_unit_id') }}
        )

),

summary as (

    select
        unit_id,
        provider,
        billing_currency,
        {% for metric in cost_metrics() -%}
            sum({{ metric }}_kubernetes) as {{ metric }}_kubernetes,
        {% endfor -%}
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_cost_summary') }}
    where unit_id in (select unit_id from months)
    group by all

),

cloud_costs as (

    select
        months.unit_id,
        cloud_costs.provider,
        cloud_costs.billing_currency,
        {% for metric in cost_metrics() -%}
            sum(case when kubernetes_percent = 1 then {{ metric }} else 0 end)
                as {{ metric }}_kubernetes,
        {% endfor -%}
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_costs') }} as cloud_costs
    inner join months on {{ is_of_month('cloud_costs', ['provider', 'billing_account_id']) }}
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
