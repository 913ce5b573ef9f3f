-- Exports of which a billing period or, of Google Cloud, an ingestion day is missing between two
-- others, or that stopped while other exports go on. Of those that deliver actual and amortized
-- cost, either may lack what the other one has.

with

bills as (

    select * from {{ ref('int_export_bills') }}

),

keys as (

    select distinct
        export_name,
        dataset,
        'missing period' as gap,
        month_start as key_start,
        cast(month_start + interval 1 month as date) as key_end
    from bills
    union all
    select distinct
        export_name,
        dataset,
        'missing ingestion days' as gap,
        ingestion_day as key_start,
        cast(ingestion_day + interval 1 day as date) as key_end
    from bills
    where ingestion_day is not null

),

steps as (

    select
        *,
        lag(key_end) over (partition by export_name, dataset, gap order by key_start) as gap_start,
        count(*) over (partition by export_name, dataset, gap) as key_count
    from keys

),

counted as (

    select
        *,
        sum(case when gap_start < key_start then 1 else 0 end)
            over (partition by export_name, dataset, gap) as gap_count
    from steps

),

-- A month is there when it is over, and some days: exports of a month come after it.
months as (

    select max(month_start) as last_month
    from bills
    where loaded_at >= month_start + interval 1 month + interval 7 day

),

exports as (

    select
        bills.export_name,
        bills.dataset,
        max(bills.month_start) as last_month
    from bills
    left join {{ ref('int_followed_exports') }} as followed
        on
            bills.export_name = followed.export_name
            and bills.dataset is not distinct from followed.dataset
    where followed.export_name is null
    group by bills.export_name, bills.dataset

),

missing as (

    select
        export_name,
        dataset,
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
        exports.dataset,
        'stopped' as gap,
        cast(exports.last_month + interval 1 month as date) as gap_start,
        cast(last_day(months.last_month) as date) as gap_end
    from exports
    inner join months on exports.last_month < months.last_month

),

-- What both lack is missing of the export.
final as (

    select
        export_name,
        case when count(*) = 1 then max(dataset) end as dataset,
        gap,
        gap_start,
        gap_end
    from missing
    group by export_name, gap, gap_start, gap_end

)

select * from final
