{{ config(severity='warn') }}
-- A subscription with usage in one only of the actual and the amortized export of its scope has its
-- metrics from that one (int_azure__paired_lines): the other export may not be made for it.
select
    bills.scope,
    bills.billing_period,
    lines.subscription_id,
    case when lines.is_actual then 'actual' else 'amortized' end as only_in,
    lines.billing_currency,
    sum(lines.cost) as cost
from {{ ref('int_azure__paired_lines') }} as lines
inner join {{ ref('int_bills') }} as bills using (export_name, bill, billing_period)
where lines.is_unpaired
group by all
