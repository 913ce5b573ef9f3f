-- Every dimension of cloud_cost_breakdown adds up to all of cloud_costs.
with

dimensions as (

    select distinct dimension from {{ ref('cloud_cost_breakdown') }}

),

expected as (

    select
        dimensions.dimension,
        summary.provider,
        summary.billing_currency,
        sum(summary.list_cost) as list_cost,
        sum(summary.net_cost) as net_cost,
        sum(summary.net_cost_kubernetes) as net_cost_kubernetes,
        sum(summary.amortized_net_cost) as amortized_net_cost,
        sum(summary.amortized_cost) as amortized_cost
    from {{ ref('cloud_cost_summary') }} as summary
    cross join dimensions
    group by all

),

added_up as (

    select
        dimension,
        provider,
        billing_currency,
        sum(list_cost) as list_cost,
        sum(net_cost) as net_cost,
        sum(case when kubernetes_percent = 1 then net_cost else 0 end) as net_cost_kubernetes,
        sum(amortized_net_cost) as amortized_net_cost,
        sum(amortized_cost) as amortized_cost
    from {{ ref('cloud_cost_breakdown') }}
    group by all

)

(
    select * from expected
    except
    select * from added_up
)
union all
(
    select * from added_up
    except
    select * from expected
)
