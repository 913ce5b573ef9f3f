{{ config(materialized='table') }}

with

-- The name of a machine may be given again to the next one, of another type.
nodes as (

    select
        node_machines.provider,
        node_machines.machine_id,
        case when count(*) = count(nodes.created_date) then min(nodes.created_date) end
            as created_date
    from {{ ref('int_node_machines') }} as node_machines
    inner join {{ ref('int_nodes') }} as nodes on node_machines.node_id = nodes.node_id
    where nodes.is_current
    group by node_machines.provider, node_machines.machine_id

),

days as (

    select
        days.*,
        nodes.created_date,
        -- The day of its creation is the machine's before, too, if there was one.
        days.charge_date > nodes.created_date
        or days.charge_date = nodes.created_date
        and min(days.charge_date) over machine = nodes.created_date
            as is_of_node
    from {{ ref('int_machine_daily_prices') }} as days
    left join nodes
        on days.provider = nodes.provider and days.machine_id = nodes.machine_id
    where days.is_in_window or days.is_in_last_month
    window machine as (partition by days.provider, days.machine_id, days.billing_currency)

),

told as (

    select
        *,
        coalesce(
            bool_or(is_of_node and is_in_window and vm_hours > 0)
                over (partition by provider, machine_id, billing_currency),
            false
        ) as has_days_of_node
    from days

),

machine_days as (

    select
        *,
        case when has_days_of_node then created_date end as first_date
    from told
    where is_of_node or not has_days_of_node

),

summed as (

    select
        ---------- ids
        provider,
        machine_id,
        billing_currency,
        max(sub_account_id) as sub_account_id,
        max(resource_id) as resource_id,
        max(resource_group) as resource_group,

        ---------- dimensions
        max(region_id) as region_id,
        max_by(instance_type, case when instance_type is not null then charge_date end)
            as instance_type,
        max_by(operating_system, case when operating_system is not null then charge_date end)
            as operating_system,

        ---------- quantities
        sum(case when is_in_window and vm_hours > 0 then vm_hours else 0 end) as vm_hours,
        {% for model_hours in pricing_model_hours().values() -%}
            sum(case when is_in_last_month then {{ model_hours }} else 0 end) as {{ model_hours }},
        {% endfor %}
        ---------- costs
        nullif({{ money('avg(case when is_in_window then hourly_price end)') }}, 0)
            as hourly_price,
        {{ money('avg(case when is_in_window then list_hourly_price end)') }} as list_hourly_price,

        ---------- times
        max(first_date) as first_date,
        max(window_end) as window_end

    from machine_days
    group by provider, machine_id, billing_currency

),

final as (

    select
        *,
        {{ largest_pricing_model() }} as pricing_model,
        greatest(
            cast(
                window_end - interval {{ var('node_price_window_days') }} day + interval 1 day
                as date
            ),
            first_date
        ) as window_start
    from summed
    where vm_hours > 0

)

select * from final
