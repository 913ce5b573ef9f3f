with

cost_lines as (

    select * from {{ ref('int_azure__paired_lines') }}

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
        case when {{ azure_is_committed() }} then commitment_id end as commitment_discount_id,
        -- /providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{reservation}
        regexp_extract(commitment_id, '([^/]+)$', 1) as reservation_id,
        coalesce(
            {{ extracted('commitment_id', '(?:reservation|savingsplan)orders/([^/]+)') }},
            -- A purchase names its order as the reservation.
            case when {{ azure_is_purchase() }} then commitment_id end,
            vm_reservation_order_id
        ) as order_id,
        vm_reservation_id,

        ---------- dimensions
        tags,
        meter_name as sku_name,
        meter_category as sku_category,
        meter_subcategory as sku_subcategory,
        billing_currency,
        unit_of_measure as usage_unit,
        coalesce(product_order_name, reservation_name) as commitment_name,
        {{ absent(['payment_option', 'commitment_ends_at']) }},
        {{ azure_is_purchase() }} as is_purchase,
        is_vm and not is_vm_licence as is_machine_usage,
        gives_all,
        instance_type,
        -- Reserved VM Instance, Standard_DS1_v2, US East, 1 Year
        {{ extracted('product_order_name', '(Standard_[^, ]+|Basic_[^, ]+)') }}
            as reserved_instance_type,

        ---------- quantities
        term_months,
        quantity as purchased_quantity,
        normalization_ratio as stated_factor,
        vcpus,
        case
            when not {{ azure_is_priced() }} then null
            when {{ azure_price_units() }} > 1
                then {{ money('quantity * ' ~ azure_price_units()) }}
            else quantity
        end as priced_hours,

        ---------- costs
        case when {{ azure_is_priced() }} then cost end as priced_cost,
        {{ absent(['committed_cost'], 'decimal(38, 18)') }},
        cost as billed_cost,
        cost as cost_to_amortize,
        lacks_cost

    from cost_lines

)

select * from final
