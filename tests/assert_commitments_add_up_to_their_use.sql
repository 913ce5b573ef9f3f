-- What commitments cost and what usage saved by them, named or not, is shared among them to the
-- last digit.
with

in_charges as (

    select
        provider,
        billing_currency,
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        sum(saved_cost) as saved_cost
    from {{ ref('commitment_use') }}
    group by all

),

told as (

    select
        provider,
        billing_currency,
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        sum(covered_list_cost - used_cost) as saved_cost
    from {{ ref('commitments') }}
    group by all

)

(
    select * from in_charges
    except
    select * from told
)
union all
(
    select * from told
    except
    select * from in_charges
)
