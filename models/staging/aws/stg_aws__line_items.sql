with

-- Declared columns only: what else a file has must not reach a name of the models.
renamed as (

    select
        ---------- ids
        export as export_name,
        bill,
        billing_period,
        nullif(bill_invoice_id, '') as invoice_id,
        nullif(bill_payer_account_id, '') as billing_account_id,
        nullif(line_item_usage_account_id, '') as sub_account_id,
        nullif(line_item_resource_id, '') as resource_id,
        -- A rate code is sku.offer.dimension. Reports of chosen columns may have neither: what is
        -- sold is told by usage type and operation, too.
        coalesce(
            {{ first_text('product_sku', "split_part(pricing_rate_code, '.', 1)") }},
            case
                when
                    line_item_line_item_type like '%Usage'
                    or line_item_line_item_type like '%Discount'
                    then concat_ws(
                        ' ', nullif(line_item_usage_type, ''), nullif(line_item_operation, '')
                    )
            end
        ) as sku_id,
        nullif(pricing_rate_code, '') as sku_price_id,
        nullif(savings_plan_savings_plan_a_r_n, '') as savings_plan_arn,
        -- A capacity reservation holds machines; it is no discount.
        case
            when reservation_reservation_a_r_n not like '%:capacity-reservation/%'
                then nullif(reservation_reservation_a_r_n, '')
        end as reservation_arn,
        tag_set_id,

        ---------- dimensions
        coalesce(nullif(upper(line_item_currency_code), ''), stated_currency) as billing_currency,
        nullif(bill_payer_account_name, '') as billing_account_name,
        nullif(line_item_usage_account_name, '') as sub_account_name,
        nullif(bill_billing_entity, '') as billing_entity,
        nullif(bill_invoicing_entity, '') as invoicing_entity,
        nullif(line_item_legal_entity, '') as legal_entity,
        nullif(line_item_line_item_type, '') as charge_type,
        nullif(line_item_line_item_description, '') as charge_description,
        nullif(line_item_product_code, '') as product_code,
        {{ first_text('product_product_name', "product['product_name']") }} as product_name,
        nullif(product_product_family, '') as product_family,
        nullif(line_item_operation, '') as operation,
        nullif(line_item_usage_type, '') as usage_type,
        nullif(pricing_unit, '') as usage_unit,
        nullif(line_item_availability_zone, '') as availability_zone,
        nullif(coalesce(
            nullif(product_region_code, ''),
            nullif(product_region, ''),
            nullif(product['region'], ''),
            -- us-east-1a, or us-east-1-bos-1a in a local zone
            regexp_extract(line_item_availability_zone, '^[a-z]+(-[a-z]+)+-[0-9]+', 0)
        ), '') as region,
        coalesce(
            nullif(product_instance_type, ''),
            {{ ec2_instance_type('line_item_usage_type', 'line_item_line_item_description') }}
        ) as instance_type,
        coalesce(
            nullif(product_operating_system, ''),
            nullif(product['operating_system'], ''),
            {{ ec2_operating_system('line_item_line_item_description', 'line_item_operation') }}
        ) as operating_system,
        {{ first_text('savings_plan_purchase_term', 'pricing_lease_contract_length') }}
            as commitment_term,
        {{ first_text('savings_plan_payment_option', 'pricing_purchase_option') }}
            as commitment_payment_option,
        resource_tags as tags,
        cost_category as cost_categories,

        ---------- quantities
        line_item_usage_amount as usage_quantity,
        line_item_normalization_factor as normalization_factor,
        line_item_normalized_usage_amount as normalized_usage_quantity,
        reservation_number_of_reservations as reserved_instances,
        reservation_total_reserved_units as reserved_quantity,
        reservation_total_reserved_normalized_units as reserved_normalized_quantity,
        reservation_unused_quantity,
        reservation_unused_normalized_unit_quantity as reservation_unused_normalized_quantity,

        ---------- costs
        coalesce(line_item_unblended_cost, 0) as unblended_cost,
        line_item_unblended_cost is null as lacks_cost,
        line_item_net_unblended_cost as net_unblended_cost,
        -- A public price in another currency than the bill's says nothing about the bill.
        case
            when
                coalesce(
                    nullif(upper(pricing_currency), '')
                    = nullif(upper(line_item_currency_code), ''),
                    true
                )
                then pricing_public_on_demand_cost
        end as public_on_demand_cost,
        reservation_effective_cost,
        reservation_net_effective_cost,
        reservation_amortized_upfront_cost_for_usage as reservation_used_upfront,
        reservation_amortized_upfront_fee_for_billing_period as reservation_upfront_fee,
        reservation_net_amortized_upfront_fee_for_billing_period as reservation_net_upfront_fee,
        reservation_unused_amortized_upfront_fee_for_billing_period as reservation_unused_upfront,
        reservation_net_unused_amortized_upfront_fee_for_billing_period
            as reservation_net_unused_upfront,
        reservation_unused_recurring_fee as reservation_unused_recurring,
        reservation_net_unused_recurring_fee as reservation_net_unused_recurring,
        savings_plan_savings_plan_effective_cost as savings_plan_effective_cost,
        savings_plan_net_savings_plan_effective_cost as savings_plan_net_effective_cost,
        savings_plan_total_commitment_to_date as savings_plan_commitment,
        savings_plan_used_commitment,
        savings_plan_amortized_upfront_commitment_for_billing_period as savings_plan_upfront,
        savings_plan_net_amortized_upfront_commitment_for_billing_period
            as savings_plan_net_upfront,
        savings_plan_recurring_commitment_for_billing_period as savings_plan_recurring,
        savings_plan_net_recurring_commitment_for_billing_period as savings_plan_net_recurring,

        ---------- times
        cast(coalesce(line_item_usage_start_date, bill_billing_period_start_date) as date)
            as charge_date,
        {{ first_text('savings_plan_end_time', 'reservation_end_time') }} as commitment_ends_at

    from {{ source('aws', 'aws_cur') }}

),

flagged as (

    select
        *,
        charge_type like '%Discount' as is_discount,
        -- Split cost allocation (EKS, ECS) tells again, by pod, what the instance's line tells.
        coalesce(operation in ('EKSPod-EC2', 'ECSTask-EC2'), false) as is_split_cost,
        -- A machine's hours or a discount on them; not its traffic, its credits or capacity that
        -- is held and unused. The product family may be blank on spot.
        (
            charge_type in ('Usage', 'DiscountedUsage', 'DiscountUsage', 'SavingsPlanCoveredUsage')
            or charge_type like '%Discount'
        )
        and product_code = 'AmazonEC2'
        and operation like 'RunInstances%'
        and coalesce(product_family like 'Compute Instance%', usage_type like '%Usage%')
        and usage_type not like '%DataXfer%'
        and usage_type not like '%Unused%'
        and {{ is_ec2_id('resource_id', 'instance', 'i') }} as is_machine
    from renamed

)

select * from flagged
