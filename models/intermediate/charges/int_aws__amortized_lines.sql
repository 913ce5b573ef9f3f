-- Every line with its costs. What of a commitment's fees comes back as cost of covered usage or as
-- unused leaves the fee, the rest stays, so that amortized cost is what was billed, without upfront
-- fees, with the period's share of them.

with

lines as (

    select * from {{ ref('int_aws__classified_lines') }}

),

commitments as (

    select * from {{ ref('int_aws__commitments') }}

),

told as (

    select
        lines.*,
        commitments.tells_use,
        commitments.rest_is_unused,
        commitments.normalization_factor as reserved_factor,
        commitments.idle_rate,
        commitments.idle_net_rate,
        lines.is_plan and not commitments.tells_used_commitment as is_untold_plan,
        case
            when lines.commitment_role = 'untold refund' then commitments.refunds_upfront_fee
            else coalesce(lines.commitment_role like 'upfront%', false)
        end and commitments.upfront_fee_leaves as leaves
    from lines
    left join commitments
        on
            lines.unit_id = commitments.unit_id
            and lines.commitment_key = commitments.commitment_key

),

-- What of a recurring fee comes back neither as use nor as unused.
remaining as (

    select
        *,
        {% for suffix in ['', '_net'] -%}
            case
                when not is_fee then 0
                when is_untold_plan
                    then {{ share_of_money('fee' ~ suffix ~ '_cost', 'idle' ~ suffix ~ '_rate') }}
                else
                    {{ share_of_money(
                        'returning' ~ suffix ~ '_cost', 'idle' ~ suffix ~ '_rate'
                    ) }}
                    + to_come{{ suffix }}_cost
            end as remaining{{ suffix }}_cost,
        {% endfor -%}
        -- In charges of the gross cost only; a plan without amounts does not tell it.
        case when is_fee and not is_unused and not is_untold_plan then to_come_cost else 0 end
            as commitment_to_come_cost,
        case when is_untold_plan then 0 else unused_cost end as told_unused_cost,
        case when is_untold_plan then 0 else unused_net_cost end as told_unused_net_cost
    from told

),

costed as (

    select
        *,
        case
            when is_unused or is_discount or leaves then 0
            when
                commitment_role in (
                    'upfront fee', 'upfront refund', 'recurring fee', 'negation'
                )
                then 0
            -- Spot, Marketplace and free tier have no public price.
            else coalesce(nullif(public_on_demand_cost, 0), unblended_cost)
        end as list_cost,
        case
            when is_unused then 0
            when not has_net then unblended_cost
            -- The net cost of the discounted lines has these already.
            when is_discount then coalesce(net_unblended_cost, 0)
            else coalesce(net_unblended_cost, unblended_cost)
        end as net_cost,
        -- As summary_view.sql of the cloud-intelligence-dashboards-framework (AWS) has it.
        case
            when leaves then 0
            when is_fee and is_unused
                then told_unused_cost + case when rest_is_unused then remaining_cost else 0 end
            when is_fee then case when rest_is_unused then 0 else remaining_cost end
            when commitment_role = 'use' and tells_use then effective_cost
            when commitment_role = 'negation' and tells_use then 0
            else unblended_cost
        end as amortized_cost
    from remaining

),

final as (

    select
        *,
        case
            when not has_net then amortized_cost
            when leaves then 0
            when is_fee and is_unused
                then
                    told_unused_net_cost
                    + case when rest_is_unused then remaining_net_cost else 0 end
            when is_fee then case when rest_is_unused then 0 else remaining_net_cost end
            when commitment_role = 'use' and tells_use then effective_net_cost
            when commitment_role = 'negation' and tells_use then 0
            else net_cost
        end as amortized_net_cost
    from costed
    where not is_unused or amortized_cost != 0

)

select * from final
