with

final as (

    select
        ---------- ids
        export as export_name,
        bill,
        billing_period,
        nullif(billing_account_id, '') as billing_account_id,
        nullif(project_id, '') as project_id,
        nullif(resource_name, '') as resource_name,
        nullif(resource_global_name, '') as resource_global_name,
        nullif(service_id, '') as service_id,
        nullif(labels['goog-originating-service-id'], '') as originating_service_id,
        nullif(sku_id, '') as sku_id,
        nullif(subscription_instance_id, '') as subscription_id,
        tag_set_id,

        ---------- dimensions
        lower(coalesce(nullif(cost_type, ''), 'regular')) as cost_type,
        nullif(adjustment_info_type, '') as adjustment_type,
        nullif(project_name, '') as project_name,
        nullif(location_region, '') as region,
        nullif(location_zone, '') as availability_zone,
        nullif(service_description, '') as service_name,
        coalesce(sku_description, '') as sku_description,
        -- Lines outside any commitment state the model 'Default'; lines older than the column none.
        nullif(nullif(consumption_model_description, ''), 'Default') as consumption_model,
        nullif(system_labels['compute.googleapis.com/machine_spec'], '') as stated_machine_type,
        lower(system_labels['compute.googleapis.com/is_unused_reservation']) = 'true'
            as is_unused_reservation,
        coalesce(nullif(upper(currency), ''), stated_currency) as billing_currency,
        -- Labels, and tags of the Resource Manager under keys that are no label's.
        {{ maps_merged('labels', 'tags') }} as tags,

        ---------- quantities
        try_cast(system_labels['compute.googleapis.com/cores'] as double) as stated_cores,
        -- In the unit of the price; where the line states none, base units as what prices are for.
        coalesce(
            usage_amount_in_pricing_units,
            case lower(usage_unit)
                when 'seconds' then {{ quantity('usage_amount / 3600') }}
                when 'bytes' then {{ quantity('usage_amount / 1073741824') }}
                when 'byte-seconds' then {{ quantity('usage_amount / 1073741824 / 3600') }}
                else {{ quantity('usage_amount') }}
            end
        ) as usage_quantity,
        case
            when usage_amount_in_pricing_units is not null then nullif(usage_pricing_unit, '')
            else
                case lower(usage_unit)
                    when 'seconds' then 'hour'
                    when 'bytes' then 'gibibyte'
                    when 'byte-seconds' then 'gibibyte hour'
                    else nullif(usage_unit, '')
                end
        end as usage_unit,
        coalesce(nullif(currency_conversion_rate, 0), 1) as currency_per_dollar,

        ---------- costs
        coalesce(cost, 0) as cost,
        cost is null as lacks_cost,
        coalesce(cost_at_list, cost, 0) as public_list_cost,
        coalesce(credits_cost, 0) as credits_cost,
        credit_amounts,
        coalesce(credit_amounts['COMMITTED_USAGE_DISCOUNT'], 0) as resource_cud_credits_cost,
        coalesce(credit_amounts['COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE'], 0)
            as flexible_cud_credits_cost,
        coalesce(credit_amounts['FEE_UTILIZATION_OFFSET'], 0) as fee_utilization_offset_cost,

        ---------- times
        usage_start_time as usage_started_at,
        cast(usage_start_time as date) as charge_date

    from {{ source('gcp', 'gcp_billing') }}

)

select * from final
