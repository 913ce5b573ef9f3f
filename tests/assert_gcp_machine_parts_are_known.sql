{{ config(severity='warn') }}
-- A SKU of Compute Engine that seeds/gcp_machine_parts.csv lacks keeps its cost and is no part of a
-- machine; core lines of machines whose type nobody tells have no hours. This names both and the
-- money at stake, so that a row of the seed, or the label, can settle it.
with

charges as (

    select
        charges.*,
        skus.sku_name,
        sku_parts.machine_part
    from {{ ref('charges') }} as charges
    inner join {{ ref('skus') }} as skus
        on
            charges.unit_id = skus.unit_id
            and charges.provider = skus.provider
            and charges.sku_id = skus.sku_id
    inner join {{ ref('int_gcp__sku_parts') }} as sku_parts
        on charges.unit_id = sku_parts.unit_id and skus.sku_name = sku_parts.sku_description
    where charges.provider = 'Google Cloud' and charges.service_name = 'Compute Engine'

)

select
    sku_name,
    case when machine_part is null then 'unknown part of a machine' else 'unknown machine type' end
        as finding,
    billing_currency,
    sum(line_count) as lines,
    sum(invoiced_cost) as cost
from charges
where
    machine_part is null
    or (
        machine_part = 'core'
        and vm_name is not null
        and instance_type is null
        and vm_hours is null
        and usage_quantity != 0
    )
group by all
