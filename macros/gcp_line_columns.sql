{#- What describes a Google Cloud line and is no amount: the grain that its helpers hand on. -#}
{% macro gcp_line_columns() -%}
    unit_id, scope, billing_period, billing_account_id, project_id, project_name, resource_name,
    resource_global_name, service_id, sku_id, subscription_id, tag_set_id, cost_type,
    adjustment_type, region, availability_zone, service_name, sku_description, consumption_model,
    machine_type, machine_part, is_unused_reservation, billing_currency, commitment_fee,
    machine_key, machine_units, usage_unit, charge_date
{%- endmacro %}
