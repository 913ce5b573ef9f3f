{{ config(materialized='table') }}

with

days as (

    select
        scope,
        charge_date,
        max(vm_hours) > 0 as has_hours,
        max(abs(cost)) > 0 as has_cost
    from {{ ref('int_machine_hours') }}
    group by all

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

complete_bills as (

    select
        unit_id,
        cast(max(billing_period) || '-01' as date) + interval 1 month as period_end
    from {{ ref('int_shown_bills') }}
    group by unit_id
    having max(loaded_at) >= cast(max(billing_period) || '-01' as date) + interval 1 month

),

-- Google's invoice months end at midnight in California: their last lines are of a day that the
-- next month completes.
complete_months as (

    select
        charge_months.scope,
        charge_months.charge_month,
        max(complete_bills.period_end) as complete_until
    from {{ ref('int_charge_months') }} as charge_months
    inner join complete_bills on charge_months.unit_id = complete_bills.unit_id
    where charge_months.has_machines
    group by all

),

final as (

    select
        ---------- ids
        last_days.scope,

        ---------- dimensions
        last_days.last_date,
        -- A day is complete when the bill has a later one, or when its period was over at the load.
        max(case
            when days.charge_date < last_days.last_date then days.charge_date
            when days.charge_date < complete_months.complete_until then days.charge_date
        end) as last_complete_date

    from last_days
    inner join days
        on last_days.scope = days.scope and last_days.last_date >= days.charge_date
    left join complete_months
        on
            days.scope = complete_months.scope
            and date_trunc('month', days.charge_date) = complete_months.charge_month
    group by last_days.scope, last_days.last_date

)

select * from final
