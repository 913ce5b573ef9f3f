{#- What the words of a line say of a machine, read alike from native exports and from FOCUS. -#}

{#- Of EC2: on spot maybe only in the usage type (SpotUsage:m5.large) or in the description
    (m5.large Linux/UNIX Spot Instance-hour in ...). -#}
{% macro ec2_instance_type(usage_type, description) -%}
    nullif(coalesce(
        nullif(split_part({{ usage_type }}, ':', 2), ''),
        case
            when {{ description }} like '%Spot Instance%'
                then split_part({{ description }}, ' ', 1)
        end
    ), '')
{%- endmacro %}

{#- Of EC2: by the description, else by what the operation says is billed with the image ("AMI
    billing information fields": RunInstances:0002, on spot RunInstances:SV001). -#}
{% macro ec2_operating_system(description, operation) -%}
    case
        when {{ description }} like '%Windows%' then 'Windows'
        when {{ description }} like '%RHEL%' then 'RHEL'
        when {{ description }} like '%SUSE%' then 'SUSE'
        when {{ description }} like '%Linux%' then 'Linux'
        -- Most lines of a bill are no machines, and patterns cost.
        when {{ operation }} not like 'RunInstances%' then null
        when {{ operation }} = 'RunInstances' then 'Linux'
        when regexp_extract({{ operation }}, '^RunInstances:([0-9a-z]{3}[26]|0800)', 0) != ''
            then 'Windows'
        when regexp_extract({{ operation }}, '^RunInstances:[0-9a-z]{2}[1g]', 0) != '' then 'RHEL'
        when {{ operation }} like 'RunInstances:000g%' then 'SUSE'
        when {{ operation }} like 'RunInstances:0g00%' then 'Ubuntu Pro'
        -- Spot, and SQL Server on Linux.
        when regexp_extract({{ operation }}, '^RunInstances:(SV|0004|0100|0200)', 0) != ''
            then 'Linux'
    end
{%- endmacro %}

{#- Of Azure: whether a meter is of software on a machine, and its hours not the machine's. -#}
{% macro azure_is_vm_licence(meter_category, meter_name, usage_type) -%}
    (
        coalesce({{ meter_category }}, '') = 'Virtual Machines Licenses'
        or coalesce({{ meter_name }}, '') like 'Reservation-Windows Svr%'
        or coalesce({{ usage_type }}, '') = 'ComputeHR_SW'
    )
{%- endmacro %}

{#- Of Azure, whose meters name Windows and nothing else. Azure Hybrid Benefit runs Windows on the
    meter without licence; only the image tells. -#}
{% macro azure_operating_system(meter_words, image_type) -%}
    case
        when {{ meter_words }} like '%windows%' or lower({{ image_type }}) like '%windows%'
            then 'Windows'
        else 'Linux'
    end
{%- endmacro %}

{#- Of Google Cloud: the system that a licence is for. -#}
{% macro gcp_operating_system(sku_words) -%}
    case
        when {{ sku_words }} like '%windows%' then 'Windows'
        when regexp_extract({{ sku_words }}, 'red hat|rhel|suse|sles|ubuntu', 0) != '' then 'Linux'
    end
{%- endmacro %}
