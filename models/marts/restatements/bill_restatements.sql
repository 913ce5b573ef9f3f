{%- set columns = [
    'export_name', 'bill', 'loaded_at', 'previous_loaded_at', 'billing_period', 'service_name',
    'billing_currency', 'cost_before', 'cost_after',
] -%}

with

loads as (

    select * from {{ source('lake', 'loads') }}

),

versions as (

    select
        export as export_name,
        bill,
        loaded_at,
        lag(loaded_at) over (partition by export, bill order by loaded_at) as previous_loaded_at
    from loads
    group by export, bill, loaded_at

),

-- A service can be new in a version, or gone from it: so both versions are listed, then summed.
after as (

    select
        versions.*,
        loads.billing_period,
        loads.service_name,
        loads.billing_currency,
        cast(0 as decimal(38, 18)) as cost_before,
        loads.cost as cost_after
    from versions
    inner join loads
        on
            versions.export_name = loads.export
            and versions.bill = loads.bill
            and versions.loaded_at = loads.loaded_at
    where versions.previous_loaded_at is not null

),

before as (

    select
        versions.*,
        loads.billing_period,
        loads.service_name,
        loads.billing_currency,
        loads.cost as cost_before,
        cast(0 as decimal(38, 18)) as cost_after
    from versions
    inner join loads
        on
            versions.export_name = loads.export
            and versions.bill = loads.bill
            and versions.previous_loaded_at = loads.loaded_at

),

both_versions as (

    {{ union_by_name(['before', 'after'], columns) }}

),

final as (

    select
        ---------- ids
        export_name,
        bill,
        billing_period,

        ---------- dimensions
        service_name,
        billing_currency,

        ---------- costs
        cast(sum(cost_before) as decimal(38, 18)) as cost_before,
        cast(sum(cost_after) as decimal(38, 18)) as cost_after,
        cast(sum(cost_after) - sum(cost_before) as decimal(38, 18)) as change,

        ---------- times
        loaded_at,
        previous_loaded_at

    from both_versions
    group by all
    having sum(cost_after) != sum(cost_before)

)

select * from final
