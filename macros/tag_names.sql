{#- One tag, one name. The cost and usage report writes the keys of user tags as user_cost_center, or
    resourceTags/user:cost-center; elsewhere they are as they were given. -#}
{% macro bare_tag_key(provider, key) -%}
    case
        when {{ provider }} = 'AWS'
            then regexp_replace({{ key }}, '(?i)^(resource_?tags[/_])?(user[:_])?', '')
        else {{ key }}
    end
{%- endmacro %}

{#- The name that keys are compared by: letters and digits of any alphabet, in lower case. Without
    punctuation altogether, because the report writes CostCenter as cost_center. -#}
{% macro tag_name(bare_key) -%}
    coalesce(nullif(lower({{ letters_and_digits(bare_key, "''") }}), ''), {{ bare_key }})
{%- endmacro %}

{#- The same for people: punctuation as underscores. -#}
{% macro tag_label(bare_key) -%}
    coalesce(
        nullif(trim(both '_' from lower({{ letters_and_digits(bare_key, "'_'") }})), ''),
        {{ bare_key }}
    )
{%- endmacro %}

{#- The name of the tag that tells a line's cluster, as seeds/tag_names.csv has it. -#}
{% macro cluster_tag() -%}
    'kubernetescluster'
{%- endmacro %}
