{{ config(severity='warn') }}
-- A node resource group MC_<group>_<cluster>_<region> whose group or cluster has underscores can be
-- read in several ways; a line of the managed cluster, a list of its nodes or the tag
-- aks-managed-cluster-name would tell.
select
    clusters.resource_group,
    clusters.cluster as read_as,
    charges.billing_currency,
    sum(charges.amortized_net_cost) as amortized_net_cost
from {{ ref('charge_clusters') }} as clusters
inner join {{ ref('charges') }} as charges
    on
        clusters.bill_unit_id = charges.unit_id
        and clusters.sub_account_id is not distinct from charges.sub_account_id
        and clusters.resource_group is not distinct from charges.resource_group
        and clusters.resource_id is not distinct from charges.resource_id
        and clusters.tag_set_id is not distinct from charges.tag_set_id
        and clusters.service_name is not distinct from charges.service_name
where not clusters.is_certain
group by all
