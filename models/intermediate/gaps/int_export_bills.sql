-- What an export has to go on with: the months of each of its datasets, where it delivers both.
-- Months that nothing tells apart are no other dataset.

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

final as (

    select
        ---------- ids
        loaded.export_name,
        case when of_both.export_name is not null then loaded.dataset end as dataset,
        loaded.scope,

        ---------- dimensions
        -- What the lines give, whatever else their export delivers.
        loaded.dataset as line_dataset,
        case when length(loaded.bill) = 10 then cast(loaded.bill as date) end as ingestion_day,

        ---------- times
        cast(loaded.billing_period || '-01' as date) as month_start,
        loaded.loaded_at

    from loaded
    left join of_both on loaded.export_name = of_both.export_name

)

select * from final
