-- Exports of which a billing period or, of Google Cloud, an ingestion day is missing between two
-- others, or that stopped while other exports go on.

with

bills as (

    select
        *,
        case when length(bill) = 10 then cast(bill as date) end as ingestion_day
    from {{ ref('int_bills') }}
    where line_count > 0

),

keys as (

    select distinct
        export_name,
        'missing period' as gap,
        cast(billing_period || '-01' as date) as key_start,
        cast(cast(billing_period || '-01' as date) + interval 1 month as date) as key_end
    from bills
    union all
    select distinct
        export_name,
        'missing ingestion days' as gap,
        ingestion_day as key_start,
        cast(ingestion_day + interval 1 day as date) as key_end
    from bills
    where ingestion_day is not null

),

steps as (

    select
        *,
        lag(key_end) over (partition by export_name, gap order by key_start) as gap_start,
        count(*) over (partition by export_name, gap) as key_count
    from keys

),

counted as (

    select
        *,
        sum(case when gap_start < key_start then 1 else 0 end)
            over (partition by export_name, gap) as gap_count
    from steps

),

exports as (

    select
        export_name,
        max(billing_period) as last_period
    from bills
    group by export_name

),

-- A month is there when it is over, and some days: exports of a month come after it.
months as (

    select max(cast(billing_period || '-01' as date)) as last_month
    from bills
    where loaded_at >= cast(billing_period || '-01' as date) + interval 1 month + interval 7 day

),

final as (

    select
        export_name,
        gap,
        gap_start,
        cast(key_start - interval 1 day as date) as gap_end
    from counted
    where
        gap_start < key_start
        and (gap = 'missing period' or key_count > 5 * (gap_count + 1))
    union all
    select
        exports.export_name,
        'stopped' as gap,
        cast(cast(exports.last_period || '-01' as date) + interval 1 month as date) as gap_start,
        cast(last_day(months.last_month) as date) as gap_end
    from exports
    inner join months on cast(exports.last_period || '-01' as date) < months.last_month

)

select * from final
