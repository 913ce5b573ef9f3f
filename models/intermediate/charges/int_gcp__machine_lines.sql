-- Lines of bills with the part of a machine that their SKU is, and the machine's key. Only
-- Compute Engine bills machines: what other services name after cores or memory is theirs.

with

lines as (

    select * from {{ ref('stg_gcp__billing_lines') }}

),

bills as (

    select * from {{ ref('int_bills') }}
    where kind = 'gcp_billing'

),

sku_parts as (

    select * from {{ ref('int_gcp__sku_parts') }}

),

parted as (

    select
        bills.unit_id,
        bills.scope,
        lines.*,
        case
            when
                coalesce(
                    lines.service_id = '6F81-5844-456A',
                    lines.service_name = 'Compute Engine',
                    false
                )
                then nullif(sku_parts.machine_part, 'none')
        end as machine_part,
        sku_parts.machine_family
    from lines
    inner join bills using (export_name, bill, billing_period)
    left join sku_parts
        on
            bills.unit_id = sku_parts.unit_id
            and lines.sku_description = sku_parts.sku_description

),

final as (

    select
        *,
        -- Sole-tenant nodes are billed like machines; the machines are those that run on them.
        case
            when machine_part is null or cost_type != 'regular' then null
            when lower(resource_global_name) like '%/nodes/%' then null
            when lower(resource_global_name) like '%/nodegroups/%' then null
            else coalesce(resource_global_name, project_id || '/' || resource_name)
        end as machine_key
    from parted

)

select * from final
