with

bills as (

    select
        unit_id,
        max(billing_period) as billing_period,
        {{ is_actual_only() }} as is_actual_only
    from {{ ref('int_shown_bills') }}
    group by unit_id

),

subscriptions as (

    select
        *,
        'Microsoft' as provider
    from {{ ref('stg_azure__subscriptions') }}

),

accounts as (

    select
        provider,
        sub_account_id,
        unit_id,
        -- Pay-as-you-go, its dev/test, and free trials (Microsoft Online Services Program).
        coalesce(
            bool_or(offer_id in ('MS-AZR-0003P', 'MS-AZR-0023P', 'MS-AZR-0044P')), false
        ) as has_retail_offer
    from {{ ref('charges') }}
    where sub_account_id is not null
    group by provider, sub_account_id, unit_id

),

final as (

    select
        ---------- ids
        accounts.provider,
        accounts.sub_account_id,

        ---------- dimensions
        max_by(bills.is_actual_only, bills.billing_period) as is_actual_only,
        bool_or(
            accounts.has_retail_offer
            or coalesce(
                lower(subscriptions.quota_id) like 'payasyougo%'
                or lower(subscriptions.quota_id) like 'freetrial%',
                false
            )
        ) as is_pay_as_you_go

    from accounts
    inner join bills on accounts.unit_id = bills.unit_id
    left join subscriptions
        on
            accounts.provider = subscriptions.provider
            and accounts.sub_account_id = lower(subscriptions.subscription_id)
    group by accounts.provider, accounts.sub_account_id

)

select * from final
