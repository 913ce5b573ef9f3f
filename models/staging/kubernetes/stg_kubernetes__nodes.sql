with

-- Labels of before Kubernetes 1.17 are still on old nodes.
labelled as (

    select
        ---------- ids
        cluster,
        bill as snapshot_id,
        node_name,
        provider_id,
        lower(provider_id) as provider_path,

        ---------- dimensions
        coalesce(
            labels['node.kubernetes.io/instance-type'], labels['beta.kubernetes.io/instance-type']
        ) as instance_type,
        lower(coalesce(
            labels['topology.kubernetes.io/region'],
            labels['failure-domain.beta.kubernetes.io/region']
        )) as region_label,
        lower(coalesce(
            labels['topology.kubernetes.io/zone'], labels['failure-domain.beta.kubernetes.io/zone']
        )) as zone_label,
        lower(coalesce(
            labels['kubernetes.io/os'], labels['beta.kubernetes.io/os'], operating_system
        )) as os_label,
        lower(labels['kubernetes.azure.com/cluster']) as azure_node_group,
        case
            when provider_id like 'azure://%' then 'Microsoft'
            when provider_id like 'aws://%' then 'AWS'
            when provider_id like 'gce://%' then 'Google Cloud'
            when labels['kubernetes.azure.com/cluster'] is not null then 'Microsoft'
            when labels['eks.amazonaws.com/nodegroup'] is not null then 'AWS'
            when labels['eks.amazonaws.com/compute-type'] is not null then 'AWS'
            when labels['cloud.google.com/gke-nodepool'] is not null then 'Google Cloud'
        end as provider,
        -- A pod on Fargate or on a virtual kubelet brings a node of its own, a hybrid node stands
        -- in one's own data center; no machine is billed.
        coalesce(
            labels['eks.amazonaws.com/compute-type'] in ('fargate', 'hybrid')
            or labels['type'] = 'virtual-kubelet'
            or provider_id like 'aws://%/fargate-%',
            false
        ) as is_unbilled,
        -- GKE Autopilot bills pods; only nodes of some compute classes are billed as machines.
        node_name like 'gk3-%' as is_autopilot,
        coalesce(
            labels['kubernetes.azure.com/scalesetpriority'] = 'spot'
            or lower(labels['eks.amazonaws.com/capacityType']) = 'spot'
            or labels['karpenter.sh/capacity-type'] = 'spot'
            or labels['node.kubernetes.io/lifecycle'] = 'spot'
            or labels['cloud.google.com/gke-spot'] = 'true'
            or labels['cloud.google.com/gke-preemptible'] = 'true'
            or labels['cloud.google.com/gke-provisioning'] in ('spot', 'preemptible'),
            false
        ) as is_spot,

        ---------- times
        created_at,
        snapshot_at

    from {{ source('kubernetes', 'kubernetes_nodes') }}

),

parsed as (

    select
        *,
        {{ extracted('provider_path', '/subscriptions/([^/]+)/') }} as subscription_id,
        {{ extracted('provider_path', '/resourcegroups/([^/]+)/') }} as resource_group,
        {{ extracted('provider_path', '/virtualmachinescalesets/([^/]+)/') }} as scale_set,
        {{ extracted('provider_path', '/virtualmachines/([^/]+)$') }} as azure_vm,
        {{ extracted('provider_path', '^aws://[^/]*/[^/]*/(i-[0-9a-z]+)$') }} as instance_id,
        {{ extracted('provider_path', '^gce://([^/]+)/[^/]+/[^/]+$') }} as project_id,
        {{ extracted('provider_path', '^gce://[^/]+/[^/]+/([^/]+)$') }} as gce_name,
        -- A fault domain is no zone.
        coalesce(
            {{ extracted('provider_path', '^gce://[^/]+/([^/]+)/[^/]+$') }},
            {{ extracted('provider_path', '^aws://[^/]*/([^/]*)/') }},
            case when zone_label like '%-%' then zone_label end
        ) as availability_zone,
        lower(node_name) as lower_name,
        regexp_extract(lower(node_name), '[0-9a-z]{6}$', 0) as name_suffix
    from labelled

),

final as (

    select
        ---------- ids
        cluster,
        node_name,
        provider_id,
        snapshot_id,
        -- What int_machine_hours calls the machine, if the provider id says.
        case provider
            when 'AWS' then instance_id
            when 'Google Cloud' then {{ extracted('provider_path', '^gce://([^/]+/[^/]+/[^/]+)$') }}
            when 'Microsoft'
                then '/' || {{ extracted('provider_path', '^azure:/+(subscriptions/.+)$') }}
        end as machine_id,
        coalesce(subscription_id, project_id) as sub_account_id,
        coalesce(resource_group, azure_node_group) as resource_group,
        coalesce(scale_set || '_' || azure_vm, azure_vm, instance_id, gce_name) as vm_name,
        -- What the name of the node says: a machine of its own name, an EC2 instance id, or, on a
        -- scale set of AKS, its name and the number of the machine in base 36.
        coalesce({{ extracted('lower_name', '^(i-[0-9a-f]+)[.]') }}, lower_name)
            as name_of_machine,
        case
            when name_suffix != '' and coalesce(provider, 'Microsoft') = 'Microsoft'
                then
                    substr(lower_name, 1, length(lower_name) - 6)
                    || '_'
                    || {{ base36_number('name_suffix') }}
        end as name_in_scale_set,

        ---------- dimensions
        provider,
        not is_unbilled and not is_autopilot as is_machine,
        is_autopilot,
        azure_node_group is not null as is_aks,
        instance_type,
        coalesce(
            region_label,
            case provider
                when 'Microsoft' then nullif(split_part(availability_zone, '-', 1), '')
                when 'Google Cloud'
                    then {{ extracted('availability_zone', '^(.+)-[a-z]$') }}
                -- us-east-1a, or us-east-1-bos-1a in a local zone
                when 'AWS'
                    then {{ extracted('availability_zone', '^([a-z]+(-[a-z]+)+-[0-9]+)') }}
            end
        ) as region_id,
        availability_zone,
        case when os_label = 'windows' then 'Windows' else 'Linux' end as operating_system,
        is_spot,

        ---------- times
        created_at,
        snapshot_at

    from parsed

)

select * from final
