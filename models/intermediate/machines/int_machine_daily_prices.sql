with

machine_hours as (

    select * from {{ ref('int_machine_hours') }}

),

windows as (

    select * from {{ ref('int_price_windows') }}

),

final as (

    select
        machine_hours.*,
        windows.last_complete_date as window_end,
        machine_hours.charge_date <= windows.last_complete_date
        and machine_hours.charge_date
        > windows.last_complete_date - interval {{ var('node_price_window_days') }} day
            as is_in_window,
        machine_hours.charge_date <= windows.last_complete_date
        and machine_hours.charge_date > windows.last_complete_date - interval 30 day
            as is_in_last_month
    from machine_hours
    inner join windows
        on
            machine_hours.scope = windows.scope
            and machine_hours.charge_date <= windows.last_date

)

select * from final
