select * from {{ ref('commitments') }}
where
    utilization < 0
    or utilization > 1
    or committed_cost != used_cost + unused_cost + to_come_cost
    or (to_come_cost != 0 and not is_open_month)
