-- Of all machines, those whose price may tell that of a node, or of a machine without a price: of
-- the same type and system in the same region.
with

machine_days as (

    select * from {{ ref('machine_days') }}

),

wanted as (

    select
        provider,
        region_id,
        lower(instance_type) as instance_type,
        operating_system
    from {{ ref('int_nodes') }}
    union
    select
        provider,
        region_id,
        lower(instance_type) as instance_type,
        operating_system
    from {{ ref('unpriced_days') }}

),

final as (

    select machine_days.*
    from machine_days
    inner join wanted
        on
            machine_days.provider = wanted.provider
            and machine_days.region_id = wanted.region_id
            and lower(machine_days.instance_type) = wanted.instance_type
            and machine_days.operating_system = wanted.operating_system

)

select * from final
