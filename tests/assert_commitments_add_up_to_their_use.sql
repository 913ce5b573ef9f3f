-- What commitments cost and what usage saved by them, named or not, is shared among them to the
-- last digit. What usage without a public price saved is not told: no sum of it is as good as 0,
-- the sum of what cost and saved nothing.
with

used as (

    select
        *,
        bool_or(lacks_list_price) over (
            partition by
                unit_id,
                provider,
                commitment_discount_id,
                charge_date,
                commitment_discount_type,
                billing_currency
        ) as is_untold
    from {{ ref('int_commitment_use') }}

),

in_charges as (

    select
        provider,
        billing_currency,
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        sum(to_come_cost) as to_come_cost,
        sum(case when is_untold then 0 else saved_cost end) as saved_cost
    from used
    group by all
    -- Days on which a commitment cost and saved nothing have no row.
    having
        sum(used_cost) != 0
        or sum(unused_cost) != 0
        or sum(to_come_cost) != 0
        or sum(case when is_untold then 0 else saved_cost end) != 0

),

told as (

    select
        provider,
        billing_currency,
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        sum(to_come_cost) as to_come_cost,
        sum(coalesce(covered_list_cost - used_cost, 0)) as saved_cost
    from {{ ref('commitments') }}
    group by all
    having
        sum(used_cost) != 0
        or sum(unused_cost) != 0
        or sum(to_come_cost) != 0
        or sum(coalesce(covered_list_cost - used_cost, 0)) != 0

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
