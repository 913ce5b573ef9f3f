with

summary as (

    select
        provider,
        billing_currency,
        sum(list_cost) as list_cost,
        sum(net_cost) as net_cost,
        sum(amortized_net_cost) as amortized_net_cost,
        sum(amortized_cost) as amortized_cost
    from {{ ref('cloud_cost_summary') }}
    group by all

),

cloud_costs as (

    select
        provider,
        billing_currency,
        sum(list_cost) as list_cost,
        sum(net_cost) as net_cost,
        sum(amortized_net_cost) as amortized_net_cost,
        sum(amortized_cost) as amortized_cost
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
