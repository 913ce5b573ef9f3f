with

lines as (

    select * from {{ ref('int_aws__line_amounts') }}

),

commitments as (

    select * from {{ ref('int_aws__commitments') }}

),

final as (

    select
        lines.unit_id,
        lines.export_name,
        lines.bill,
        lines.billing_period,
        'AWS' as provider,
        lines.billing_currency,
        lines.lacks_cost,
        -- The net columns hold the discounts; lines of discount beside them repeat these.
        case
            when lines.has_net and lines.is_discount then coalesce(lines.net_unblended_cost, 0)
            else lines.billed_net_cost
        end as billed_cost,
        lines.unblended_cost as cost_to_amortize,
        -- Fees for whole terms leave the period, its part of them comes in; see the true-up of
        -- summary_view.sql in the cloud-intelligence-dashboards-framework (AWS).
        case
            when lines.is_fee then lines.upfront_share_cost
            when not commitments.upfront_fee_is_explained then 0
            when lines.commitment_role in ('upfront fee', 'upfront refund')
                then -lines.unblended_cost
            when lines.commitment_role = 'untold refund' and commitments.refunds_upfront_fee
                then -lines.unblended_cost
            else 0
        end as explained,
        coalesce(
            case lines.charge_type
                when 'RIFee' then lines.reservation_upfront_fee + lines.reservation_unused_recurring
                when 'SavingsPlanRecurringFee'
                    then lines.savings_plan_upfront + lines.savings_plan_commitment
                when 'DiscountedUsage' then lines.reservation_effective_cost
                when 'SavingsPlanCoveredUsage' then lines.savings_plan_effective_cost
                else 0
            end is null,
            false
        ) as lacks_amounts,
        coalesce(commitments.is_foreign, false) as is_foreign
    from lines
    left join commitments
        on
            lines.unit_id = commitments.unit_id
            and lines.commitment_key = commitments.commitment_key

)

select * from final
