{#- What tells the size of an EC2 machine in aws_instance_sizes: what follows the point of its type,
    or the whole of it where that is a host of no stated size (m5.metal). -#}
{% macro aws_size(instance_type) -%}
    case
        when {{ instance_type }} like '%.metal' then {{ instance_type }}
        else split_part({{ instance_type }}, '.', 2)
    end
{%- endmacro %}
