-- Cluster machines that may be idle. A bill does not know utilization, so it names what a bill can
-- know: machines that carry a cluster's marks, ran on the last day of the bills, and are in no list
-- of nodes (left behind, or of a cluster that bills.yml does not name), with what an hour costs.
with

cluster_machines as (

    select distinct
        provider,
        vm_name,
        resource_id
    from {{ ref('charges') }}
    where is_kubernetes and vm_hours > 0

),

machines as (

    select
        machine_hours.provider,
        machine_hours.sub_account_id,
        machine_hours.machine_id,
        machine_hours.instance_type,
        machine_hours.billing_currency,
        max(machine_hours.charge_date) as last_day,
        sum(machine_hours.vm_hours) as vm_hours,
        sum(machine_hours.cost) as cost
    from {{ ref('int_machine_hours') }} as machine_hours
    inner join cluster_machines
        on
            machine_hours.provider = cluster_machines.provider
            and machine_hours.resource_id = cluster_machines.resource_id
            and machine_hours.vm_name = cluster_machines.vm_name
    group by all

),

last_days as (

    select
        provider,
        max(charge_date) as last_day
    from {{ ref('int_machine_hours') }}
    group by all

),

nodes as (

    select
        provider,
        machine_id
    from {{ ref('node_prices') }}

),

final as (

    select
        machines.*,
        cast(machines.cost as double) / nullif(cast(machines.vm_hours as double), 0)
            as hourly_cost
    from machines
    inner join last_days
        on
            machines.provider = last_days.provider
            and machines.last_day = last_days.last_day
    left join nodes
        on
            machines.provider = nodes.provider
            and machines.machine_id = nodes.machine_id
    where nodes.machine_id is null

)

select * from final
order by cost desc
