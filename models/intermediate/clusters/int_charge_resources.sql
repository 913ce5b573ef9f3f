{{ config(materialized='units') }}

with

charges as (

    select * from {{ ref('charges') }}
    where {{ of_units() }}

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        sub_account_id,
        resource_group,
        resource_id,
        tag_set_id,

        ---------- dimensions
        service_name,
        max(lower(coalesce(
            resource_group,
            {{ extracted('lower(resource_id)', '/resourcegroups/([^/]+)') }}
        ))) as group_name,
        max(region_id) as region_id,
        bool_or(is_kubernetes) as is_kubernetes,

        ---------- quantities
        cast(sum(line_count) as bigint) as line_count

    from charges
    group by all

)

select * from final
