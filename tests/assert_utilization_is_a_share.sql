select * from {{ ref('commitments') }}
where utilization < 0 or utilization > 1 or committed_cost != used_cost + unused_cost
