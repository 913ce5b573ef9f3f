{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ drop_replaced_builds() }}"
) }}

with

charges as (

    select * from {{ ref('charges') }}
    where
        {{ is_new_build() }}
        and (invoiced_cost != 0 or vm_hours is not null or public_list_cost != 0)

),

skus as (

    select * from {{ ref('skus') }}

),

cost_criteria as (

    select * from {{ ref('cost_criteria') }}

),

service_classes as (

    select
        provider,
        pattern as service_name,
        bool_or(cost_class = 'Applications') as is_applications,
        bool_or(cost_class = 'Network') as is_network
    from cost_criteria
    where matched_column = 'service_name'
    group by all

),

sku_classes as (

    select
        skus.build_id,
        skus.provider,
        skus.sku_id,
        bool_or(cost_criteria.cost_class = 'Applications') as is_applications,
        bool_or(cost_criteria.cost_class = 'Network') as is_network
    from skus
    inner join cost_criteria
        on
            skus.provider = cost_criteria.provider
            and lower(
                case cost_criteria.matched_column
                    when 'sku_name' then skus.sku_name
                    when 'sku_category' then skus.sku_category
                    when 'sku_subcategory' then skus.sku_subcategory
                end
            ) like cost_criteria.pattern
    group by all

),

sizes as (

    select * from {{ ref('int_vm_sizes') }}

),

size_groups as (

    select
        lower(instance_type) as instance_type,
        min(size_flexibility_group) as size_flexibility_group
    from {{ ref('azure_instance_sizes') }}
    group by all

),

prices as (

    select * from {{ ref('int_vm_reservation_prices') }}

),

quantities as (

    select * from {{ ref('commitment_quantities') }}

),

classified as (

    select
        charges.*,
        sizes.normalization_factor,
        sizes.normalization_source,
        sizes.reservation_factor,
        quantities.purchased_quantity,
        coalesce(sizes.normalization_factor / sizes.reservation_factor, 1) as hours_of_reservation,
        prices.price_offer_id,
        prices.price_source as found_price_source,
        prices.hourly_price as found_price,
        coalesce(service_classes.is_applications, false)
        or coalesce(sku_classes.is_applications, false)
        -- What a machine is billed by the hour without running is its software.
        or coalesce(
            charges.provider = 'Microsoft'
            and charges.vm_name is not null
            and charges.vm_hours is null
            and charges.usage_quantity != 0,
            false
        ) as is_applications,
        coalesce(service_classes.is_network, false) or coalesce(sku_classes.is_network, false)
            as is_network,
        charges.vm_name is not null as is_compute,
        charges.vm_name is not null and (
            charges.reservation_id is not null
            or coalesce(
                charges.commitment_discount_type = 'Committed Use Discount'
                and charges.commitment_discount_status = 'Used',
                false
            )
        ) as is_reserved
    from charges
    left join service_classes
        on
            charges.provider = service_classes.provider
            and lower(charges.service_name) = service_classes.service_name
    left join sku_classes
        on
            charges.build_id = sku_classes.build_id
            and charges.provider = sku_classes.provider
            and charges.sku_id = sku_classes.sku_id
    left join sizes
        on
            charges.build_id = sizes.build_id
            and charges.provider = sizes.provider
            and charges.instance_type is not distinct from sizes.instance_type
            and charges.reservation_id is not distinct from sizes.reservation_id
            and charges.vm_hours is not null
    left join quantities
        on
            charges.build_id = quantities.build_id
            and charges.provider = quantities.provider
            and charges.reservation_id = quantities.reservation_id
            and charges.charge_date = quantities.charge_date
    left join prices
        on
            charges.build_id = prices.build_id
            and charges.billing_account_id is not distinct from prices.billing_account_id
            and charges.sub_account_id is not distinct from prices.sub_account_id
            and charges.offer_id is not distinct from prices.offer_id
            and charges.on_demand_sku_id = prices.on_demand_sku_id
            and charges.billing_currency is not distinct from prices.billing_currency

),

