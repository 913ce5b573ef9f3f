-- Exports of which a billing period or, of Google Cloud, an ingestion day is missing between two
-- others, or that stopped while other exports go on. Of those that deliver actual and amortized
-- cost, either may lack what the other one has.

with

loaded as (

    select * from {{ ref('int_bills') }}
    where line_count > 0

),

months_of_both as (

    select
        export_name,
        billing_period
    from loaded
    group by export_name, billing_period
    having count(distinct dataset) > 1

),

of_both as (

    select distinct export_name
    from months_of_both

),

bills as (

    select
        loaded.export_name,
        case when of_both.export_name is not null then loaded.dataset end as dataset,
        loaded.scope,
        loaded.billing_period,
        loaded.loaded_at,
        -- What the lines give, whatever else their export delivers.
        loaded.dataset as line_dataset,
        case when length(loaded.bill) = 10 then cast(loaded.bill as date) end as ingestion_day
    from loaded
    left join of_both on loaded.export_name = of_both.export_name

),

keys as (

    select distinct
        export_name,
        dataset,
        'missing period' as gap,
        cast(billing_period || '-01' as date) as key_start,
        cast(cast(billing_period || '-01' as date) + interval 1 month as date) as key_end
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

exports as (

    select
        export_name,
        dataset,
        max(billing_period) as last_period
    from bills
    group by export_name, dataset

),

-- A month is there when it is over, and some days: exports of a month come after it.
months as (

    select max(cast(billing_period || '-01' as date)) as last_month
    from bills
    where loaded_at >= cast(billing_period || '-01' as date) + interval 1 month + interval 7 day

),

stopped as (

    select
        exports.export_name,
        exports.dataset,
        exports.last_period,
        cast(cast(exports.last_period || '-01' as date) + interval 1 month as date) as gap_start,
        cast(last_day(months.last_month) as date) as gap_end
    from exports
    inner join months on cast(exports.last_period || '-01' as date) < months.last_month

),

charged as (

    select distinct
        scope,
        billing_period,
        {{ account_key('billing_account_id') }} as payer,
        {{ account_key('coalesce(sub_account_id, billing_account_id)') }} as account
    from {{ ref('int_charge_days') }}

),

delivered as (

    select distinct
        bills.export_name,
        bills.dataset,
        bills.line_dataset,
        charged.billing_period,
        charged.payer,
        charged.account
    from bills
    inner join charged
        on bills.scope = charged.scope and bills.billing_period = charged.billing_period

),

-- Charges without an account go on where those of who pays do.
going_on as (

    select
        export_name,
        cast(billing_period || '-01' as date) as month_start,
        line_dataset,
        account
    from delivered
    union
    select
        export_name,
        cast(billing_period || '-01' as date) as month_start,
        line_dataset,
        payer as account
    from delivered

),

-- Amortized cost does not follow actual cost; another format may follow either.
datasets as (

    select
        names.line_dataset,
        names.followed_by
    from (
        values
        ('actual', 'actual'),
        ('amortized', 'amortized'),
        (cast(null as string), 'actual'),
        (cast(null as string), 'amortized')
    ) as names (line_dataset, followed_by)

),

-- An export that had the account before has another part of it.
new_ones as (

    select
        going_on.account,
        going_on.month_start,
        datasets.line_dataset
    from going_on
    inner join datasets
        on going_on.line_dataset = datasets.followed_by or going_on.line_dataset is null
    left join going_on as before
        on
            going_on.export_name = before.export_name
            and going_on.account = before.account
            and going_on.month_start = cast(before.month_start + interval 1 month as date)
    where before.account is null

),

-- All of whose accounts another export has from the month after on, as when one of a newer format
-- follows. What becomes of them there is told of that one.
followed as (

    select
        stopped.export_name,
        stopped.dataset
    from stopped
    inner join delivered
        on
            stopped.export_name = delivered.export_name
            and stopped.dataset is not distinct from delivered.dataset
            and stopped.last_period = delivered.billing_period
    left join new_ones
        on
            delivered.account = new_ones.account
            and stopped.gap_start = new_ones.month_start
            and delivered.line_dataset is not distinct from new_ones.line_dataset
    group by stopped.export_name, stopped.dataset
    having bool_and(new_ones.account is not null)

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
        stopped.export_name,
        stopped.dataset,
        'stopped' as gap,
        stopped.gap_start,
        stopped.gap_end
    from stopped
    left join followed
        on
            stopped.export_name = followed.export_name
            and stopped.dataset is not distinct from followed.dataset
    where followed.export_name is null

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
