-- The VM cost report by the value of a tag, per month. Change the key:
{%- set tag = 'user_team' %}

with

vm_costs as (

    select
        vm_costs_daily.*,
        periods.period_start,
        periods.period_hours,
        tag_sets.tags['{{ tag }}'] as tag_value
    from {{ ref('vm_costs_daily') }} as vm_costs_daily
    inner join {{ ref('int_vm_periods') }} as periods
        on
            vm_costs_daily.provider = periods.provider
            and vm_costs_daily.charge_date = periods.charge_date
            and periods.granularity = 'month'
    left join {{ ref('tag_sets') }} as tag_sets
        on
            vm_costs_daily.build_id = tag_sets.build_id
            and vm_costs_daily.provider = tag_sets.provider
            and vm_costs_daily.tag_set_id = tag_sets.tag_set_id

),

measured as (

    {{ vm_measures('vm_costs', [
        'period_start', 'provider', 'billing_currency', 'tag_value', 'normalized_machine_series',
    ]) | indent(4) }}

)

select * from measured
order by all
