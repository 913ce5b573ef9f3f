with

bills as (

    select
        build_id,
        max(billing_period) as billing_period,
        coalesce(bool_or(dataset = 'actual'), false)
        and not coalesce(bool_or(dataset = 'amortized'), false) as is_actual_only
    from {{ ref('bills') }}
    group by build_id

),

accounts as (

    select distinct build_id, provider, sub_account_id from {{ ref('charges') }}
    where sub_account_id is not null

),

final as (

    select
        ---------- ids
        accounts.provider,
        accounts.sub_account_id,

        ---------- dimensions
        max_by(bills.is_actual_only, bills.billing_period) as is_actual_only

    from accounts
    inner join bills on accounts.build_id = bills.build_id
    group by accounts.provider, accounts.sub_account_id

)

select * from final
