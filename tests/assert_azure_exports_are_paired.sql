{{ config(severity='warn') }}
-- Days of a subscription with usage in one only of the actual and the amortized export of its scope
-- have their metrics from that one (int_azure__paired_lines): the other export may not be made for
-- them. Those after its last one may be to come.
select
    bills.scope,
    bills.billing_period,
    lines.subscription_id,
    case when lines.is_actual then 'actual' else 'amortized' end as only_in,
    min(lines.charge_date) as first_day,
    max(lines.charge_date) as last_day,
    count(distinct lines.charge_date) as days,
    lines.billing_currency,
    sum(lines.cost) as cost
from {{ ref('int_azure__paired_lines') }} as lines
inner join {{ ref('int_bills') }} as bills using (export_name, bill, billing_period)
where lines.is_unpaired and not lines.is_ahead
group by all
