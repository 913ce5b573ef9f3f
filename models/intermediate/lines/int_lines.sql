{%- set columns = [
    'export_name', 'bill', 'billing_period', 'provider', 'sku_id', 'tag_set_id',
    'commitment_discount_id', 'reservation_id', 'order_id', 'vm_reservation_id', 'tags', 'sku_name',
    'sku_category', 'sku_subcategory', 'billing_currency', 'usage_unit', 'commitment_name',
    'payment_option', 'is_purchase', 'is_machine_usage', 'gives_all', 'instance_type',
    'reserved_instance_type', 'term_months', 'purchased_quantity', 'stated_factor', 'vcpus',
    'priced_hours', 'priced_cost', 'committed_cost', 'commitment_ends_at',
] -%}

with

final as (

    {{ union_by_name(
        [
            ref('int_aws__lines'),
            ref('int_azure__lines'),
            ref('int_gcp__lines'),
            ref('int_focus__lines'),
        ],
        columns,
    ) }}

)

select * from final
