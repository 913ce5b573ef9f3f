-- What seems to be missing: a bill that is not there adds up to nothing, and everything ties out.
{{ config(materialized='table') }}

{%- set columns = [
    'provider', 'scope', 'export_name', 'dataset', 'billing_account_id', 'sub_account_id', 'covered',
    'gap', 'gap_start', 'gap_end', 'cost_before', 'billing_currency',
] -%}

with

days as (

    select * from {{ ref('int_covered_days') }}

),

missing_days as (

    select * from {{ ref('int_missing_days') }}

),

missing_periods as (

    select * from {{ ref('int_missing_periods') }}

),

found as (

    select
        covered_id,
        'missing period' as gap,
        gap_start,
        gap_end
    from missing_periods
    union all
    select
        missing_days.covered_id,
        'missing days' as gap,
        missing_days.gap_start,
        missing_days.gap_end
    from missing_days
    left join missing_periods
        on
            missing_days.covered_id = missing_periods.covered_id
            and missing_days.gap_start >= missing_periods.gap_start
            and missing_days.gap_end <= missing_periods.gap_end
    where missing_periods.covered_id is null
    union all
    select
        covered_id,
        'stopped' as gap,
        gap_start,
        gap_end
    from {{ ref('int_stopped_accounts') }}

),

-- The last billing period that began before the gap.
before as (

    select
        found.covered_id,
        found.gap,
        found.gap_start,
        days.billing_period,
        min(days.provider) as provider,
        min(days.scope) as scope,
        min(days.billing_account_id) as billing_account_id,
        min(days.sub_account_id) as sub_account_id,
        min(days.covered) as covered,
        max(days.billing_currency) as billing_currency,
        case when count(distinct days.billing_currency) <= 1 then sum(days.invoiced_cost) end
            as cost_before,
        row_number() over (
            partition by found.covered_id, found.gap, found.gap_start
            order by days.billing_period desc
        ) as position
    from found
    inner join days
        on
            found.covered_id = days.covered_id
            and found.gap_start > days.charge_date
    group by found.covered_id, found.gap, found.gap_start, days.billing_period

),

accounts as (

    select
        before.*,
        cast(null as string) as export_name,
        cast(null as string) as dataset,
        found.gap_end
    from before
    inner join found using (covered_id, gap, gap_start)
    where
        before.position = 1
        -- Exports tell what is missing of whole scopes.
        and (before.covered != 'scope' or before.gap = 'missing days')

),

exports as (

    select
        *,
        cast(null as string) as provider,
        cast(null as string) as scope,
        cast(null as string) as billing_account_id,
        cast(null as string) as sub_account_id,
        'export' as covered,
        cast(null as decimal(38, 18)) as cost_before,
        cast(null as string) as billing_currency
    from {{ ref('int_missing_deliveries') }}

),

final as (

    {{ union_by_name(['accounts', 'exports'], columns) }}

)

select * from final
