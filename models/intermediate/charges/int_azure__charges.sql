with

cost_lines as (

    select * from {{ ref('int_azure__paired_lines') }}

),

classified as (

    select
        cost_lines.*,
        bills.unit_id,
        bills.scope,
        bills.gives_billed or cost_lines.gives_all as gives_billed,
        bills.gives_amortized or cost_lines.gives_all as gives_amortized,
        coalesce(charge_types.charge_category, 'Usage') as charge_category,
        nullif(charge_types.charge_class, '') as charge_class,
        coalesce(charge_types.in_kubecost_scope, true) as in_kubecost_scope,
        coalesce(regions.region_id, lower(cost_lines.region)) as region_id,
        -- The meter's category may be in another language.
        coalesce(
            service_categories.service_category, case when is_vm then 'Compute' end, 'Other'
        ) as service_category,
        -- Tax, credits and adjustments may name a commitment; they are neither its use nor its fee.
        {{ azure_is_committed('cost_lines.') }}
        and coalesce(charge_types.charge_category, 'Usage') in ('Usage', 'Purchase')
            as is_commitment,
        {{ azure_is_unused('cost_lines.') }} as is_unused,
        coalesce(charge_types.charge_category, 'Usage') = 'Usage'
        and not {{ azure_is_unused('cost_lines.') }} as is_usage,
        {{ azure_price_units() }} as price_units,
        quantity * {{ azure_price_units() }} as priced_quantity,
        -- Usage is in both files of a pair and counts once; unused hours are in the amortized only.
        bills.gives_billed or cost_lines.is_unpaired or {{ azure_is_unused('cost_lines.') }}
            as is_counted
    from cost_lines
    inner join {{ ref('int_bills') }} as bills using (export_name, bill, billing_period)
    {{ join_seeds(
        'Microsoft', 'cost_lines.charge_type', 'cost_lines.region', 'cost_lines.meter_category'
    ) }}
    where bills.kind = 'azure_cost'

),

priced as (

    select
        classified.*,
        {{ azure_public_cost('priced_quantity') }} as public_cost,
        meter_prices.public_price as meter_price
    from classified
    left join {{ ref('int_azure__meter_prices') }} as meter_prices
        on
            -- A condition on lines alone would keep DuckDB from joining by hash.
            case when classified.is_commitment and classified.is_usage then classified.unit_id end
            = meter_prices.unit_id
            and coalesce(classified.consumption_meter_id, classified.sku_id) = meter_prices.sku_id
            and classified.unit_of_measure is not distinct from meter_prices.unit_of_measure
            and classified.billing_currency is not distinct from meter_prices.billing_currency
            and coalesce(classified.is_vm and not classified.is_vm_licence, false)
            = meter_prices.is_machine_usage

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_period,
        coalesce(billing_account_id, subscription_id) as billing_account_id, -- as OpenCost does
        subscription_id as sub_account_id,
        subscription_name as sub_account_name,
        resource_id,
        provider_id,
        sku_id,
        tag_set_id,
        case when is_commitment then commitment_id end as commitment_discount_id,
        case when is_vm and is_usage and not is_vm_licence then vm_reservation_id end
            as reservation_id,
        offer_id,
        -- Legacy reserved lines are on a meter without a price of its own (Reservation-Base VM).
        case
            when is_vm and is_usage and not is_vm_licence and vm_reservation_id is not null
                then coalesce(consumption_meter_id, sku_id)
        end as on_demand_sku_id,

        ---------- dimensions
        charge_date,
        region_id,
        availability_zone,
        consumed_service as service_name,
        service_category,
        charge_type,
        charge_category,
        charge_class,
        case
            when is_commitment and pricing_model = 'reservation' then 'Reserved'
            when is_commitment then 'Savings Plan'
            when charge_category != 'Usage' then null
            when pricing_model = 'spot' then 'Spot'
            when pricing_model = 'ondemand' then 'On-Demand'
        end as pricing_model,
        case
            when is_commitment and pricing_model = 'reservation' then 'Reservation'
            when is_commitment then 'Savings Plan'
        end as commitment_discount_type,
        case
            when is_commitment and is_unused then 'Unused'
            when is_commitment and is_usage then 'Used'
        end as commitment_discount_status,
        billing_currency,
        in_kubecost_scope,
        false as is_kubernetes_service,
        case when is_vm and is_usage then vm_name end as vm_name,
        resource_group,
        case when is_vm and is_usage then instance_type end as instance_type,
        case when is_vm and is_usage then operating_system end as operating_system,

        ---------- quantities
        unit_of_measure as usage_unit,
        case when is_counted then quantity end as usage_quantity,
        case
            when not is_vm or is_vm_licence or not is_usage or not is_counted then null
            -- In "100 Hours" too the quantity of a machine is in hours, unless its price is.
            when price_units > 1 then {{ money('nullif(quantity, 0) * price_units') }}
            else nullif(quantity, 0)
        end as vm_hours,
        -- In hours of the size that was bought. A purchase is for its term, an instalment for a
        -- month.
        case
            when not (is_commitment and pricing_model = 'reservation' and is_counted) then null
            when is_usage
                then {{ money('cast(quantity as double) * coalesce(normalization_ratio, 1)') }}
            when charge_category = 'Purchase' and is_hours
                then {{ money(
                    'cast(quantity as double) * 730'
                    ~ " * case frequency when 'recurring' then 1 else term_months end"
                ) }}
            else quantity
        end as commitment_quantity,
        cast(1 as bigint) as line_count,

        ---------- costs
        case when is_counted then coalesce(payg_cost, cost) else 0 end as list_cost,
        case when gives_billed then cost else 0 end as net_cost,
        case when gives_amortized then cost else 0 end as amortized_net_cost,
        case when gives_billed then cost else 0 end as invoiced_cost,
        case when gives_amortized then cost else 0 end as amortized_cost,
        case
            -- A commitment's fee, refund and unused hours are no usage; what it covers has a price.
            when not is_counted or (is_commitment and not is_usage) then 0
            when not is_usage then cost
            when public_cost is not null then public_cost
            -- Reserved usage has no pay-as-you-go price; EA gives the negotiated one.
            when is_commitment and unit_price > 0
                then {{ money('cast(unit_price as double) * priced_quantity * exchange_rate') }}
            -- Customer agreements give none: what its meter costs in the bill, else 0, which
            -- readers take for not known. Its cost is what the commitment costs, or nothing.
            when is_commitment
                then coalesce({{ money('meter_price * cast(quantity as double)') }}, 0)
            else cost
        end as public_list_cost,
        cast(0 as decimal(38, 18)) as commitment_share_cost,
        cast(0 as decimal(38, 18)) as commitment_to_come_cost

    from priced

)

select * from final
