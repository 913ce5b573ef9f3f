{#- Series of a machine type: DSv2 Series of Standard_DS2_v2, of Standard_DS2_v2_Promo and of
    Standard_DS11-1_v2, m5 of m5.large, n2 of n2-standard-4, n1 of custom-4-16384. An Azure name that
    follows no pattern is its own series. -#}
{% macro machine_series(provider, instance_type) -%}
    case {{ provider }}
        when 'AWS' then split_part({{ instance_type }}, '.', 1)
        when 'Google Cloud'
            then
                case split_part({{ instance_type }}, '-', 1)
                    when 'custom' then 'n1'
                    else split_part({{ instance_type }}, '-', 1)
                end
        when 'Microsoft'
            then
                case
                    when regexp_extract({{ instance_type }}, '^[A-Za-z]+_([A-Za-z]+)[0-9]', 1) = ''
                        then {{ instance_type }}
                    else
                        regexp_extract({{ instance_type }}, '^[A-Za-z]+_([A-Za-z]+)[0-9]', 1)
                        || regexp_extract(
                            {{ instance_type }}, '^[A-Za-z]+_[A-Za-z]+[0-9]+(-[0-9]+)?([A-Za-z]*)', 2
                        )
                        || regexp_extract({{ instance_type }}, '_([vV][0-9]+)(_[A-Za-z]+)?$', 1)
                        || ' Series'
                end
    end
{%- endmacro %}
