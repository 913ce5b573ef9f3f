-- A billing account delivered both natively and as FOCUS is counted twice; `counts: false` in
-- bills.yml says which of the two is not to be counted.
with

accounts as (

    select distinct
        charges.provider,
        charges.billing_account_id,
        charges.billing_period,
        charges.scope,
        bills.kind = 'focus' as is_focus
    from {{ ref('charges') }} as charges
    inner join {{ ref('int_shown_bills') }} as bills on charges.unit_id = bills.unit_id

)

select
    native.provider,
    native.billing_account_id,
    native.billing_period,
    native.scope as native_scope,
    focus.scope as focus_scope
from accounts as native
inner join accounts as focus
    on
        native.provider = focus.provider
        and native.billing_account_id = focus.billing_account_id
        and native.billing_period = focus.billing_period
where focus.is_focus and not native.is_focus
