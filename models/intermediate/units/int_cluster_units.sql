-- The units in which clusters are told: a build, and what the node lists say of its resources.
{{ config(materialized='table') }}

with

bills as (

    select
        unit_id,
        sum(line_count) as line_count
    from {{ ref('int_shown_bills') }}
    group by unit_id

),

resources as (

    select * from {{ ref('int_charge_resources') }}

),

-- What of a build a hint may be about: a resource, a group, or any name of a cluster.
hintable as (

    {% for hint, hinted in [
        ('resource', 'resource_id'), ('group', 'group_name'), ('name', 'cast(null as string)')
    ] -%}
        select distinct
            unit_id,
            provider,
            '{{ hint }}' as hint,
            {{ hinted }} as hinted
        from resources
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

found as (

    select distinct
        hintable.unit_id,
        hints.hint,
        hints.hinted,
        hints.cluster
    from hintable
    inner join {{ ref('int_cluster_hints') }} as hints
        on
            hintable.provider = hints.provider
            and hintable.hint = hints.hint
            and hintable.hinted is not distinct from
            case when hints.hint != 'name' then hints.hinted end

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
