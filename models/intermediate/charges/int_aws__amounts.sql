with

lines as (

    select * from {{ ref('stg_aws__line_items') }}
    where not is_split_cost

),

bills as (

    select * from {{ ref('int_aws__bills') }}

),

commitments as (

    select
        export_name,
        bill,
        billing_period,
        coalesce(savings_plan_arn, reservation_arn) as commitment_id,
        count_if(charge_type in ('RIFee', 'SavingsPlanRecurringFee')) = 0 as is_foreign
    from {{ ref('stg_aws__line_items') }}
    where
        charge_type in (
            'RIFee', 'SavingsPlanRecurringFee', 'DiscountedUsage', 'SavingsPlanCoveredUsage'
        )
    group by all

),

final as (

    select
        lines.export_name,
        lines.bill,
        lines.billing_period,
        'AWS' as provider,
        lines.billing_currency,
        lines.lacks_cost,
        -- The net columns hold the discounts; lines of discount beside them repeat these.
        case
            when not bills.has_net then lines.unblended_cost
            when lines.is_discount then coalesce(lines.net_unblended_cost, 0)
            else coalesce(lines.net_unblended_cost, lines.unblended_cost)
        end as billed,
        lines.unblended_cost as to_amortize,
        -- Fees for whole terms leave the period, its part of them comes in; see the true-up of
        -- summary_view.sql in the cloud-intelligence-dashboards-framework (AWS).
        case
            when lines.is_savings_plan_upfront_fee and bills.amortizes_savings_plans
                then -lines.unblended_cost
            when lines.is_reservation_upfront_fee and bills.amortizes_reservations
                then -lines.unblended_cost
            when lines.charge_type = 'SavingsPlanRecurringFee' and bills.amortizes_savings_plans
                then coalesce(lines.savings_plan_upfront, 0)
            when lines.charge_type = 'RIFee' and bills.amortizes_reservations
                then coalesce(lines.reservation_upfront_fee, 0)
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
    inner join bills using (export_name, bill, billing_period)
    left join commitments
        on
            lines.export_name = commitments.export_name
            and lines.bill = commitments.bill
            and lines.billing_period = commitments.billing_period
            and coalesce(lines.savings_plan_arn, lines.reservation_arn)
            = commitments.commitment_id

)

select * from final
