-- Days without usage between days with usage, where usage is usual: on more than five days running
-- on average. Sandboxes and machines that rest on weekends are left alone.

with

days as (

    select distinct
        covered_id,
        parent_id,
        covered,
        scope,
        charge_date
    from {{ ref('int_covered_days') }}
    where has_usage

),

loads as (

    select
        scope,
        max(loaded_at) as loaded_at,
        max(cast(billing_period || '-01' as date)) as last_period
    from {{ ref('int_shown_bills') }}
    where line_count > 0
    group by scope

),

-- The end of the last month is a day, too: a bill may stop before it.
ends as (

    select
        covered_id,
        parent_id,
        covered,
        scope,
        max(charge_date) as charge_date
    from days
    where covered = 'scope'
    group by covered_id, parent_id, covered, scope

),

bounds as (

    select
        *,
        charge_date as next_date
    from days
    union all
    select
        ends.covered_id,
        ends.parent_id,
        ends.covered,
        ends.scope,
        cast(null as date) as charge_date,
        cast(loads.last_period + interval 1 month as date) as next_date
    from ends
    inner join loads
        on
            ends.scope = loads.scope
            and ends.charge_date < cast(loads.last_period + interval 1 month as date)

),

steps as (

    select
        bounds.*,
        lag(bounds.charge_date) over (
            partition by bounds.covered_id order by bounds.next_date
        ) as previous_date,
        count(bounds.charge_date) over (partition by bounds.covered_id) as day_count
    from bounds

),

counted as (

    select
        *,
        sum(case when {{ days_between('previous_date', 'next_date') }} > 1 then 1 else 0 end)
            over (partition by covered_id) as gap_count
    from steps

),

gaps as (

    select
        counted.covered_id,
        counted.parent_id,
        cast(counted.previous_date + interval 1 day as date) as gap_start,
        cast(counted.next_date - interval 1 day as date) as gap_end
    from counted
    inner join loads on counted.scope = loads.scope
    where
        {{ days_between('counted.previous_date', 'counted.next_date') }} > 1
        and counted.day_count > 5 * (counted.gap_count + 1)
        -- Bills of a month are final some days after it.
        and loads.loaded_at
        >= cast(last_day(counted.previous_date + interval 1 day) as date) + interval 6 day

),

final as (

    select distinct
        gaps.covered_id,
        gaps.gap_start,
        gaps.gap_end
    from gaps
    left join days
        on
            gaps.parent_id = days.covered_id
            and days.charge_date between gaps.gap_start and gaps.gap_end
    where gaps.parent_id is null or days.covered_id is not null

)

select * from final
