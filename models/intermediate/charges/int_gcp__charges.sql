with

lines as (

    select * from {{ ref('int_gcp__amortized_lines') }}

),

charge_types as (

    select *
    from {{ ref('charge_types') }}
    where provider = 'Google Cloud'

),

regions as (

    select *
    from {{ ref('regions') }}
    where provider = 'Google Cloud'

),

described as (

    select
        *,
        -- OpenCost: what follows the last slash of the name.
        {{ extracted('resource_name', '^(?:.+/)?(.*)$') }} as short_name,
        lower(sku_description) as sku_words,
        lower(coalesce(service_name, '')) as service_words,
        is_covered or commitment_fee is not null as is_commitment,
        machine_key is not null and commitment_fee is null as is_vm,
        -- Of what a core can be priced by: hours, seconds, minutes, days and months (of 730 hours);
        -- what is no time tells no hours.
        case
            when coalesce(lower(usage_unit), 'hour') like 'h%' then 1
            when lower(usage_unit) like 's%' then 3600
            when lower(usage_unit) like 'min%' then 60
            when lower(usage_unit) like 'd%' then 1 / cast(24 as double)
            when lower(usage_unit) like 'mo%' then 1 / cast(730 as double)
        end as units_per_hour
    from lines

),

final as (

    select
        ---------- ids
        lines.unit_id,
        'Google Cloud' as provider,
        lines.scope,
        lines.billing_period,
        lines.billing_account_id,
        lines.project_id as sub_account_id,
        lines.project_name as sub_account_name,
        coalesce(lines.resource_global_name, lines.resource_name) as resource_id,
        coalesce(
            lines.short_name,
            {{ extracted('lines.resource_global_name', '^(?:.+/)?(.*)$') }}
        ) as provider_id,
        lines.sku_id,
        lines.tag_set_id,
        case when lines.is_commitment then lines.subscription_id end as commitment_discount_id,
        {{ absent(['reservation_id', 'offer_id', 'on_demand_sku_id']) }},

        ---------- dimensions
        lines.charge_date,
        coalesce(regions.region_id, lower(lines.region)) as region_id,
        lines.availability_zone,
        lines.service_name,
        -- OpenCost: the first match counts.
        case
            when
                regexp_extract(
                    lines.sku_words,
                    'download|network|ingress|egress|static ip|external ip|load balanced',
                    0
                ) != ''
                then 'Network'
            when lines.sku_words like '%licensing fee%' then 'Other'
            when
                regexp_extract(lines.sku_words, 'storage|pd capacity|pd iops|pd snapshot', 0) != ''
                then 'Storage'
            when lines.service_words like '%storage%' then 'Storage'
            when lines.service_words like '%compute%' then 'Compute'
            when lines.service_words like '%sql%' then 'Storage'
            when lines.service_words like '%bigquery%' then 'Storage'
            when lines.service_words like '%kubernetes%' then 'Management'
            when lines.service_words like '%pub/sub%' then 'Network'
            else 'Other'
        end as service_category,
        lines.cost_type as charge_type,
        case
            when lines.is_unused_fee then 'Usage'
            when lines.commitment_fee is not null then 'Purchase'
            else coalesce(charge_types.charge_category, 'Usage')
        end as charge_category,
        nullif(adjustments.charge_class, '') as charge_class,
        case
            when lines.is_commitment then 'Committed Use Discount'
            when lines.cost_type != 'regular' then null
            -- Of TPUs the word alone: TpuV5e Spot.
            when lines.sku_words like '%preemptible%' or lines.sku_words like '% spot%'
                then 'Spot'
            else 'On-Demand'
        end as pricing_model,
        case when lines.is_commitment then 'Committed Use Discount' end
            as commitment_discount_type,
        case when lines.is_unused_fee then 'Unused' when lines.is_covered then 'Used' end
            as commitment_discount_status,
        lines.billing_currency,
        coalesce(charge_types.in_kubecost_scope, true) as in_kubecost_scope,
        false as is_kubernetes_service,
        case when lines.is_vm then lines.short_name end as vm_name,
        {{ absent(['resource_group']) }},
        case when lines.is_vm then lines.machine_type end as instance_type,
        -- Only licences tell.
        case
            when lines.is_vm and lines.machine_part = 'licence'
                then {{ gcp_operating_system('lines.sku_words') }}
        end as operating_system,

        ---------- quantities
        case when not lines.is_unused_fee then lines.usage_unit end as usage_unit,
        lines.usage_quantity,
        -- Core hours of the machine over its cores, in whatever time its price is for.
        case
            when lines.is_vm and not coalesce(lines.is_unused_reservation, false)
                then {{ money(
                    'nullif(lines.usage_quantity, 0)'
                    ~ ' / lines.machine_units / lines.units_per_hour'
                ) }}
        end as vm_hours,
        case when lines.is_commitment then lines.usage_quantity end as commitment_quantity,
        cast(lines.line_count as bigint) as line_count,

        ---------- costs
        cast(lines.list_cost as decimal(38, 18)) as list_cost,
        cast(lines.net_cost as decimal(38, 18)) as net_cost,
        cast(lines.amortized_net_cost as decimal(38, 18)) as amortized_net_cost,
        cast(lines.net_cost as decimal(38, 18)) as invoiced_cost,
        cast(lines.amortized_cost as decimal(38, 18)) as amortized_cost,
        cast(lines.public_list_cost as decimal(38, 18)) as public_list_cost,
        cast(lines.commitment_share_cost as decimal(38, 18)) as commitment_share_cost,
        cast(0 as decimal(38, 18)) as commitment_to_come_cost

    from described as lines
    left join charge_types
        on lower(replace(lines.cost_type, ' ', '')) = charge_types.charge_type
    left join charge_types as adjustments
        on 'adjustment:' || lower(lines.adjustment_type) = adjustments.charge_type
    left join regions on replace(lower(lines.region), '-', '') = regions.spelling

)

select * from final
