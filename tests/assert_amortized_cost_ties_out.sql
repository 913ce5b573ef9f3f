{{ config(severity='warn') }}
-- What the provider states of amortized against billed cost; member accounts, open months and
-- refunds break it legitimately, so this names the bill and the reason.
select
    export_name,
    billing_period,
    billing_currency,
    difference,
    explained,
    status
from {{ ref('bill_reconciliation') }}
where measure = 'amortized' and status != 'ok'
