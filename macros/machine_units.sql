{#- Units of a Google Cloud SKU in one hour of its machine; NULL where its quantity tells no hours.
    Google, "General-purpose machine family": shared-core machines show 2 vCPUs and are billed a part
    of one; f1-micro and g1-small are billed by the machine. "Accelerator-optimized machine family":
    machines whose cores are not billed (A4, TPUs) are billed by the accelerators in their name. -#}
{% macro machine_units(type_name) -%}
    case
        when machine_part = 'machine' then 1
        when machine_part = 'core'
            then coalesce(
                case
                    when {{ type_name }} like 'e2-custom-micro%' then 0.25
                    when {{ type_name }} like 'e2-custom-small%' then 0.5
                    when {{ type_name }} like 'e2-custom-medium%' then 1
                    when billed_vcpus != vcpus then billed_vcpus
                end,
                nullif(known_cores, 0),
                vcpus,
                -- n2-standard-4, custom-4-16384, n2-custom-4-16384-ext
                {{ number_in(type_name, '^(?:[a-z][a-z0-9]*-)?[a-z]+-([0-9]+)(?:-|$)') }}
            )
        -- a4-highgpu-8g, ct5lp-hightpu-4t, a4x-maxgpu-4g-metal
        when machine_part in ('gpu', 'tpu') and not has_cores
            then {{ number_in(type_name, '-([0-9]+)[gt](?:-|$)') }}
    end
{%- endmacro %}

{% macro number_in(text, pattern) -%}
    nullif(try_cast({{ extracted(text, pattern) }} as double), 0)
{%- endmacro %}
