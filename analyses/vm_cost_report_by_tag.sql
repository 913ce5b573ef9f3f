-- The VM cost report by the value of a tag, per month, or under filters: every row is measured
-- anew, since what is counted as distinct does not add up. Change the tag (its name in letters and
-- digits: costcenter) and the condition; `cloudbill report vm --by tag:team --filter region=…`
-- does the same.
{%- set tag = 'team' %}
{%- set condition = "true" %}  {#- such as region_id = 'westeurope' and resource_group = 'web' #}

with

named_tags as (

    select * from {{ ref('named_tags') }}
    where tag_name = '{{ tag }}' and key_order = 1

),

vm_costs_daily as (

    select * from {{ ref('vm_costs_daily') }}

),

vm_days as (

    {{ vm_days('vm_costs_daily') | indent(4) }}

),

vm_costs as (

    select
        vm_days.*,
        periods.period_start,
        periods.period_hours,
        named_tags.tag_value
    from vm_days
    inner join {{ ref('int_vm_periods') }} as periods
        on
            vm_days.provider = periods.provider
            and vm_days.charge_date = periods.charge_date
            and periods.granularity = 'month'
    left join named_tags
        on
            vm_days.unit_id = named_tags.unit_id
            and vm_days.provider = named_tags.provider
            and vm_days.tag_set_id = named_tags.tag_set_id
    where {{ condition }}

),

measured as (

    {{ vm_measures('vm_costs', [
        'period_start', 'provider', 'billing_currency', 'tag_value', 'normalized_machine_series',
    ]) | indent(4) }}

)

select * from measured
order by all
