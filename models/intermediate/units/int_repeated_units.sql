-- FOCUS files of a billing account that has a bill of its provider, too, in the same period: with
-- both its charges would count twice. `counts: false` in bills.yml says which of the two does not.
with

bills as (

    select
        unit_id,
        billing_period,
        bool_or(kind = 'focus') as is_focus
    from {{ ref('int_built_bills') }}
    group by unit_id, billing_period

),

accounts as (

    select
        totals.*,
        bills.billing_period,
        bills.is_focus
    from {{ ref('int_unit_totals') }} as totals
    inner join bills on totals.unit_id = bills.unit_id

),

native_accounts as (

    select distinct
        provider,
        billing_account_id,
        billing_period
    from accounts
    where not is_focus

),

final as (

    select
        accounts.unit_id,
        'its billing account has a bill of the provider, too (counts: false leaves one out)'
            as rule,
        accounts.provider,
        accounts.billing_currency,
        sum(accounts.charge_count) as row_count,
        sum(accounts.billed) as cost
    from accounts
    inner join native_accounts using (provider, billing_account_id, billing_period)
    where accounts.is_focus
    group by accounts.unit_id, accounts.provider, accounts.billing_currency

)

select * from final
