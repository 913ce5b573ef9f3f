{{ config(severity='warn') }}
-- A line whose amount is blank counts 0: whoever made or edited the file may have lost it.
select
    export_name,
    billing_period,
    max(blank_line_count) as lines_without_amount
from {{ ref('int_bill_totals') }}
where
    blank_line_count > 0
    and unit_id in (
        select unit_id from {{ ref('int_bills') }}
    )
group by export_name, billing_period, billing_currency
