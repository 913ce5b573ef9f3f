{{ config(materialized='units') }}

with

days as (

    select
        *,
        cast(date_trunc('month', charge_date) as date) as charge_month
    from {{ ref('int_charge_days') }}
    where {{ of_units() }}

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_account_id,
        sub_account_id,

        ---------- dimensions
        charge_month,
        bool_or(machine_count > 0) as has_machines,

        ---------- quantities
        cast(sum(line_count) as bigint) as line_count,

        ---------- times
        max(case when has_used then charge_date end) as last_usage_date

    from days
    group by all

)

select * from final
