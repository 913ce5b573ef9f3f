{{ config(materialized='units') }}

with

charges as (

    select
        *,
        cast(date_trunc('month', charge_date) as date) as charge_month
    from {{ ref('charges') }}
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
        bool_or(vm_name is not null) as has_machines,

        ---------- quantities
        cast(sum(line_count) as bigint) as line_count,

        ---------- times
        max(case
            when charge_category = 'Usage' and coalesce(commitment_discount_status, '') != 'Unused'
                then charge_date
        end) as last_usage_date

    from charges
    group by all

)

select * from final
