{#- What the seeds say of a provider's line: of its code, its region and its service, in any letter
    case and punctuation. -#}
{% macro join_seeds(provider, charge_type, region, service) -%}
    left join {{ ref('charge_types') }} as charge_types
        on
            charge_types.provider = '{{ provider }}'
            and lower(replace({{ charge_type }}, ' ', '')) = charge_types.charge_type
    left join {{ ref('regions') }} as regions
        on
            regions.provider = '{{ provider }}'
            and translate(lower({{ region }}), ' -_.()', '') = regions.spelling
    left join {{ ref('service_categories') }} as service_categories
        on
            service_categories.provider = '{{ provider }}'
            and lower({{ service }}) = service_categories.service
{%- endmacro %}
