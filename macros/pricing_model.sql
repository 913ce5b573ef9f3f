{#- Pricing models with the columns that hold their hours, in the order that decides a tie. -#}
{% macro pricing_model_hours() -%}
    {{ return({
        'Reserved': 'reserved_hours',
        'Savings Plan': 'savings_plan_hours',
        'Committed Use Discount': 'committed_use_hours',
        'Spot': 'spot_hours',
        'On-Demand': 'on_demand_hours',
    }) }}
{%- endmacro %}

{#- The pricing model with the largest quantity; NULL when none has any. -#}
{% macro largest_pricing_model() -%}
    {%- set models = pricing_model_hours() -%}
    case nullif(greatest({{ models.values() | join(', ') }}), 0)
    {%- for model, hours in models.items() %}
        when {{ hours }} then '{{ model }}'
    {%- endfor %}
    end
{%- endmacro %}

{#- The sum over the rows of one pricing model. -#}
{% macro sum_of_model(model, quantity) -%}
    sum(case when pricing_model = '{{ model }}' then {{ quantity }} else 0 end)
{%- endmacro %}
