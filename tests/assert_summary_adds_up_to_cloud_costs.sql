with

summary as (

    select
        provider,
        billing_currency,
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_cost_summary') }}
    group by all

),

cloud_costs as (

    select
        provider,
        billing_currency,
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
