-- The same rows with the texts, names and categories that FOCUS has for them.

with

parts as (

    select * from {{ ref('int_charges__parts') }}

),

skus as (

    select * from {{ ref('skus') }}

),

tag_sets as (

    select * from {{ ref('tag_sets') }}

),

commitment_discounts as (

    select * from {{ ref('commitment_discounts') }}

),

services as (

    select * from {{ ref('focus_services') }}

),

regions as (

    select * from {{ ref('focus_regions') }}

),

units as (

    select * from {{ ref('focus_units') }}

),

resource_types as (

    select * from {{ ref('focus_resource_types') }}

),

keyed as (

    select
        parts.*,
        skus.sku_name,
        tag_sets.tags,
        commitment_discounts.commitment_name,
        -- Azure's meter category says more than its resource provider.
        case
            when parts.provider = 'Microsoft' then coalesce(skus.sku_category, parts.service_name)
            else parts.service_name
        end as delivered_service,
        case parts.provider
            when 'Microsoft'
                then regexp_extract(parts.resource_id, '.*/providers/([^/]+/[^/]+)/', 1)
            when 'Google Cloud'
                then lower(regexp_extract(parts.resource_id, '/([^/.]+)/[^/]+$', 1))
            when 'AWS'
                then case
                    when lower(parts.resource_id) like 'arn:%'
                        then concat(
                            split_part(lower(parts.resource_id), ':', 3),
                            ':',
                            regexp_extract(
                                split_part(lower(parts.resource_id), ':', 6), '^[^/]*', 0
                            )
                        )
                    when regexp_extract(parts.resource_id, '^[a-z]+-[0-9a-f]{8,}$', 0) != ''
                        then regexp_extract(parts.resource_id, '^([a-z]+)-', 1)
                    else lower(parts.service_name)
                end
        end as delivered_resource_type,
        {{ unit_spelling('parts.usage_unit') }} as delivered_unit,
        {{ unit_spelling('commitment_discounts.usage_unit') }} as delivered_commitment_unit
    from parts
    left join skus
        on
            parts.unit_id = skus.unit_id
            and parts.provider = skus.provider
            and parts.sku_id = skus.sku_id
    left join tag_sets
        on
            parts.unit_id = tag_sets.unit_id
            and parts.provider = tag_sets.provider
            and parts.tag_set_id = tag_sets.tag_set_id
    left join commitment_discounts
        on
            parts.unit_id = commitment_discounts.unit_id
            and parts.provider = commitment_discounts.provider
            and parts.commitment_discount_id = commitment_discounts.commitment_discount_id

),

final as (

    select
        keyed.*,
        coalesce(services.service_name, keyed.delivered_service, 'Other') as focus_service,
        coalesce(services.service_category, 'Other') as focus_category,
        coalesce(services.service_subcategory, 'Other (Other)') as focus_subcategory,
        coalesce(regions.region_name, keyed.region_id) as region_name,
        coalesce(
            resource_types.resource_type, nullif(keyed.delivered_resource_type, ''), 'Resource'
        ) as resource_type,
        regexp_extract(keyed.resource_id, '([^/:]+)[/:]*$', 1) as resource_name,
        coalesce(units.unit, 'Units') as focus_unit,
        coalesce(commitment_units.unit, 'Units') as commitment_unit,
        case
            when keyed.commitment_discount_id is null then null
            when keyed.commitment_discount_type = 'Savings Plan' then 'Spend'
            when keyed.commitment_discount_type = 'Reservation' then 'Usage'
            when keyed.commitment_name like 'Commitment - dollar based%' then 'Spend'
            when keyed.commitment_name like 'Commitment%' then 'Usage'
            else 'Spend'
        end as commitment_category
    from keyed
    left join services
        on
            keyed.provider = services.provider
            and lower(keyed.delivered_service) = services.service
    left join regions
        on
            keyed.provider = regions.provider
            and keyed.region_id = regions.region_id
    left join units on keyed.delivered_unit = units.spelling
    left join units as commitment_units
        on keyed.delivered_commitment_unit = commitment_units.spelling
    left join resource_types
        on
            keyed.provider = resource_types.provider
            and keyed.delivered_resource_type = resource_types.delivered_type

)

select * from final
