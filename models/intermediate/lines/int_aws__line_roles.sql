-- Naming a commitment is not using it: discounts, tax, credits and refunds carry the ARN too ("Line
-- item details", Cost and Usage Report).

with

line_items as (

    select * from {{ ref('stg_aws__line_items') }}

),

told as (

    select
        *,
        case
            when charge_type like 'SavingsPlan%'
                then coalesce(savings_plan_arn, reservation_arn)
            when reservation_arn is not null or savings_plan_arn is not null
                then coalesce(reservation_arn, savings_plan_arn)
            -- What gives back a plan has no ARN; its words have the id
            -- (cloud-intelligence-dashboards-framework#1515).
            when charge_type = 'Refund' and product_code like '%SavingsPlans'
                then
                    'arn:aws:savingsplans::'
                    || sub_account_id
                    || ':savingsplan/'
                    || {{ extracted(
                        'lower(charge_description)',
                        'savings plan id: *([0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+)'
                    ) }}
        end as commitment_id,
        charge_type like 'SavingsPlan%'
        or coalesce(product_code, '') like '%SavingsPlans'
        or (savings_plan_arn is not null and reservation_arn is null)
            as is_of_savings_plan,
        lower(coalesce(charge_description, '')) as words
    from line_items

),

roles as (

    select
        *,
        case
            when is_split_cost then null
            when charge_type in ('DiscountedUsage', 'DiscountUsage', 'SavingsPlanCoveredUsage')
                then 'use'
            when charge_type = 'SavingsPlanNegation' then 'negation'
            when charge_type in ('RIFee', 'SavingsPlanRecurringFee') then 'recurring fee'
            when charge_type = 'SavingsPlanUpfrontFee' then 'upfront fee'
            when charge_type = 'Fee' and reservation_arn is not null then 'upfront fee'
            when charge_type != 'Refund' or charge_type is null then null
            when commitment_id is null and not is_of_savings_plan then null
            -- What gives back an upfront fee leaves with it; other refunds are late discounts
            -- (cloud-intelligence-dashboards-framework#1497).
            when regexp_extract(words, 'one.?time|up.?front|sign.?up', 0) != ''
                then 'upfront refund'
            when regexp_extract(words, 'recurring|monthly|hourly|discount', 0) != '' then null
            when commitment_payment_option = 'All Upfront' then 'upfront refund'
            when commitment_payment_option = 'No Upfront' then null
            else 'untold refund'
        end as commitment_role
    from told

),

final as (

    select
        *,
        -- The commitment, in one currency; without ARNs those of a kind are told as one.
        case
            when commitment_role is not null
                then concat_ws(
                    '|',
                    coalesce(
                        commitment_id,
                        case when is_of_savings_plan then 'savings plans' else 'reservations' end
                    ),
                    billing_currency
                )
        end as commitment_key
    from roles

)

select * from final
