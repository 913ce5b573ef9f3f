-- What cluster_costs knows by markers is the Kubernetes part of cloud_costs, cent by cent.
with

marked as (

    select
        provider,
        charge_date,
        billing_currency,
        {{ summed_cost_metrics() }}
    from {{ ref('cluster_costs') }}
    where known_by in ('marker', 'both')
    group by all

),

kubernetes as (

    select
        provider,
        charge_date,
        billing_currency,
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_costs') }}
    where kubernetes_percent = 1
    group by all

)

(
    select * from marked
    except
    select * from kubernetes
)
union all
(
    select * from kubernetes
    except
    select * from marked
)
