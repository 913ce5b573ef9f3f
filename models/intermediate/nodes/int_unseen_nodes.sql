-- Nodes whose machine the bill does not show, with what similar machines are looked for by.
with

nodes as (

    select * from {{ ref('int_nodes') }}
    where is_machine

),

final as (

    select
        ---------- ids
        nodes.node_id,
        nodes.provider,
        nodes.machine_id,
        nodes.resource_group,
        node_accounts.sub_account_id,

        ---------- dimensions
        nodes.region_id,
        nodes.instance_type,
        nodes.operating_system,
        nodes.is_spot,
        node_accounts.billing_currency,

        ---------- times
        coalesce(nodes.created_date, nodes.first_seen_date) as first_date,
        coalesce(nodes.gone_date, date '9999-12-31') as last_date

    from nodes
    inner join {{ ref('int_node_accounts') }} as node_accounts
        on nodes.node_id = node_accounts.node_id
    left join {{ ref('int_node_machines') }} as node_machines
        on nodes.node_id = node_machines.node_id
    where node_machines.node_id is null

)

select * from final
