with

line_items as (

    select * from {{ ref('stg_aws__line_items') }}

),

bills as (

    select * from {{ ref('int_bills') }}
    where kind = 'aws_cur'

),

final as (

    select
        ---------- ids
        bills.unit_id,
        bills.scope,
        line_items.export_name,
        line_items.bill,
        line_items.billing_period,

        ---------- dimensions
        -- Without net unblended cost a bill has no net amounts (OpenCost, athenaintegration.go);
        -- net costs of commitments alone count only where no lines of discount repeat them. Where
        -- all of them are 0 they say nothing.
        count(*) filter (where line_items.net_unblended_cost != 0) > 0 or (
            count(*) filter (where line_items.is_discount) = 0
            and count(*) filter (where line_items.reservation_net_effective_cost != 0)
            + count(*) filter (where line_items.savings_plan_net_effective_cost != 0) > 0
        ) as has_net,
        -- A payer's report has the usage of all its accounts, a member's that of its own.
        coalesce(
            min(line_items.sub_account_id) != max(line_items.sub_account_id)
            or bool_or(line_items.sub_account_id = line_items.billing_account_id),
            false
        ) as is_of_payer

    from line_items
    inner join bills using (export_name, bill, billing_period)
    group by all

)

select * from final
