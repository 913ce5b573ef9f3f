with

lines as (

    select * from {{ ref('int_aws__amortized_lines') }}

),

final as (

    select
        ---------- ids
        unit_id,
        'AWS' as provider,
        scope,
        billing_period,
        billing_account_id,
        sub_account_id,
        sub_account_name,
        resource_id,
        provider_id,
        sku_id,
        tag_set_id,
        commitment_discount_id,
        case when is_machine and commitment_role = 'use' then reservation_arn end as reservation_id,
        {{ absent(['offer_id', 'on_demand_sku_id']) }},

        ---------- dimensions
        charge_date,
        region_id,
        availability_zone,
        -- The product codes of Marketplace, unlike those of AWS's own services, say nothing.
        case
            when billing_entity = 'AWS Marketplace' and product_code = lower(product_code)
                then coalesce(product_name, product_code)
            else product_code
        end as service_name,
        service_category,
        charge_type,
        charge_category,
        charge_class,
        pricing_model,
        commitment_discount_type,
        case
            when is_unused then 'Unused'
            when commitment_discount_type is not null and charge_category = 'Usage' then 'Used'
        end as commitment_discount_status,
        billing_currency,
        in_kubecost_scope,
        is_kubernetes_service,
        case when is_machine then {{ ec2_instance('resource_id') }} end as vm_name,
        {{ absent(['resource_group']) }},
        case when is_machine then instance_type end as instance_type,
        case when is_machine then operating_system end as operating_system,

        ---------- quantities
        usage_unit,
        case
            when is_unused then reservation_unused_quantity
            -- These repeat the quantity of the lines that they reduce.
            when is_discount or commitment_role = 'negation' then null
            else usage_quantity
        end as usage_quantity,
        case
            when
                is_machine
                and not is_discount
                and coalesce(lower(usage_unit), 'hrs') in ('hrs', 'hours')
                then nullif(usage_quantity, 0)
        end as vm_hours,
        -- In hours of the size that was bought, of which a larger machine uses several.
        case
            when commitment_discount_type != 'Reservation' then null
            when is_unused and coalesce(reservation_unused_quantity, 0) = 0 and rest_is_unused
                then {{ money(
                    'cast(coalesce(nullif(reserved_quantity, 0), usage_quantity) as double)'
                    ~ ' * idle_rate'
                ) }}
            when is_unused then reservation_unused_quantity
            when is_fee then coalesce(nullif(reserved_quantity, 0), usage_quantity)
            -- The recurring fees tell, period by period, what it pays for.
            when commitment_role = 'upfront fee' then 0
            when commitment_role = 'use' then coalesce(
                {{ money(
                    'cast(nullif(normalized_usage_quantity, 0) as double) / reserved_factor'
                ) }},
                {{ money(
                    'cast(usage_quantity as double) * size_factor / reserved_factor'
                ) }},
                usage_quantity
            )
        end as commitment_quantity,
        cast(case when is_unused then 0 else 1 end as bigint) as line_count,

        ---------- costs
        list_cost,
        net_cost,
        amortized_net_cost,
        net_cost as invoiced_cost,
        amortized_cost,
        list_cost as public_list_cost,
        cast(0 as decimal(38, 18)) as commitment_share_cost,
        cast(commitment_to_come_cost as decimal(38, 18)) as commitment_to_come_cost

    from lines

)

select * from final
