-- Conservation is exact: what the charges that are shown are invoiced for is what the lines of
-- their bills add up to.
with

charges as (

    select
        unit_id,
        provider,
        billing_currency,
        sum(invoiced_cost) as cost
    from {{ ref('charges') }}
    where {{ is_untested() }}
    group by unit_id, provider, billing_currency
    having sum(invoiced_cost) != 0

),

bills as (

    select
        unit_id,
        provider,
        billing_currency,
        sum(in_bill) as cost
    from {{ ref('int_bill_totals') }}
    where
        measure = 'billed'
        and {{ is_untested() }}
        and unit_id in (
            select unit_id from {{ ref('int_shown_bills') }}
        )
    group by unit_id, provider, billing_currency
    having sum(in_bill) != 0

)

(
    select * from charges
    except
    select * from bills
)
union all
(
    select * from bills
    except
    select * from charges
)
