with

line_items as (

    select * from {{ ref('int_aws__line_roles') }}

),

final as (

    select
        ---------- ids
        export_name,
        bill,
        billing_period,
        'AWS' as provider,
        sku_id,
        tag_set_id,
        -- Of what names a commitment only: nothing.
        case when commitment_role is not null then commitment_id end as commitment_discount_id,
        reservation_arn as reservation_id,
        {{ absent(['order_id']) }},
        case when is_machine then reservation_arn end as vm_reservation_id,

        ---------- dimensions
        tags,
        usage_type as sku_name,
        coalesce(product_family, product_code) as sku_category,
        operation as sku_subcategory,
        billing_currency,
        usage_unit,
        charge_description as commitment_name,
        commitment_payment_option as payment_option,
        coalesce(commitment_role in ('recurring fee', 'upfront fee'), false) as is_purchase,
        is_machine and not is_discount as is_machine_usage,
        false as gives_all,
        instance_type,
        -- Covered usage is of any size of the family; the fee is of the size that was bought.
        case
            when not is_of_savings_plan and commitment_role in ('recurring fee', 'upfront fee')
                then instance_type
        end as reserved_instance_type,

        ---------- quantities
        try_cast(regexp_extract(commitment_term, '^([0-9]+)', 1) as integer) * 12 as term_months,
        case when commitment_role = 'recurring fee' then reserved_instances end
            as purchased_quantity,
        cast(normalization_factor as double) as stated_factor,
        {{ absent(['vcpus'], 'double') }},
        {{ absent(['priced_hours'], 'decimal(38, 18)') }},

        ---------- costs
        -- What a bill adds up to, and what a commitment costs in it, takes all lines of the bill:
        -- int_aws__amounts, int_aws__commitments.
        {{ absent(
            ['priced_cost', 'committed_cost', 'billed_cost', 'cost_to_amortize'], 'decimal(38, 18)'
        ) }},
        lacks_cost,

        ---------- times
        commitment_ends_at

    from line_items

)

select * from final
