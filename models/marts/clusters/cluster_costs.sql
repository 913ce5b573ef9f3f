{{ config(materialized='units') }}

with

units as (

    select *
    from {{ ref('int_cluster_units') }} as builds
    where
        {{ of_units('int_cluster_units') }}
        -- Most builds may know no cluster: their charges are not read again each time.
        and exists (
            select 1
            from {{ ref('charge_clusters') }} as known
            where known.unit_id = builds.unit_id
        )

),

clusters as (

    select * from {{ ref('charge_clusters') }}

),

charges as (

    select
        units.unit_id as cluster_unit_id,
        charges.*,
        clusters.cluster,
        coalesce(clusters.is_control_plane, false) as is_control_plane
    from {{ ref('charges') }} as charges
    inner join units on charges.unit_id = units.bill_unit_id
    left join clusters
        on
            units.unit_id = clusters.unit_id
            and charges.provider = clusters.provider
            and charges.sub_account_id is not distinct from clusters.sub_account_id
            and charges.resource_group is not distinct from clusters.resource_group
            and charges.resource_id is not distinct from clusters.resource_id
            and charges.tag_set_id is not distinct from clusters.tag_set_id
            and charges.service_name is not distinct from clusters.service_name

),

-- What nothing used of a commitment is a cluster's if nothing but that cluster used the rest.
commitments as (

    select
        cluster_unit_id,
        provider,
        commitment_discount_id,
        min(cluster) as cluster
    from charges
    where commitment_discount_status = 'Used' and commitment_discount_id is not null
    group by all
    having count(distinct cluster) = 1 and count(cluster) = count(*)

),

known as (

    select
        charges.*,
        case
            when charges.is_kubernetes and charges.cluster is not null then 'both'
            when charges.is_kubernetes then 'marker'
            when charges.cluster is not null then 'cluster'
            when commitments.cluster is not null then 'unused'
        end as known_by,
        coalesce(charges.cluster, commitments.cluster) as told_cluster,
        -- Serverless pods and what EKS takes for a node of its own are billed by the same services.
        charges.is_control_plane
        and coalesce(charges.resource_id, '') not like '%:pod/%'
        and not {{ is_ec2_id("coalesce(charges.resource_id, '')", 'instance', 'i') }}
        and regexp_extract(lower(coalesce(skus.sku_name, '')), 'autopilot|fargate', 0) = ''
            as is_of_control_plane
    from charges
    left join commitments
        on
            charges.cluster_unit_id = commitments.cluster_unit_id
            and charges.provider = commitments.provider
            -- A condition on charges alone would keep DuckDB from joining by hash.
            and case
                when charges.commitment_discount_status = 'Unused'
                    then charges.commitment_discount_id
            end = commitments.commitment_discount_id
    left join {{ ref('skus') }} as skus
        on
            charges.unit_id = skus.unit_id
            and charges.provider = skus.provider
            and case when charges.is_control_plane then charges.sku_id end = skus.sku_id

),

final as (

    select
        ---------- ids
        cluster_unit_id as unit_id,
        provider,
        scope,
        told_cluster as cluster,

        ---------- dimensions
        charge_date,
        case
            when commitment_discount_status = 'Unused' then 'unused commitments'
            when is_of_control_plane then 'control plane'
            when service_category = 'Network' then 'network'
            when vm_name is not null then 'nodes'
            when
                regexp_extract(
                    resource_id,
                    '^vol-|:volume/|:snapshot/|/microsoft[.]compute/(?:disks|snapshots)/',
                    0
                ) != ''
                then 'disks'
            when
                service_category = 'Storage'
                and service_name in ('AmazonEC2', 'microsoft.compute', 'Compute Engine')
                then 'disks'
            when service_category = 'Compute' or is_control_plane then 'nodes'
            else 'other'
        end as component,
        known_by,
        billing_currency,

        ---------- costs
        {{ summed_cost_metrics() }}

    from known
    where known_by is not null and (in_kubecost_scope or known_by = 'unused')
    group by all

)

select * from final
