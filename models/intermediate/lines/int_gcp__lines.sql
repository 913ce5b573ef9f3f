with

billing_lines as (

    select * from {{ ref('stg_gcp__billing_lines') }}

),

final as (

    select
        ---------- ids
        export_name,
        bill,
        billing_period,
        'Google Cloud' as provider,
        sku_id,
        tag_set_id,
        subscription_id as commitment_discount_id,
        {{ absent(['reservation_id', 'order_id', 'vm_reservation_id']) }},

        ---------- dimensions
        tags,
        sku_description as sku_name,
        service_name as sku_category,
        billing_currency,
        usage_unit,
        sku_description as commitment_name,
        {{ absent([
            'sku_subcategory', 'payment_option', 'instance_type', 'reserved_instance_type',
            'commitment_ends_at',
        ]) }},
        lower(sku_description) like '%commitment%'
        or lower(sku_description) like '%committed use%' as is_purchase,
        false as is_machine_usage,
        false as gives_all,

        ---------- quantities
        try_cast(regexp_extract(sku_description, '([0-9]+) [Yy]ear', 1) as integer) * 12
            as term_months,
        {{ absent(['stated_factor', 'vcpus'], 'double') }},
        {{ absent(['purchased_quantity', 'priced_hours', 'priced_cost'], 'decimal(38, 18)') }},

        ---------- costs
        cost as committed_cost,
        cost + credits_cost as billed_cost,
        cost
        + resource_cud_credits_cost
        + flexible_cud_credits_cost
        + fee_utilization_offset_cost as cost_to_amortize,
        lacks_cost

    from billing_lines

)

select * from final
