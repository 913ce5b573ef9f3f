-- What commitments cost and what usage saved by them, named or not, is shared among them to the
-- last digit. What usage without a public price saved is not told.
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
        sum(case when not is_untold then saved_cost end) as saved_cost
    from used
    group by all
    -- Days on which a commitment cost and saved nothing have no row.
    having
        sum(used_cost) != 0
        or sum(unused_cost) != 0
        or sum(to_come_cost) != 0
        or sum(case when not is_untold then saved_cost end) != 0

),

told as (

    select
        provider,
        billing_currency,
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        sum(to_come_cost) as to_come_cost,
        sum(covered_list_cost - used_cost) as saved_cost
    from {{ ref('commitments') }}
    group by all
    having
        sum(used_cost) != 0
        or sum(unused_cost) != 0
        or sum(to_come_cost) != 0
        or sum(covered_list_cost - used_cost) != 0

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
