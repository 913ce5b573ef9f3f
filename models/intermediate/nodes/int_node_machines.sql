{{ config(materialized='table') }}

with

nodes as (

    select * from {{ ref('int_nodes') }}
    -- On Autopilot what the bill shows is a machine.
    where is_machine or is_autopilot

),

machines as (

    select
        machines.provider,
        machines.machine_id,
        max(machines.sub_account_id) as sub_account_id,
        max(machines.resource_group) as resource_group,
        max(machines.vm_name) as vm_name,
        max(machines.region_id) as region_id
    from {{ ref('int_machines_monthly') }} as machines
    inner join {{ ref('int_price_windows') }} as windows
        on machines.scope = windows.scope and machines.first_date <= windows.last_date
    group by machines.provider, machines.machine_id

),

names as (

    select
        node_id,
        name_of_machine as vm_name
    from nodes
    union
    select
        node_id,
        name_in_scale_set as vm_name
    from nodes
    where name_in_scale_set is not null

),

same_ids as (

    select
        nodes.node_id,
        machines.provider,
        machines.machine_id,
        1 as rule,
        'resource id' as matched_by
    from nodes
    inner join machines
        on nodes.provider = machines.provider and nodes.machine_id = machines.machine_id

),

same_places as (

    select
        nodes.node_id,
        machines.provider,
        machines.machine_id,
        2 as rule,
        'account, resource group and VM name' as matched_by
    from nodes
    inner join machines
        on
            nodes.provider = machines.provider
            and nodes.sub_account_id = machines.sub_account_id
            and coalesce(nodes.resource_group, '') = coalesce(machines.resource_group, '')
            and nodes.vm_name = machines.vm_name

),

-- What the node says of itself must not contradict the machine.
same_names as (

    select
        nodes.node_id,
        machines.provider,
        machines.machine_id,
        3 as rule,
        'node name' as matched_by
    from nodes
    inner join names on nodes.node_id = names.node_id
    inner join machines
        on
            names.vm_name = machines.vm_name
            and coalesce(nodes.provider, machines.provider) = machines.provider
            and coalesce(nodes.sub_account_id, machines.sub_account_id, '')
            = coalesce(machines.sub_account_id, '')
            and coalesce(nodes.resource_group, machines.resource_group, '')
            = coalesce(machines.resource_group, '')
            and coalesce(nodes.region_id, machines.region_id, '')
            = coalesce(machines.region_id, '')

),

candidates as (

    {{ union_by_name(
        ['same_ids', 'same_places', 'same_names'],
        ['node_id', 'provider', 'machine_id', 'rule', 'matched_by'],
    ) }}

),

-- The best rule of each node counts, and a machine that a better rule gave away is taken.
ranked as (

    select
        *,
        min(rule) over (partition by node_id) as best_rule_of_node,
        min(rule) over (partition by provider, machine_id) as best_rule_of_machine
    from candidates

),

matched as (

    select
        *,
        count(*) over (partition by node_id) as machines_of_node
    from ranked
    where rule = best_rule_of_node and rule = best_rule_of_machine

),

final as (

    select
        ---------- ids
        node_id,
        provider,
        machine_id,

        ---------- dimensions
        matched_by

    from matched
    -- Two machines that fit equally well are no match: an inferred price beats a wrong one.
    where machines_of_node = 1

)

select * from final
