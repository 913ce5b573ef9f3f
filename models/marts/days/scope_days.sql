-- How far the bills of each scope go. What is compared or drawn looks here: a bill that has not
-- come is no saving, and a period that has only begun is not over.
{{ config(materialized='table') }}

with

bills as (

    select * from {{ ref('int_shown_bills') }}

),

days as (

    select * from {{ ref('charge_days') }}

),

-- An amortized export may lag behind the actual one: a day counts once both have it.
pairs as (

    select scope
    from bills
    group by scope
    having bool_or(not gives_billed)

),

last_days as (

    select
        days.provider,
        days.scope,
        min(days.charge_date) as first_date,
        least(
            max(days.charge_date),
            max(case when pairs.scope is not null and days.has_billed then days.charge_date end),
            max(case when pairs.scope is not null and days.has_amortized then days.charge_date end)
        ) as last_date
    from days
    left join pairs on days.scope = pairs.scope
    group by days.provider, days.scope

),

-- Bills that were loaded after their period was over.
closed as (

    select
        scope,
        cast(max(cast(billing_period || '-01' as date)) + interval 1 month as date) as closed_until
    from bills
    where loaded_at >= cast(billing_period || '-01' as date) + interval 1 month
    group by scope

),

-- A day is complete when the bill has a later one, or when its period was over at the load.
days_before as (

    select
        days.provider,
        days.scope,
        max(days.charge_date) as day_before
    from days
    inner join last_days
        on
            days.provider = last_days.provider
            and days.scope = last_days.scope
            and days.charge_date < last_days.last_date
    group by days.provider, days.scope

),

final as (

    select
        ---------- ids
        last_days.provider,
        last_days.scope,

        ---------- times
        last_days.first_date,
        last_days.last_date,
        greatest(
            days_before.day_before,
            cast(closed.closed_until - interval 1 day as date)
        ) as last_complete_date

    from last_days
    left join closed on last_days.scope = closed.scope
    left join days_before
        on
            last_days.provider = days_before.provider
            and last_days.scope = days_before.scope

)

select * from final
