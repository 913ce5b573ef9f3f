{{ config(materialized='units') }}

with

charges as (

    select * from {{ ref('int_vm_charges') }}
    where {{ of_units() }}

),

machine_series as (

    select * from {{ ref('int_vm_machine_series') }}

),

tag_sets as (

    select * from {{ ref('tag_sets') }}

),

daily as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_period,
        sub_account_id,
        sub_account_name,
        resource_id,
        covering_id as reservation_id,
        tag_set_id,

        ---------- dimensions
        charge_date,
        vm_name,
        resource_group,
        region_id,
        instance_type,
        operating_system,
        pricing_model,
        billing_currency,
        price_source,
        price_offer_id,
        normalization_source,

        ---------- quantities
        normalization_factor,
        reservation_factor,
        sum(vm_hours) as vm_hours,
        sum(reserved_hours) as reserved_hours,
        sum(scaled_hours) as scaled_hours,
        sum(normalized_hours) as normalized_hours,
        sum(normalized_reserved_hours) as normalized_reserved_hours,

        ---------- costs
        hourly_price,
        sum(applications_cost) as applications_cost,
        sum(compute_cost) as compute_cost,
        sum(compute_cost_before_ri) as compute_cost_before_ri,
        sum(network_cost) as network_cost,
        sum(invoiced_cost) as total_cost

    from charges
    group by all

),

final as (

    select
        daily.*,
        machine_series.machine_series,
        machine_series.normalized_machine_series,
        tag_sets.tags
    from daily
    left join machine_series using (provider, instance_type)
    left join tag_sets using (unit_id, provider, tag_set_id)

)

select * from final
