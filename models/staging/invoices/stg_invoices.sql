with

source as (

    select * from {{ source('lake', 'invoices') }}

),

final as (

    select
        ---------- ids
        max(account) as billing_account_id,
        account_key,
        billing_period,

        ---------- dimensions
        currency as billing_currency,

        ---------- quantities
        count(*) as invoice_count,

        ---------- costs
        sum(amount) as invoiced

    from source
    group by account_key, billing_period, currency

)

select * from final
