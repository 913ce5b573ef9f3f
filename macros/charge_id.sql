{#- The id of a charge: what names the line it is of, by these columns and no others, so that a column
    that `charges` gains leaves the ids that were published. One that rows of a build can differ in
    alone joins the end of the list, and only then; a test says so. 64 bits tell the charges of a
    build apart. -#}
{% macro charge_id() -%}
    left({{ text_key([
        'provider', 'scope', 'billing_period', 'billing_account_id', 'sub_account_id',
        'sub_account_name', 'resource_id', 'provider_id', 'sku_id', 'tag_set_id',
        'commitment_discount_id', 'reservation_id', 'offer_id', 'on_demand_sku_id', 'charge_date',
        'region_id', 'availability_zone', 'service_name', 'service_category', 'charge_type',
        'charge_category', 'charge_class', 'pricing_model', 'commitment_discount_type',
        'commitment_discount_status', 'billing_currency', 'in_kubecost_scope', 'vm_name',
        'resource_group', 'instance_type', 'operating_system', 'usage_unit',
        'is_kubernetes_service',
    ]) }}, 16)
{%- endmacro %}
