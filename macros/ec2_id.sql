{#- Whether a resource id names a thing of EC2: by its bare id, or by the ARN that ends in it. -#}
{% macro is_ec2_id(resource_id, kind, prefix) -%}
    ({{ resource_id }} like '{{ prefix }}-%'
    or {{ resource_id }} like 'arn:aws%:ec2:%:{{ kind }}/{{ prefix }}-%')
{%- endmacro %}

{#- The bare id of an EC2 instance, NULL where the resource is none. -#}
{% macro ec2_instance(resource_id) -%}
    case
        when {{ is_ec2_id(resource_id, 'instance', 'i') }}
            then {{ extracted(resource_id, '([^/]*)$') }}
    end
{%- endmacro %}
