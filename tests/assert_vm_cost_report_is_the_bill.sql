-- Costs are additive: in every granularity and category the values add up to what the charges are
-- invoiced for.
with

charges as (

    select
        provider,
        billing_currency,
        sum(invoiced_cost) as invoiced_cost
    from {{ ref('charges') }}
    group by all
    -- A currency in which nothing was billed has no rows.
    having sum(invoiced_cost) != 0

),

expected as (

    select
        granularities.granularity,
        categories.category,
        charges.*
    from charges
    cross join (values ('day'), ('week'), ('month')) as granularities (granularity)
    cross join (
        values
        ('Total'),
        ('Subscription'),
        ('Resource Group'),
        ('Region'),
        ('Machine Series'),
        ('Instance Type'),
        ('Normalized Machine Series'),
        ('Operating System'),
        ('Pricing Model'),
        ('Reservation')
    ) as categories (category)

),

reported as (

    select
        granularity,
        category,
        provider,
        billing_currency,
        sum(total_cost) as total_cost
    from {{ ref('vm_cost_report') }}
    group by all
    having sum(total_cost) != 0

)

(
    select * from expected
    except
    select * from reported
)
union all
(
    select * from reported
    except
    select * from expected
)
