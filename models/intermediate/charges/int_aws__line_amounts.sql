-- What each line says of the cost of its commitment, gross and net. A recurring fee has, beside
-- what is billed, the period's share of the upfront fee: parts of it come back as cost of the
-- covered usage, nothing used others. Net amounts fall back to gross, column by column.

with

sizes as (

    select
        size,
        normalization_factor
    from {{ ref('aws_instance_sizes') }}

),

lines as (

    select
        roles.*,
        bills.unit_id,
        bills.scope,
        bills.has_net,
        bills.is_of_payer,
        commitment_role = 'recurring fee' as is_fee,
        coalesce(is_of_savings_plan and commitment_role is not null, false) as is_plan,
        -- Normalized units of an hour, 0 in CUR 2.0 where none are stated. Of EC2 its type tells
        -- them; databases have twice as many in two zones.
        coalesce(nullif(roles.normalization_factor, 0), sizes.normalization_factor) as size_factor,
        case
            when has_net then coalesce(net_unblended_cost, unblended_cost)
            else unblended_cost
        end as billed_net_cost
    from {{ ref('int_aws__line_roles') }} as roles
    inner join {{ ref('int_aws__bills') }} as bills using (export_name, bill, billing_period)
    left join sizes
        on
            case
                when
                    roles.product_code = 'AmazonEC2'
                    and roles.commitment_role in ('use', 'recurring fee')
                    then {{ aws_size('roles.instance_type') }}
            end = sizes.size
    where not is_split_cost

),

stated as (

    select
        *,
        case
            when is_fee and is_plan then coalesce(savings_plan_upfront, 0)
            when is_fee then coalesce(reservation_upfront_fee, 0)
        end as upfront_share_cost,
        case
            when is_fee and is_plan then coalesce(savings_plan_net_upfront, savings_plan_upfront, 0)
            when is_fee then coalesce(reservation_net_upfront_fee, reservation_upfront_fee, 0)
        end as upfront_share_net_cost,
        case when is_fee and is_plan then coalesce(savings_plan_used_commitment, 0) end
            as used_commitment_cost,
        -- Amounts are rounded, so that more may be used than was committed.
        case
            when is_fee and is_plan and savings_plan_commitment >= 0
                then greatest(
                    savings_plan_commitment - coalesce(savings_plan_used_commitment, 0), 0
                )
            when is_fee and is_plan
                then coalesce(savings_plan_commitment - savings_plan_used_commitment, 0)
            when is_fee
                then
                    coalesce(reservation_unused_upfront, 0)
                    + coalesce(reservation_unused_recurring, 0)
        end as unused_cost,
        case
            when is_plan then coalesce(savings_plan_effective_cost, 0)
            else coalesce(reservation_effective_cost, 0)
        end as effective_cost,
        case
            when is_plan
                then coalesce(savings_plan_net_effective_cost, savings_plan_effective_cost, 0)
            else coalesce(reservation_net_effective_cost, reservation_effective_cost, 0)
        end as effective_net_cost,
        -- AWS states the net of a plan's two fees, not of its used and unused part. An hour of
        -- commitment is paid by both, and each may have a discount of its own.
        case
            when has_net and is_fee and is_plan
                then
                    cast(
                        coalesce(savings_plan_net_upfront, savings_plan_upfront, 0)
                        + coalesce(nullif(savings_plan_net_recurring, 0), billed_net_cost)
                        as double
                    )
                    / nullif(
                        coalesce(savings_plan_upfront, 0)
                        + coalesce(nullif(savings_plan_recurring, 0), unblended_cost),
                        0
                    )
        end as commitment_net_ratio
    from lines

),

completed as (

    select
        *,
        unblended_cost + upfront_share_cost as fee_cost,
        billed_net_cost
        + case when has_net then upfront_share_net_cost else upfront_share_cost end as fee_net_cost,
        case
            when not has_net then unused_cost
            when is_fee and is_plan
                then coalesce({{ money('unused_cost * commitment_net_ratio') }}, unused_cost)
            when is_fee
                then
                    coalesce(reservation_net_unused_upfront, reservation_unused_upfront, 0)
                    + coalesce(reservation_net_unused_recurring, reservation_unused_recurring, 0)
        end as unused_net_cost,
        coalesce(
            {{ money('used_commitment_cost * commitment_net_ratio') }}, used_commitment_cost
        ) as used_commitment_net_cost
    from stated

),

final as (

    select
        *,
        -- What of the fee is to come back as cost of covered usage.
        case
            when is_plan then used_commitment_cost
            when fee_cost >= 0 then greatest(fee_cost - unused_cost, 0)
            else fee_cost - unused_cost
        end as returning_cost,
        case
            when is_plan then used_commitment_net_cost
            when fee_net_cost >= 0 then greatest(fee_net_cost - unused_net_cost, 0)
            else fee_net_cost - unused_net_cost
        end as returning_net_cost,
        -- A plan's hours to come are billed and neither used nor unused.
        case
            when is_plan and fee_cost > unused_cost + used_commitment_cost + 1e-9
                then fee_cost - unused_cost - used_commitment_cost
            else 0
        end as to_come_cost,
        case
            when is_plan and fee_net_cost > unused_net_cost + used_commitment_net_cost + 1e-9
                then fee_net_cost - unused_net_cost - used_commitment_net_cost
            else 0
        end as to_come_net_cost,
        -- Covered usage of which the bill does not say what it costs.
        commitment_role = 'use' and effective_cost = 0 and coalesce(usage_quantity, 1) != 0
            as is_untold_use
    from completed

)

select * from final
