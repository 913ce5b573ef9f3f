with

machine_hours as (

    select * from {{ ref('machine_hours_daily') }}

),

windows as (

    select * from {{ ref('int_price_windows') }}

),

final as (

    select
        machine_hours.*,

        ---------- dimensions
        {{ largest_pricing_model() }} as pricing_model,
        windows.last_complete_date as window_end,
        machine_hours.charge_date <= windows.last_complete_date
        and machine_hours.charge_date
        > windows.last_complete_date - interval {{ var('node_price_window_days') }} day
            as is_in_window,
        machine_hours.charge_date <= windows.last_complete_date
        and machine_hours.charge_date > windows.last_complete_date - interval 30 day
            as is_in_last_month,

        ---------- costs
        -- Machines without hours on a day have no price on it, whatever they cost.
        case
            when
                machine_hours.vm_hours > 0
                and machine_hours.vm_hours > machine_hours.unpriced_hours
                then
                    cast(machine_hours.cost as double)
                    / cast(machine_hours.vm_hours - machine_hours.unpriced_hours as double)
        end as hourly_price,
        case
            when machine_hours.vm_hours > 0 and machine_hours.list_cost > 0
                then
                    cast(machine_hours.list_cost as double)
                    / cast(machine_hours.vm_hours as double)
        end as list_hourly_price

    from machine_hours
    inner join windows
        on
            machine_hours.scope = windows.scope
            and machine_hours.charge_date <= windows.last_date

)

select * from final
