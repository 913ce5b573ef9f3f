{{ config(severity='warn') }}
-- A machine with more hours than a day has is in the lake twice: in two exports that both hold its
-- bill, or in two deliveries of one. Providers round up what runs for less than a minute, hence a
-- tenth of an hour; a line of Google Cloud may cover a day of the Pacific, which ends up to eight
-- hours later, and counts on the day that it starts on. Lines of a scale set whose instances the
-- file does not name add up to as many hours as there are machines: they are left aside, and
-- counted.
with

days as (

    select
        provider,
        machine_id,
        charge_date,
        max(scope) as scope,
        max(resource_id) like '%/virtualmachinescalesets/%'
        and max(vm_name) = regexp_extract(max(resource_id), '[^/]*$', 0) as is_unnamed,
        sum(vm_hours) as vm_hours
    from {{ ref('int_machine_hours') }}
    group by provider, machine_id, charge_date
    having sum(vm_hours) > case when provider = 'Google Cloud' then 32.1 else 24.1 end

),

left_aside as (

    select count(distinct machine_id) as scale_sets
    from days
    where is_unnamed

),

final as (

    select
        days.provider,
        days.scope,
        count(distinct days.machine_id) as machines,
        min(days.machine_id) as first_machine,
        min(days.charge_date) as first_day,
        max(days.vm_hours) as most_hours,
        max(left_aside.scale_sets) as scale_sets_left_aside
    from days
    cross join left_aside
    where not days.is_unnamed
    group by days.provider, days.scope

)

select * from final
