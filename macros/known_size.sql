{#- What of a size the seeds name: on AWS what follows the point, on Azure the size that a promotional
    or constrained one comes from; on Google Cloud the type, unless it is custom. -#}
{% macro known_size(provider, instance_type) -%}
    case
        when {{ provider }} = 'AWS' then {{ aws_size(instance_type) }}
        when {{ provider }} = 'Microsoft' then {{ azure_size_key(instance_type) }}
        when {{ extracted(instance_type, '^(?:[a-z][a-z0-9]*-)?custom-([a-z0-9]+)-') }} is not null
            then null
        else {{ instance_type }}
    end
{%- endmacro %}
