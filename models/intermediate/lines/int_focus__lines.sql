with

charges as (

    select * from {{ ref('int_focus__described_lines') }}

),

final as (

    select
        ---------- ids
        export_name,
        bill,
        billing_period,
        provider,
        sku_id,
        tag_set_id,
        commitment_id as commitment_discount_id,
        case when commitment_type = 'Reservation' then commitment_id end as reservation_id,
        {{ absent(['order_id', 'payment_option', 'commitment_ends_at']) }},
        case when commitment_type = 'Reservation' then commitment_id end as vm_reservation_id,

        ---------- dimensions
        tags,
        sku_name,
        sku_category,
        sku_subcategory,
        billing_currency,
        coalesce(commitment_unit, usage_unit) as usage_unit,
        commitment_name,
        true as is_purchase,
        -- FOCUS states no factors, so that those of the tables count; other providers have none.
        provider in ('AWS', 'Microsoft')
        and is_vm
        and not is_vm_licence
        and charge_category = 'Usage'
        and instance_type is not null as is_machine_usage,
        false as gives_all,
        instance_type,
        -- Named by default after what was bought, as Microsoft names orders.
        {{ extracted('commitment_name', '(Standard_[^, ]+|Basic_[^, ]+)') }}
            as reserved_instance_type,

        ---------- quantities
        term_months,
        {{ absent(['stated_factor', 'vcpus'], 'double') }},
        {{ absent(
            ['purchased_quantity', 'priced_hours', 'priced_cost', 'committed_cost'],
            'decimal(38, 18)'
        ) }},

        ---------- costs
        coalesce(stated_net_cost, billed_cost) as billed_cost,
        coalesce(stated_amortized_cost, effective_cost) as cost_to_amortize,
        lacks_cost

    from charges

)

select * from final
