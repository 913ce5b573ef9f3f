{#- The cluster whose control plane, or part of it, a resource of the provider's Kubernetes service
    is: EKS's ARNs, AKS's managed clusters and GKE's clusters name it. Clusters of other services
    (ECS, Dataproc, RDS) are none of Kubernetes. -#}
{% macro control_plane_of(provider, resource_id, service_name) -%}
    case {{ provider }}
        when 'AWS'
            then {{ extracted(
                resource_id,
                '^arn:aws[^:]*:eks:[^:]*:[^:]*:(?:cluster|nodegroup|fargateprofile|addon|pod'
                ~ '|access-entry|podidentityassociation|identityproviderconfig|capability)/([^/]+)'
            ) }}
        when 'Microsoft'
            then {{ extracted(
                'lower(' ~ resource_id ~ ')',
                '/providers/microsoft[.]containerservice/managedclusters/([^/]+)'
            ) }}
        when 'Google Cloud'
            then coalesce(
                {{ extracted(resource_id, 'container[.]googleapis[.]com/.*/clusters/([^/]+)') }},
                case
                    when {{ service_name }} = 'Kubernetes Engine'
                        then {{ extracted(resource_id, '(?:^|/)clusters/([^/]+)') }}
                end
            )
    end
{%- endmacro %}
