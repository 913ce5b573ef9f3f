-- Charges with the cost classes that their service or SKU matches.

with

charges as (

    select * from {{ ref('charges') }}
    where {{ is_in_vm_report() }}

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
        skus.unit_id,
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

matched as (

    select
        charges.*,
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
            as is_network
    from charges
    left join service_classes
        on
            charges.provider = service_classes.provider
            and lower(charges.service_name) = service_classes.service_name
    left join sku_classes
        on
            charges.unit_id = sku_classes.unit_id
            and charges.provider = sku_classes.provider
            and charges.sku_id = sku_classes.sku_id

),

classed as (

    select
        *,
        is_network
        and ({{ var('vm_report_overlapping_cost_classes') }} or not is_applications)
            as counts_as_network,
        vm_name is not null
        and (
            {{ var('vm_report_overlapping_cost_classes') }}
            or not (is_applications or is_network)
        ) as counts_as_compute
    from matched

),

final as (

    select
        *,
        case when is_applications then invoiced_cost else 0 end as applications_cost,
        case when counts_as_network then invoiced_cost else 0 end as network_cost
    from classed

)

select * from final
