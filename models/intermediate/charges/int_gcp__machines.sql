{{ config(materialized='units') }}

-- What all lines of a machine say of it: some lack its labels, and whether its cores are billed
-- shows in other lines than those of its accelerators.

with

lines as (

    select * from {{ ref('int_gcp__machine_lines') }}
    where machine_key is not null and {{ of_units('int_built_bills') }}

),

final as (

    select
        ---------- ids
        unit_id,
        machine_key,

        ---------- dimensions
        max(stated_machine_type) as machine_type,
        bool_or(machine_part in ('core', 'machine')) as has_cores,

        ---------- quantities
        max(stated_cores) as stated_cores

    from lines
    group by unit_id, machine_key

)

select * from final
