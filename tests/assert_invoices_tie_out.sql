{{ config(severity='warn') }}
-- What was invoiced and what the bills add up to differ: a part is missing, or counts twice.
select
    billing_account_id,
    billing_period,
    billing_currency,
    in_bill as invoiced,
    in_charges,
    difference,
    status
from {{ ref('bill_reconciliation') }}
where measure = 'invoice' and status != 'ok'