priced as (

    select
        *,
        is_network
        and ({{ var('vm_report_overlapping_cost_classes') }} or not is_applications)
            as counts_as_network,
        is_compute
        and (
            {{ var('vm_report_overlapping_cost_classes') }}
            or not (is_applications or is_network)
        ) as counts_as_compute,
        case
            when not is_reserved then null
            when found_price_source is not null then found_price_source
            when on_demand_sku_id is null and public_list_cost > 0 then 'public price'
            -- Without a price the public list cost is the cost, here the amortized one.
            when
                {{ var('vm_report_line_prices') }}
                and public_list_cost > 0
                and public_list_cost != amortized_net_cost
                then 'line price'
            else 'none'
        end as price_source
    from classified

),

costed as (

    select
        *,
        case
            when not counts_as_compute then 0
            -- What amortized exports show here is the reservation's fee.
            when reservation_id is not null then 0
            -- AWS takes the on-demand cost back on a line of its own, SavingsPlanNegation.
            when charge_type = 'SavingsPlanCoveredUsage' then 0
            else invoiced_cost
        end as compute_cost,
        case
            when price_source in ('public price', 'line price')
                then cast(public_list_cost as double) / cast(vm_hours as double)
            when price_source is not null then coalesce(found_price, 0)
        end as hourly_price
    from priced

),

daily as (

    select
        ---------- ids
        build_id,
        provider,
        scope,
        billing_period,
        sub_account_id,
        sub_account_name,
        case when vm_name is not null then resource_id end as resource_id,
        case when is_reserved then coalesce(reservation_id, commitment_discount_id) end
            as reservation_id,
        tag_set_id,

        ---------- dimensions
        charge_date,
        vm_name,
        resource_group,
        region_id,
        instance_type,
        operating_system,
        pricing_model,
        billing_currency,
        price_source,
        price_offer_id,
        normalization_source,

        ---------- quantities
        normalization_factor,
        reservation_factor
        * case
            when {{ var('vm_report_purchased_quantity') }} then coalesce(purchased_quantity, 1)
            else 1
        end
            as reservation_factor,
        sum(vm_hours) as vm_hours,
        sum(
            case
                when is_reserved
                    then
                        case
                            when {{ var('vm_report_reservation_hours') }}
                                then {{ money('vm_hours * hours_of_reservation') }}
                            else vm_hours
                        end
            end
        ) as reserved_hours,
        sum(
            case
                when is_reserved
                    then {{ money('vm_hours * coalesce(normalization_factor, 1)') }}
                else vm_hours
            end
        ) as scaled_hours,
        sum({{ money('vm_hours * normalization_factor') }}) as normalized_hours,
        sum(case when is_reserved then {{ money('vm_hours * normalization_factor') }} end)
            as normalized_reserved_hours,

        ---------- costs
        hourly_price,
        sum(case when is_applications then invoiced_cost else 0 end) as applications_cost,
        sum(compute_cost) as compute_cost,
        sum(
            case
                when not counts_as_compute or price_source is null then compute_cost
                when price_source in ('public price', 'line price') then public_list_cost
                else {{ money('hourly_price * coalesce(vm_hours, 0)') }}
            end
        ) as compute_cost_before_ri,
        sum(case when counts_as_network then invoiced_cost else 0 end) as network_cost,
        sum(invoiced_cost) as total_cost

    from costed
    group by all

),

final as (

    select
        daily.*,
        {{ machine_series('daily.provider', 'daily.instance_type') }} as machine_series,
        case
            when daily.provider = 'Google Cloud' then null
            when size_groups.size_flexibility_group is not null
                then size_groups.size_flexibility_group
            else {{ machine_series('daily.provider', 'daily.instance_type') }}
        end as normalized_machine_series
    from daily
    left join size_groups
        on
            daily.provider = 'Microsoft'
            and lower(daily.instance_type) = size_groups.instance_type

)

select * from final
