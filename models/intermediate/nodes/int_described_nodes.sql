-- Each node of the last lists with the price of its machine. What the bill says of the machine
-- stands above what the labels say.
with

nodes as (

    select * from {{ ref('int_nodes') }}
    where is_current

),

machines as (

    select
        node_machines.node_id,
        node_machines.matched_by,
        machine_prices.*,
        row_number() over (
            partition by node_machines.node_id
            order by machine_prices.vm_hours desc, machine_prices.billing_currency asc nulls last
        ) as hours_rank,
        count(*) over (
            partition by
                machine_prices.provider,
                machine_prices.machine_id,
                machine_prices.billing_currency
        ) as nodes_of_machine
    from {{ ref('int_node_machines') }} as node_machines
    inner join nodes on node_machines.node_id = nodes.node_id
    inner join {{ ref('int_machine_window_prices') }} as machine_prices
        on
            node_machines.provider = machine_prices.provider
            and node_machines.machine_id = machine_prices.machine_id

),

final as (

    select
        ---------- ids
        nodes.node_id,
        nodes.cluster,
        nodes.node_name,
        coalesce(nodes.provider, machines.provider) as provider,
        nodes.provider_id,
        coalesce(machines.machine_id, nodes.machine_id) as machine_id,
        machines.resource_id,
        coalesce(machines.sub_account_id, accounts.sub_account_id) as sub_account_id,
        coalesce(machines.resource_group, nodes.resource_group) as resource_group,

        ---------- dimensions
        coalesce(machines.region_id, nodes.region_id) as region_id,
        nodes.availability_zone,
        coalesce(machines.instance_type, nodes.instance_type) as instance_type,
        coalesce(machines.operating_system, nodes.operating_system) as operating_system,
        coalesce(machines.pricing_model = 'Spot', nodes.is_spot) as is_spot,
        nodes.is_machine or machines.node_id is not null as is_machine,
        coalesce(machines.nodes_of_machine > 1, false) as is_shared_machine,
        coalesce(machines.billing_currency, accounts.billing_currency) as billing_currency,
        machines.matched_by,
        machines.pricing_model,

        ---------- quantities
        machines.vm_hours,

        ---------- costs
        machines.hourly_price,
        machines.list_hourly_price,

        ---------- times
        machines.window_start,
        machines.window_end

    from nodes
    inner join {{ ref('int_node_accounts') }} as accounts on nodes.node_id = accounts.node_id
    left join machines on nodes.node_id = machines.node_id and machines.hours_rank = 1

)

select * from final
