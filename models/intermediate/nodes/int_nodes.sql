{{ config(materialized='table') }}

with

nodes as (

    -- The row without a node says that a cluster had none.
    select * from {{ ref('stg_kubernetes__nodes') }}

),

snapshots as (

    select
        cluster,
        snapshot_id,
        snapshot_at,
        -- A list is valid until the next one: loads that find it unchanged keep none.
        lead(snapshot_at) over (partition by cluster order by snapshot_id) as replaced_at
    from nodes
    group by cluster, snapshot_id, snapshot_at

),

seen as (

    select
        nodes.*,
        snapshots.replaced_at,
        min(nodes.snapshot_at) over (
            partition by nodes.cluster, nodes.node_name, nodes.provider_id
        ) as first_seen_at,
        row_number() over (
            partition by nodes.cluster, nodes.node_name, nodes.provider_id
            order by nodes.snapshot_id desc
        ) as age_rank
    from nodes
    inner join snapshots
        on nodes.cluster = snapshots.cluster and nodes.snapshot_id = snapshots.snapshot_id
    where nodes.node_name is not null

),

final as (

    select
        *,
        {{ text_key(['cluster', 'node_name', 'provider_id']) }} as node_id,
        replaced_at is null as is_current,
        cast(created_at as date) as created_date,
        cast(first_seen_at as date) as first_seen_date,
        -- The first list without the node ends it.
        cast(replaced_at as date) as gone_date
    from seen
    where age_rank = 1

)

select * from final
