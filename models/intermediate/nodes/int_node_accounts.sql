with

nodes as (

    select * from {{ ref('int_nodes') }}

),

matches as (

    select
        node_machines.node_id,
        nodes.cluster,
        machine_prices.sub_account_id,
        machine_prices.billing_currency,
        sum(machine_prices.vm_hours) as vm_hours
    from {{ ref('int_node_machines') }} as node_machines
    inner join nodes on node_machines.node_id = nodes.node_id
    inner join {{ ref('int_machine_window_prices') }} as machine_prices
        on
            node_machines.provider = machine_prices.provider
            and node_machines.machine_id = machine_prices.machine_id
    group by
        node_machines.node_id,
        nodes.cluster,
        machine_prices.sub_account_id,
        machine_prices.billing_currency

),

-- An EC2 instance id does not tell the account; the other nodes of the cluster do.
clusters as (

    select
        cluster,
        sub_account_id,
        billing_currency,
        row_number() over (
            partition by cluster
            order by
                sum(vm_hours) desc,
                sub_account_id asc nulls last,
                billing_currency asc nulls last
        ) as hours_rank
    from matches
    group by cluster, sub_account_id, billing_currency

),

accounts as (

    select
        provider,
        sub_account_id,
        billing_currency,
        row_number() over (
            partition by provider, sub_account_id
            order by sum(vm_hours) desc, billing_currency asc nulls last
        ) as hours_rank
    from {{ ref('int_machine_window_prices') }}
    group by provider, sub_account_id, billing_currency

),

owned as (

    select
        nodes.node_id,
        nodes.provider,
        coalesce(nodes.sub_account_id, clusters.sub_account_id) as sub_account_id,
        clusters.billing_currency
    from nodes
    left join clusters on nodes.cluster = clusters.cluster and clusters.hours_rank = 1

),

final as (

    select
        ---------- ids
        owned.node_id,
        owned.sub_account_id,
        coalesce(accounts.billing_currency, owned.billing_currency) as billing_currency

    from owned
    left join accounts
        on
            owned.provider = accounts.provider
            and owned.sub_account_id = accounts.sub_account_id
            and accounts.hours_rank = 1

)

select * from final
