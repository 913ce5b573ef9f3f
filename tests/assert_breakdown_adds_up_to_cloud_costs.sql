-- Every dimension of cloud_cost_breakdown is there and adds up to all of cloud_costs.
with

expected as (

    select
        dimensions.dimension,
        cloud_costs.provider,
        cloud_costs.billing_currency,
        cloud_costs.kubernetes_percent,
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_costs') }} as cloud_costs
    cross join (
        values
        ('Account'),
        ('Category'),
        ('Charge category'),
        ('Cluster'),
        ('Pricing model'),
        ('Region'),
        ('Service'),
        ('Tag set')
    ) as dimensions (dimension)
    where {{ is_untested('cloud_costs.unit_id') }}
    group by all

),

added_up as (

    select
        dimension,
        provider,
        billing_currency,
        kubernetes_percent,
        {{ summed_cost_metrics() }}
    from {{ ref('cloud_cost_breakdown') }}
    where {{ is_untested() }}
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
