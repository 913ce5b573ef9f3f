-- A billing account delivered both natively and as FOCUS is counted twice. int_repeated_units holds
-- such files back; this looks at what is shown.
with

accounts as (

    select distinct
        days.provider,
        days.billing_account_id,
        days.billing_period,
        days.scope,
        bills.kind = 'focus' as is_focus
    from {{ ref('int_charge_days') }} as days
    inner join {{ ref('int_shown_bills') }} as bills on days.unit_id = bills.unit_id

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
