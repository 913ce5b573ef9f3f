{{ config(materialized='units') }}

with

charges as (

    select * from {{ ref('int_vm_cost_classes') }}
    where vm_name is null and {{ of_units() }}

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_period,
        sub_account_id,
        sub_account_name,
        tag_set_id,

        ---------- dimensions
        charge_date,
        resource_group,
        region_id,
        pricing_model,
        billing_currency,

        ---------- costs
        sum(applications_cost) as applications_cost,
        sum(network_cost) as network_cost,
        sum(invoiced_cost) as total_cost

    from charges
    group by all

)

select * from final
