{{ config(severity='warn') }}
-- A bill, days of it or an account are not there, though what is around them is.
select
    coalesce(sub_account_id, billing_account_id, export_name, scope) as missing_of,
    dataset,
    gap,
    gap_start,
    gap_end
from {{ ref('bill_gaps') }}
