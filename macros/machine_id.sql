{#- The machine of a charge, named as stg_kubernetes__nodes does, where the line says enough. -#}
{% macro machine_id(charges) -%}
    coalesce(
        case
            when {{ charges }}.provider = 'AWS'
                then {{ extracted(charges ~ '.vm_name', '(i-[0-9a-z]+)') }}
            when {{ charges }}.provider = 'Google Cloud'
                then lower(concat_ws(
                    '/',
                    {{ charges }}.sub_account_id,
                    coalesce(
                        {{ extracted(charges ~ '.resource_id', '/zones/([^/]+)/') }},
                        {{ charges }}.availability_zone
                    ),
                    {{ charges }}.vm_name
                ))
            when {{ charges }}.resource_id not like '/subscriptions/%' then null
            when {{ charges }}.resource_id like '%/virtualmachines/%' then {{ charges }}.resource_id
            -- Lines of a scale set carry its id; the name ends in the machine's number.
            when {{ charges }}.resource_id like '%/virtualmachinescalesets/%'
                then
                    {{ charges }}.resource_id
                    || '/virtualmachines/'
                    || regexp_extract({{ charges }}.vm_name, '[^_]*$', 0)
        end,
        lower(concat_ws(
            '/', {{ charges }}.sub_account_id, {{ charges }}.resource_group, {{ charges }}.vm_name
        ))
    )
{%- endmacro %}
