with

lines as (

    select * from {{ ref('int_gcp__machine_lines') }}

),

machines as (

    select * from {{ ref('int_gcp__machines') }}

),

machine_types as (

    select * from {{ ref('gcp_machine_types') }}

),

described as (

    select
        lines.*,
        coalesce(lines.stated_machine_type, machines.machine_type) as machine_type,
        coalesce(lines.stated_cores, machines.stated_cores) as known_cores,
        coalesce(machines.has_cores, false) as has_cores
    from lines
    left join machines
        on lines.unit_id = machines.unit_id and lines.machine_key = machines.machine_key

),

classified as (

    select
        described.*,
        {{ machine_units('lower(described.machine_type)') }} as machine_units,

        -- How the line charges for a commitment: 'flexible' (older model: fees beside credits on
        -- the usage), 'offset' (model of 2025: the fee is credited back as it is used, usage comes
        -- at its discounted price) or 'resource' (cores and memory; also "Commitment: Compute
        -- optimized Core ..."). Google: "Spend-based CUD data model updates".
        case
            when described.cost_type != 'regular' then null
            when described.sku_description like 'Commitment - dollar based v1:%' then 'flexible'
            when described.fee_utilization_offset_cost != 0 then 'offset'
            when
                described.subscription_id is not null
                and described.consumption_model is null
                and lower(described.sku_description) like '%committed use discount%'
                then 'offset'
            when described.sku_description like 'Commitment v1:%' then 'resource'
            when described.sku_description like 'Commitment: %' then 'resource'
        end as commitment_fee,

        described.resource_cud_credits_cost
        + described.flexible_cud_credits_cost
        + described.fee_utilization_offset_cost as cud_credits_cost

    from described
    left join machine_types on lower(described.machine_type) = machine_types.machine_type

),

final as (

    select
        *,
        cost_type = 'regular'
        and commitment_fee is null
        and (flexible_cud_credits_cost != 0 or resource_cud_credits_cost != 0)
            as has_commitment_credits,

        -- What a commitment is shared by: fees and the usage they cover meet in one day and product
        -- (spend-based) or in one day, region, machine family and part (resource-based).
        {{ gcp_day_of('coalesce(originating_service_id, service_id)') }} as product_day_id,
        -- Google, "Compute flexible CUDs": fees of Compute Engine cover Kubernetes Engine, Cloud
        -- Run and its functions, too.
        case
            when service_id in ('CCD8-9BF1-090E', '152E-C115-5142', '29E7-DA93-CA13')
                then {{ gcp_day_of("'6F81-5844-456A'") }}
        end as compute_day_id,
        {{ gcp_day_of('region, machine_family, machine_part') }} as machine_day_id,

        -- The part of the quantity that a resource-based commitment covered.
        cast(usage_quantity as double)
        * -cast(resource_cud_credits_cost as double)
        / cast(nullif(cost, 0) as double) as covered_units

    from classified

)

select * from final
