-- The names of FOCUS are capitalised.
-- noqa: disable=CP02
-- What FOCUS rows are billed and cost effectively is what the charges are, to the last digit, so
-- that bill_reconciliation holds for them too.
with

charges as (

    select
        unit_id,
        provider,
        billing_currency,
        sum(invoiced_cost) as billed_cost,
        sum(amortized_net_cost) as effective_cost,
        sum(amortized_cost) as amortized_cost,
        sum(list_cost) as list_cost
    from {{ ref('charges') }}
    where {{ is_untested() }}
    group by all

),

focus as (

    select
        x_cloudbillunitid as unit_id,
        providername as provider,
        billingcurrency as billing_currency,
        sum(billedcost) as billed_cost,
        sum(effectivecost) as effective_cost,
        sum(x_cloudbillamortizedcost) as amortized_cost,
        sum(x_cloudbilllistcost) as list_cost
    from {{ ref('focus_charges') }}
    where {{ is_untested('x_cloudbillunitid') }}
    group by all

)

(
    select * from charges
    except
    select * from focus
)
union all
(
    select * from focus
    except
    select * from charges
)
