with

machine_hours as (

    select
        scope,
        build_id,
        charge_date,
        vm_hours,
        cost
    from {{ ref('machine_hours_daily') }}

),

bills as (

    select
        build_id,
        cast(max(billing_period) || '-01' as date) + interval 1 month as period_end,
        max(loaded_at) as loaded_at
    from {{ ref('bills') }}
    group by build_id

),

days as (

    select
        machine_hours.scope,
        machine_hours.charge_date,
        -- Google's invoice months end at midnight in California: their last lines are of a day
        -- that the next month completes.
        bool_or(
            bills.loaded_at >= bills.period_end and machine_hours.charge_date < bills.period_end
        ) as is_period_over,
        max(machine_hours.vm_hours) > 0 as has_hours,
        max(abs(machine_hours.cost)) > 0 as has_cost
    from machine_hours
    inner join bills on machine_hours.build_id = bills.build_id
    group by machine_hours.scope, machine_hours.charge_date

),

-- An amortized export may lag behind the actual one: a day counts once both have it.
last_days as (

    select
        scope,
        least(
            max(case when has_hours then charge_date end),
            max(case when has_cost then charge_date end)
        ) as last_date
    from days
    group by scope

),

final as (

    select
        ---------- ids
        last_days.scope,

        ---------- dimensions
        last_days.last_date,
        -- A day is complete when the bill has a later one, or when its period was over at the load.
        max(case
            when days.charge_date < last_days.last_date or days.is_period_over
                then days.charge_date
        end) as last_complete_date

    from last_days
    inner join days
        on last_days.scope = days.scope and last_days.last_date >= days.charge_date
    group by last_days.scope, last_days.last_date

)

select * from final
