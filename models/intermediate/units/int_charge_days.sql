{{ config(materialized='units') }}

with

charges as (

    select
        *,
        charge_category = 'Usage' as is_usage,
        -- What is unused of a commitment is usage that did not take place.
        charge_category = 'Usage' and coalesce(commitment_discount_status, '') != 'Unused'
            as is_used
    from {{ ref('charges') }}
    where {{ of_units() }}

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_period,
        billing_account_id,
        sub_account_id,

        ---------- dimensions
        charge_date,
        billing_currency,
        bool_or(is_usage) as has_usage,
        bool_or(is_used) as has_used,
        bool_or(is_usage and (list_cost != 0 or net_cost != 0)) as has_billed_usage,
        bool_or(is_usage and amortized_cost != 0) as has_amortized_usage,
        bool_or(vm_name is not null and vm_hours is not null) as has_vm_hours,
        bool_or({{ is_in_vm_report() }}) as is_in_vm_report,

        ---------- quantities
        count(vm_name) as machine_count,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(case when is_usage then line_count else 0 end) as bigint) as usage_line_count,

        ---------- costs
        sum(invoiced_cost) as invoiced_cost

    from charges
    group by all

)

select * from final
