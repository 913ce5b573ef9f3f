select * from {{ ref('commitments') }}
where utilization < 0 or utilization > 1
