with

lines as (

    select * from {{ ref('int_aws__lines') }}

),

costed as (

    select
        *,
        case
            when is_unused or is_discount then 0
            when is_savings_plan_upfront_fee or is_reservation_upfront_fee then 0
            when charge_type in ('RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanNegation') then 0
            -- Spot, Marketplace and free tier have no public price.
            else coalesce(nullif(public_on_demand_cost, 0), unblended_cost)
        end as list_cost,
        case
            when is_unused then 0
            -- The net cost of the discounted lines has these already.
            when is_discount and has_net then coalesce(net_unblended_cost, 0)
            else coalesce(net_unblended_cost, unblended_cost)
        end as net_cost,
        -- As summary_view.sql of the cloud-intelligence-dashboards-framework (AWS) has it.
        case
            when not is_amortized then unblended_cost
            when charge_type in ('DiscountedUsage', 'DiscountUsage')
                then coalesce(reservation_effective_cost, unblended_cost)
            when charge_type = 'RIFee' and is_unused
                then
                    coalesce(reservation_unused_upfront, 0)
                    + coalesce(reservation_unused_recurring, 0)
            when charge_type = 'SavingsPlanCoveredUsage'
                then coalesce(savings_plan_effective_cost, 0)
            when charge_type = 'SavingsPlanRecurringFee' and is_unused
                then
                    coalesce(savings_plan_commitment, 0)
                    - coalesce(savings_plan_used_commitment, 0)
            when charge_type in ('RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanNegation') then 0
            when is_savings_plan_upfront_fee or is_reservation_upfront_fee then 0
            else unblended_cost
        end as amortized_cost,
        -- AWS states the net of a plan's commitment, not of its unused part.
        case
            when commitment_payment_option = 'All Upfront'
                then cast(savings_plan_net_upfront as double) / nullif(savings_plan_upfront, 0)
            else cast(savings_plan_net_recurring as double) / nullif(savings_plan_recurring, 0)
        end as commitment_net_ratio
    from lines

),

netted as (

    select
        *,
        case
            when not has_net then amortized_cost
            when not is_amortized then net_cost
            when charge_type in ('DiscountedUsage', 'DiscountUsage')
                then coalesce(reservation_net_effective_cost, reservation_effective_cost, net_cost)
            when charge_type = 'RIFee' and is_unused
                then
                    coalesce(reservation_net_unused_upfront, reservation_unused_upfront, 0)
                    + coalesce(reservation_net_unused_recurring, reservation_unused_recurring, 0)
            when charge_type = 'SavingsPlanCoveredUsage'
                then coalesce(savings_plan_net_effective_cost, savings_plan_effective_cost, 0)
            when charge_type = 'SavingsPlanRecurringFee' and is_unused
                then coalesce({{ money('amortized_cost * commitment_net_ratio') }}, amortized_cost)
            when charge_type in ('RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanNegation') then 0
            when is_savings_plan_upfront_fee or is_reservation_upfront_fee then 0
            else net_cost
        end as amortized_net_cost
    from costed
    where not is_unused or amortized_cost != 0

),

final as (

    select
        ---------- ids
        build_id,
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
        case when is_machine and not is_discount then reservation_arn end as reservation_id,
        cast(null as string) as offer_id,
        cast(null as string) as on_demand_sku_id,

        ---------- dimensions
        charge_date,
        region_id,
        availability_zone,
        product_code as service_name,
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
        case when is_machine then resource_id end as vm_name,
        cast(null as string) as resource_group,
        case when is_machine then instance_type end as instance_type,
        case when is_machine then operating_system end as operating_system,

        ---------- quantities
        usage_unit,
        case
            when is_unused then reservation_unused_quantity
            -- These repeat the quantity of the lines that they reduce.
            when is_discount or charge_type = 'SavingsPlanNegation' then null
            else usage_quantity
        end as usage_quantity,
        case
            when is_machine and not is_discount and coalesce(usage_unit, 'Hrs') in ('Hrs', 'Hours')
                then nullif(usage_quantity, 0)
        end as vm_hours,
        cast(case when is_unused then 0 else 1 end as bigint) as line_count,

        ---------- costs
        list_cost,
        net_cost,
        amortized_net_cost,
        net_cost as invoiced_cost,
        amortized_cost,
        list_cost as public_list_cost,
        cast(0 as decimal(38, 18)) as commitment_share_cost

    from netted

)

select * from final
