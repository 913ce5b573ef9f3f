{{ config(materialized='table') }}

with

machine_hours as (

    select * from {{ ref('machine_hours_daily') }}

),

windows as (

    select * from {{ ref('int_price_windows') }}

),

daily as (

    select
        ---------- ids
        machine_hours.provider,
        machine_hours.machine_id,
        machine_hours.charge_date,
        machine_hours.billing_currency,
        max(machine_hours.sub_account_id) as sub_account_id,
        max(machine_hours.resource_id) as resource_id,
        max(machine_hours.resource_group) as resource_group,
        max(machine_hours.vm_name) as vm_name,

        ---------- dimensions
        max(machine_hours.region_id) as region_id,
        max(machine_hours.availability_zone) as availability_zone,
        max(machine_hours.instance_type) as instance_type,
        -- Only licences of Google Cloud name a system; the rest of the machine is Linux.
        coalesce(
            max(case when machine_hours.operating_system = 'Windows' then 'Windows' end),
            max(machine_hours.operating_system),
            'Linux'
        ) as operating_system,
        max(windows.last_complete_date) as window_end,

        ---------- quantities
        sum(machine_hours.vm_hours) as vm_hours,
        sum(machine_hours.unpriced_hours) as unpriced_hours,
        {% for model_hours in pricing_model_hours().values() -%}
            sum(machine_hours.{{ model_hours }}) as {{ model_hours }},
        {% endfor %}
        ---------- costs
        sum(machine_hours.cost) as cost,
        sum(machine_hours.list_cost) as list_cost

    from machine_hours
    inner join windows
        on
            machine_hours.scope = windows.scope
            and machine_hours.charge_date <= windows.last_date
    group by
        machine_hours.provider,
        machine_hours.machine_id,
        machine_hours.charge_date,
        machine_hours.billing_currency

),

final as (

    select
        ---------- ids
        provider,
        machine_id,
        charge_date,
        billing_currency,
        sub_account_id,
        resource_id,
        resource_group,
        vm_name,

        ---------- dimensions
        region_id,
        availability_zone,
        instance_type,
        operating_system,
        {{ largest_pricing_model() }} as pricing_model,
        window_end,
        charge_date <= window_end
        and charge_date > window_end - interval {{ var('node_price_window_days') }} day
            as is_in_window,
        charge_date <= window_end and charge_date > window_end - interval 30 day
            as is_in_last_month,

        ---------- quantities
        vm_hours,
        {% for model_hours in pricing_model_hours().values() -%}
            {{ model_hours }},
        {% endfor %}
        ---------- costs
        -- Machines without hours on a day have no price on it, whatever they cost.
        case
            when vm_hours > 0 and vm_hours > unpriced_hours
                then cast(cost as double) / cast(vm_hours - unpriced_hours as double)
        end as hourly_price,
        case
            when vm_hours > 0 and list_cost > 0
                then cast(list_cost as double) / cast(vm_hours as double)
        end as list_hourly_price

    from daily

)

select * from final
