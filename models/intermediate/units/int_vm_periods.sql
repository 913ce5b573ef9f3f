{{ config(materialized='table') }}

with

days as (

    select
        provider,
        charge_date,
        unit_id,
        bool_or(has_vm_hours) as has_vms,
        -- About as many rows as the report reads: one per machine, few of all else.
        sum(machine_count) + count(*) as row_count
    from {{ ref('int_charge_days') }}
    where is_in_vm_report
    group by all

),

granularities as (

    select names.granularity
    from (values ('day'), ('week'), ('month')) as names (granularity)

),

last_days as (

    select
        provider,
        max(charge_date) as last_date
    from days
    where has_vms
    group by provider

),

period_days as (

    select
        granularities.granularity,
        days.*,
        cast(
            case granularities.granularity
                when 'day' then days.charge_date
                -- Weeks start on Monday.
                when 'week' then date_trunc('week', days.charge_date)
                else date_trunc('month', days.charge_date)
            end
            as date
        ) as period_start
    from days
    cross join granularities

),

measured as (

    select
        period_days.*,
        case period_days.granularity
            when 'day' then 24
            when 'week' then 168
            else 24 * extract(day from last_day(period_days.period_start))
        end as calendar_hours,
        case
            when {{ var('vm_report_elapsed_hours') }}
                then
                    24 * (
                        {{ days_between('period_days.period_start', 'last_days.last_date') }} + 1
                    )
        end as elapsed_hours
    from period_days
    left join last_days on period_days.provider = last_days.provider

),

periods as (

    select
        provider,
        granularity,
        period_start,
        cast(
            case
                when elapsed_hours between 1 and calendar_hours then elapsed_hours
                else calendar_hours
            end
            as bigint
        ) as period_hours,
        -- Changes when any bill with days of the period, or the length of the period, does; in an
        -- order in which few days are read for several.
        concat_ws(
            '|',
            provider,
            granularity,
            cast(period_start as string),
            md5(concat_ws(
                '|',
                cast(calendar_hours as string),
                cast(elapsed_hours as string),
                {{ set_digest('unit_id') }}
            ))
        ) as unit_id
    from measured
    group by provider, granularity, period_start, calendar_hours, elapsed_hours

),

final as (

    select
        ---------- ids
        periods.unit_id,

        ---------- dimensions
        periods.provider,
        periods.granularity,
        periods.period_start,
        period_days.charge_date,

        ---------- quantities
        periods.period_hours,
        sum(period_days.row_count) as row_count

    from periods
    inner join period_days using (provider, granularity, period_start)
    group by all

)

select * from final
