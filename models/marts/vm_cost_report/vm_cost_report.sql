{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ drop_replaced('period_build_id', 'int_vm_periods') }}"
) }}

with

periods as (

    select * from {{ ref('int_vm_periods') }}
    {% if is_incremental() %}
        where period_build_id not in (select period_build_id from {{ this }})
    {% endif %}

),

vm_costs as (

    select * from {{ ref('vm_costs_daily') }}

),

-- A VM's days of a period in one row, before the rows are multiplied by category. What runs stays
-- apart from what is only corrected, which counts as no VM.
in_periods as (

    select
        ---------- ids
        periods.period_build_id,
        vm_costs.provider,
        vm_costs.resource_id,
        vm_costs.reservation_id,

        ---------- dimensions
        periods.granularity,
        periods.period_start,
        vm_costs.billing_currency,
        vm_costs.vm_name,
        coalesce(vm_costs.sub_account_name, vm_costs.sub_account_id) as sub_account,
        vm_costs.resource_group,
        vm_costs.region_id,
        vm_costs.machine_series,
        vm_costs.instance_type,
        vm_costs.normalized_machine_series,
        vm_costs.operating_system,
        vm_costs.pricing_model,

        ---------- quantities
        vm_costs.vm_hours > 0 as is_running,
        periods.period_hours,
        max(vm_costs.reservation_factor) as reservation_factor,
        sum(vm_costs.vm_hours) as vm_hours,
        sum(vm_costs.reserved_hours) as reserved_hours,
        sum(vm_costs.scaled_hours) as scaled_hours,
        sum(vm_costs.normalized_hours) as normalized_hours,
        sum(vm_costs.normalized_reserved_hours) as normalized_reserved_hours,

        ---------- costs
        sum(vm_costs.applications_cost) as applications_cost,
        sum(vm_costs.compute_cost) as compute_cost,
        sum(vm_costs.compute_cost_before_ri) as compute_cost_before_ri,
        sum(vm_costs.network_cost) as network_cost,
        sum(vm_costs.total_cost) as total_cost

    from vm_costs
    inner join periods
        on
            vm_costs.provider = periods.provider
            and periods.period_start = cast(
                case periods.granularity
                    when 'day' then vm_costs.charge_date
                    when 'week' then date_trunc('week', vm_costs.charge_date)
                    else date_trunc('month', vm_costs.charge_date)
                end
                as date
            )
    group by all

),

categories as (

    select names.category
    from (
        values
        ('Total'),
        ('Subscription'),
        ('Resource Group'),
        ('Region'),
        ('Machine Series'),
        ('Instance Type'),
        ('Normalized Machine Series'),
        ('Operating System'),
        ('Pricing Model'),
        ('Reservation')
    ) as names (category)

),

categorized as (

    select
        in_periods.*,
        categories.category,
        case categories.category
            when 'Total' then 'Total'
            when 'Subscription' then in_periods.sub_account
            when 'Resource Group' then in_periods.resource_group
            when 'Region' then in_periods.region_id
            when 'Machine Series' then in_periods.machine_series
            when 'Instance Type' then in_periods.instance_type
            when 'Normalized Machine Series' then in_periods.normalized_machine_series
            when 'Operating System' then in_periods.operating_system
            when 'Pricing Model' then in_periods.pricing_model
            when 'Reservation' then in_periods.reservation_id
        end as category_value
    from in_periods
    cross join categories

),

measured as (

    {{ vm_measures('categorized', [
        'period_build_id', 'granularity', 'period_start', 'provider', 'billing_currency',
        'category', 'category_value',
    ]) | indent(4) }}

),

flagged as (

    select
        *,
        category = 'Normalized Machine Series' as is_normalized
    from measured

),

final as (

    select
        ---------- ids
        period_build_id,

        ---------- dimensions
        granularity,
        period_start,
        provider,
        billing_currency,
        category,
        category_value,

        ---------- measures
        asset_hours,
        assets,
        assets_by_usage,
        reservations,
        utilized_reservations,
        vm_hours,
        vms,
        vms_by_usage,
        applications_cost,
        compute_cost,
        compute_cost_before_ri,
        network_cost,
        -- Factors compare sizes of one group only.
        case when is_normalized then normalized_reservation_surplus end
            as normalized_reservation_surplus,
        case when is_normalized then normalized_reservations end as normalized_reservations,
        case when is_normalized then normalized_underutilized_reservations end
            as normalized_underutilized_reservations,
        case when is_normalized then normalized_utilized_reservations end
            as normalized_utilized_reservations,
        case when is_normalized then normalized_vms end as normalized_vms,
        total_cost

    from flagged

)

select * from final
