-- Two nodes are one machine only where the lists say so, and then both are flagged.
select
    provider,
    machine_id,
    count(*) as nodes_found
from {{ ref('node_prices') }}
where matched_by is not null and not is_shared_machine
group by provider, machine_id
having count(*) > 1
