-- The resource groups that AKS makes for a cluster's nodes, and the cluster of each. Their names
-- are MC_<group>_<cluster>_<region>, cut off after 80 characters, unless whoever made the cluster
-- chose one ("Frequently asked questions about AKS"). Group and cluster may have underscores of
-- their own: what the bill and the node lists know of either tells where one ends.
with

ranked as (

    select
        *,
        row_number() over (
            partition by unit_id, sub_account_id, group_name
            order by rule asc, length(cluster) asc, cluster asc
        ) as candidate_rank
    from {{ ref('int_node_group_candidates') }}

),

final as (

    select
        ---------- ids
        unit_id,
        sub_account_id,
        group_name,
        cluster,

        ---------- dimensions
        rule < 5 as is_certain

    from ranked
    where candidate_rank = 1

)

select * from final
