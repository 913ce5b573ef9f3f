-- The units in which clusters are told: a build, and what the node lists say of its resources.
{{ config(materialized='table') }}

with

bills as (

    select
        unit_id,
        sum(line_count) as line_count
    from {{ ref('int_bills') }}
    group by unit_id

),

resources as (

    select
        unit_id,
        provider,
        resource_id,
        group_name
    from {{ ref('int_charge_resources') }}
    group by all

),

hints as (

    select * from {{ ref('int_cluster_hints') }}

),

found as (

    select
        resources.unit_id,
        hints.hint,
        hints.hinted,
        hints.cluster
    from resources
    inner join hints
        on
            resources.provider = hints.provider
            and resources.resource_id = hints.hinted
            and hints.hint = 'resource'
    union
    select
        resources.unit_id,
        hints.hint,
        hints.hinted,
        hints.cluster
    from resources
    inner join hints
        on
            resources.provider = hints.provider
            and resources.group_name = hints.hinted
            and hints.hint = 'group'
    union
    select
        resources.unit_id,
        hints.hint,
        hints.hinted,
        hints.cluster
    from (
        select
            unit_id,
            provider
        from resources
        group by all
    ) as resources
    inner join hints on resources.provider = hints.provider and hints.hint = 'name'

),

digests as (

    select
        unit_id,
        {{ set_digest("concat_ws('|', hint, hinted, cluster)") }} as hints_digest
    from found
    group by unit_id

),

final as (

    select
        {{ text_key(['bills.unit_id', 'digests.hints_digest']) }} as unit_id,
        bills.unit_id as bill_unit_id,
        bills.line_count
    from bills
    left join digests on bills.unit_id = digests.unit_id

)

select * from final
