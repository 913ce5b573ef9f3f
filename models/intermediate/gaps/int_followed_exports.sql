-- Exports all of whose accounts another one has from the month after their last on, as when one of
-- a newer format follows. What becomes of the accounts there is told of that one.

with

bills as (

    select * from {{ ref('int_export_bills') }}

),

last_months as (

    select
        export_name,
        dataset,
        max(month_start) as month_start
    from bills
    group by export_name, dataset

),

charged as (

    select distinct
        scope,
        cast(billing_period || '-01' as date) as month_start,
        {{ account_key('billing_account_id') }} as payer,
        {{ account_key('coalesce(sub_account_id, billing_account_id)') }} as account
    from {{ ref('int_charge_days') }}

),

delivered as (

    select distinct
        bills.export_name,
        bills.dataset,
        bills.line_dataset,
        bills.month_start,
        charged.payer,
        charged.account
    from bills
    inner join charged using (scope, month_start)

),

-- Charges without an account go on where those of who pays do.
going_on as (

    select
        export_name,
        line_dataset,
        month_start,
        account
    from delivered
    union
    select
        export_name,
        line_dataset,
        month_start,
        payer as account
    from delivered

),

-- An export that had the account before has another part of it.
new_ones as (

    select going_on.*
    from going_on
    left join going_on as before
        on
            going_on.export_name = before.export_name
            and going_on.account = before.account
            and going_on.month_start = cast(before.month_start + interval 1 month as date)
    where before.account is null

),

-- Whether amortized cost alone goes on, which does not follow actual cost.
followers as (

    select
        account,
        month_start,
        bool_or(coalesce(line_dataset, 'actual') = 'actual') as has_actual,
        bool_or(coalesce(line_dataset, 'amortized') = 'amortized') as has_amortized
    from new_ones
    group by account, month_start

),

final as (

    select
        last_months.export_name,
        last_months.dataset
    from last_months
    inner join delivered
        on
            last_months.export_name = delivered.export_name
            and last_months.dataset is not distinct from delivered.dataset
            and last_months.month_start = delivered.month_start
    left join followers
        on
            delivered.account = followers.account
            and followers.month_start = cast(delivered.month_start + interval 1 month as date)
    group by last_months.export_name, last_months.dataset
    having bool_and(coalesce(
        case delivered.line_dataset
            when 'actual' then followers.has_actual
            when 'amortized' then followers.has_amortized
            else followers.account is not null
        end,
        false
    ))

)

select * from final
