-- Billing periods without a charge between two with charges. Accounts that only now and then have
-- any are left alone: those of three spans and more that are shorter than a period and a half on
-- average, and gaps that are longer than all periods with charges.

with

periods as (

    select distinct
        covered_id,
        parent_id,
        cast(billing_period || '-01' as date) as period_start
    from {{ ref('int_covered_days') }}

),

steps as (

    select
        *,
        lag(period_start) over (partition by covered_id order by period_start) as previous_start,
        count(*) over (partition by covered_id) as period_count
    from periods

),

measured as (

    select
        *,
        cast(previous_start + interval 1 month as date) as gap_start,
        cast(period_start - interval 1 day as date) as gap_end,
        coalesce(previous_start + interval 1 month < period_start, false) as is_gap
    from steps

),

counted as (

    select
        *,
        sum(case when is_gap then 1 else 0 end) over (partition by covered_id) as gap_count
    from measured

),

final as (

    select distinct
        counted.covered_id,
        counted.gap_start,
        counted.gap_end
    from counted
    left join periods
        on
            counted.parent_id = periods.covered_id
            and periods.period_start between counted.gap_start and counted.gap_end
    where
        counted.is_gap
        and (
            counted.parent_id is null
            or (
                periods.covered_id is not null
                and (counted.gap_count < 2 or counted.period_count >= 1.5 * (counted.gap_count + 1))
                and {{ days_between('counted.gap_start', 'counted.gap_end') }}
                <= 31 * counted.period_count
            )
        )

)

select * from final
