-- Accounts without a charge since a day, while their parent goes on: for a week, where usage is
-- usual (as in int_missing_days), else for its last billing period, once that is a week old.

with

days as (

    select * from {{ ref('int_covered_days') }}

),

loads as (

    select
        scope,
        max(loaded_at) as loaded_at
    from {{ ref('int_shown_bills') }}
    group by scope

),

usage_days as (

    select distinct
        covered_id,
        charge_date
    from days
    where has_usage

),

steps as (

    select
        *,
        lag(charge_date) over (partition by covered_id order by charge_date) as previous_date
    from usage_days

),

usual as (

    select
        covered_id,
        count(*) as day_count,
        sum(case when {{ days_between('previous_date', 'charge_date') }} > 1 then 1 else 0 end)
            as gap_count
    from steps
    group by covered_id

),

spans as (

    select
        covered_id,
        parent_id,
        scope,
        max(charge_date) as last_date,
        max(billing_period) as last_period
    from days
    group by covered_id, parent_id, scope

),

last_periods as (

    select
        spans.covered_id,
        min(days.charge_date) as first_date,
        sum(days.invoiced_cost) as cost
    from spans
    inner join days
        on
            spans.covered_id = days.covered_id
            and spans.last_period = days.billing_period
    group by spans.covered_id

),

final as (

    select
        spans.covered_id,
        cast(spans.last_date + interval 1 day as date) as gap_start,
        parents.last_date as gap_end
    from spans
    inner join spans as parents on spans.parent_id = parents.covered_id
    inner join loads on spans.scope = loads.scope
    left join usual on spans.covered_id = usual.covered_id
    inner join last_periods on spans.covered_id = last_periods.covered_id
    inner join last_periods as parents_last on spans.parent_id = parents_last.covered_id
    where
        parents.last_date > spans.last_date
        -- What costs nothing may stop; several currencies are not added up.
        and coalesce(last_periods.cost, 1) != 0
        and (
            (
                usual.day_count > 5 * (usual.gap_count + 1)
                and {{ days_between('spans.last_date', 'parents.last_date') }} > 7
            )
            or (
                spans.last_period < parents.last_period
                and loads.loaded_at >= parents_last.first_date + interval 7 day
            )
        )

)

select * from final
