-- cloud_costs leaves out what Kubecost's scope leaves out, and nothing else.
with

charges as (

    select
        unit_id,
        billing_currency,
        {{ summed_cost_metrics() }}
    from {{ ref('charges') }}
    where in_kubecost_scope and {{ is_untested() }}
    group by all

),

cloud_costs as (

    select
        unit_id,
        billing_currency,
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_costs') }}
    where {{ is_untested() }}
    group by all

)

(
    select * from charges
    except
    select * from cloud_costs
)
union all
(
    select * from cloud_costs
    except
    select * from charges
)
