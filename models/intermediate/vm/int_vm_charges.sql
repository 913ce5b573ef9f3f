-- Charges of virtual machines with the measures of the VM cost report, each under its price.

{%- set hours_of_reservation -%}
    vm_hours * coalesce(normalization_factor / factor_of_reservation, 1)
{%- endset %}

with

charges as (

    select * from {{ ref('int_vm_cost_classes') }}
    where vm_name is not null

),

sizes as (

    select * from {{ ref('int_vm_sizes') }}

),

prices as (

    select * from {{ ref('int_vm_reservation_prices') }}

),

quantities as (

    select * from {{ ref('int_commitment_quantities') }}

),

sized as (

    select
        charges.*,
        sizes.normalization_factor,
        sizes.normalization_source,
        sizes.reservation_factor as factor_of_reservation,
        quantities.purchased_quantity,
        prices.price_offer_id,
        prices.price_source as found_price_source,
        prices.hourly_price as found_price,
        charges.reservation_id is not null
        or coalesce(
            charges.commitment_discount_type = 'Committed Use Discount'
            and charges.commitment_discount_status = 'Used',
            false
        ) as is_reserved
    from charges
    left join sizes
        on
            -- A condition on charges alone would keep DuckDB from joining by hash.
            case when charges.vm_hours is not null then charges.unit_id end = sizes.unit_id
            and charges.provider = sizes.provider
            and charges.instance_type is not distinct from sizes.instance_type
            and charges.reservation_id is not distinct from sizes.reservation_id
    left join quantities
        on
            charges.unit_id = quantities.unit_id
            and charges.provider = quantities.provider
            and charges.reservation_id = quantities.reservation_id
            and charges.charge_date = quantities.charge_date
    left join prices
        on
            charges.unit_id = prices.unit_id
            and charges.billing_account_id is not distinct from prices.billing_account_id
            and charges.sub_account_id is not distinct from prices.sub_account_id
            and charges.offer_id is not distinct from prices.offer_id
            and charges.on_demand_sku_id = prices.on_demand_sku_id
            and charges.billing_currency is not distinct from prices.billing_currency

),

priced as (

    select
        *,
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
    from sized

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

final as (

    select
        *,
        case when is_reserved then coalesce(reservation_id, commitment_discount_id) end
            as covering_id,
        case
            when {{ var('vm_report_purchased_quantity') }}
                then factor_of_reservation * coalesce(purchased_quantity, 1)
            else factor_of_reservation
        end as reservation_factor,
        case
            when not is_reserved then null
            when {{ var('vm_report_reservation_hours') }}
                then {{ money(hours_of_reservation) }}
            else vm_hours
        end as reserved_hours,
        case
            when is_reserved then {{ money('vm_hours * coalesce(normalization_factor, 1)') }}
            else vm_hours
        end as scaled_hours,
        {{ money('vm_hours * normalization_factor') }} as normalized_hours,
        case when is_reserved then {{ money('vm_hours * normalization_factor') }} end
            as normalized_reserved_hours,
        case
            when not counts_as_compute or price_source is null then compute_cost
            when price_source in ('public price', 'line price') then public_list_cost
            else {{ money('hourly_price * coalesce(vm_hours, 0)') }}
        end as compute_cost_before_ri
    from costed

)

select * from final
