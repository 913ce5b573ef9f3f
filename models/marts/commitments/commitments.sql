with

charges as (

    select * from {{ ref('charges') }}
    where commitment_discount_type is not null

),

facts as (

    select
        provider,
        commitment_discount_id,
        max(commitment_name) as commitment_name,
        max(reservation_id) as reservation_id,
        max(instance_type) as instance_type,
        max(payment_option) as payment_option,
        max(term_months) as term_months,
        max(try_cast(left(ends_at, 10) as date)) as end_date
    from {{ ref('commitment_discounts') }}
    group by all

),

quantities as (

    select
        provider,
        reservation_id,
        charge_date,
        max(purchased_quantity) as purchased_quantity
    from {{ ref('commitment_quantities') }}
    group by all

),

daily as (

    select
        provider,
        billing_account_id,
        commitment_discount_id,
        commitment_discount_type,
        billing_currency,
        charge_date,
        charge_category = 'Purchase' as is_fee,
        -- Resource-based commitments of Google Cloud keep the used part of the fee on its line.
        case
            when charge_category = 'Purchase' then amortized_cost != 0
            when commitment_discount_status = 'Used' then commitment_share_cost != 0
        end as is_resource_based,
        commitment_discount_status,
        list_cost,
        amortized_cost,
        public_list_cost - amortized_cost - commitment_share_cost as saved_cost
    from charges

),

summed as (

    select
        provider,
        billing_account_id,
        commitment_discount_id,
        commitment_discount_type,
        billing_currency,
        charge_date,
        case when commitment_discount_id is null then coalesce(is_resource_based, false) end
            as unnamed_kind,
        coalesce(bool_or(is_resource_based), false) as is_resource_based,
        coalesce(sum(case when is_fee then list_cost end), 0) as fee_cost,
        coalesce(sum(case when commitment_discount_status = 'Unused' then amortized_cost end), 0)
            as unused_cost,
        -- What a bill does not amortize stays on the purchase, and all of it counts as used.
        coalesce(
            sum(
                case
                    when coalesce(commitment_discount_status, '') != 'Unused' then amortized_cost
                end
            ),
            0
        ) as effective_cost,
        coalesce(sum(case when commitment_discount_status = 'Used' then saved_cost end), 0)
            as saved_cost
    from daily
    group by all

),

-- On Google Cloud the line of covered usage also has what was not covered, so that the used part is
-- read from the fee; and usage covered under the older models does not name its commitment, so that
-- what it saved is shared by the used parts.
used as (

    select
        *,
        case provider when 'Google Cloud' then fee_cost - unused_cost else effective_cost end
            as used_cost
    from summed

),

pools as (

    select
        *,
        coalesce(
            sum(case when commitment_discount_id is null then saved_cost end) over same_pool, 0
        ) as unnamed_saved_cost,
        coalesce(
            sum(case when commitment_discount_id is not null then used_cost end) over same_pool, 0
        ) as named_used_cost,
        row_number() over (
            partition by
                provider, billing_account_id, billing_currency, charge_date, is_resource_based
            order by
                case when commitment_discount_id is null then 1 else 0 end,
                used_cost desc,
                commitment_discount_id asc
        ) as position_in_pool
    from used
    window same_pool as (
        partition by provider, billing_account_id, billing_currency, charge_date, is_resource_based
    )

),

shared as (

    select
        *,
        case
            when commitment_discount_id is not null and named_used_cost > 0
                then {{ money('cast(unnamed_saved_cost as double) * used_cost / named_used_cost') }}
            when commitment_discount_id is null and named_used_cost > 0 then -saved_cost
            else 0
        end as share_cost
    from pools

),

completed as (

    select
        *,
        case
            when position_in_pool = 1 and named_used_cost > 0
                then -sum(share_cost) over (
                    partition by
                        provider, billing_account_id, billing_currency, charge_date,
                        is_resource_based
                )
            else 0
        end as rest_cost
    from shared

),

by_day as (

    select
        provider,
        commitment_discount_id,
        commitment_discount_type,
        billing_currency,
        charge_date,
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        sum(saved_cost + share_cost + rest_cost) as saved_cost
    from completed
    group by all
    having
        sum(used_cost) != 0
        or sum(unused_cost) != 0
        or sum(saved_cost + share_cost + rest_cost) != 0

),

final as (

    select
        ---------- ids
        by_day.provider,
        by_day.commitment_discount_id,

        ---------- dimensions
        by_day.charge_date,
        by_day.commitment_discount_type,
        facts.commitment_name,
        facts.instance_type,
        cast(facts.term_months as integer) as term_months,
        facts.payment_option,
        facts.end_date,
        by_day.billing_currency,

        ---------- quantities
        quantities.purchased_quantity,

        ---------- costs
        by_day.used_cost + by_day.unused_cost as committed_cost,
        by_day.used_cost,
        by_day.unused_cost,
        by_day.used_cost + by_day.saved_cost as covered_list_cost,
        by_day.saved_cost - by_day.unused_cost as savings,

        ---------- ratios
        case
            when by_day.used_cost + by_day.unused_cost > 0
                then
                    cast(by_day.used_cost as double)
                    / cast(by_day.used_cost + by_day.unused_cost as double)
        end as utilization

    from by_day
    left join facts
        on
            by_day.provider = facts.provider
            and by_day.commitment_discount_id = facts.commitment_discount_id
    left join quantities
        on
            facts.provider = quantities.provider
            and facts.reservation_id = quantities.reservation_id
            and by_day.charge_date = quantities.charge_date

)

select * from final
