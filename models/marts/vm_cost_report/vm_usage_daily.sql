-- depends_on: {{ ref('charges') }}
{{ config(
    materialized='incremental',
    partition_by='build_id',
    pre_hook="{{ drop_replaced_builds() }}"
) }}

with

vm_costs as (

    select * from {{ ref('vm_costs_daily') }}
    where vm_name is not null and {{ is_new_build() }}

),

tag_sets as (

    select * from {{ ref('tag_sets') }}

),

final as (

    select
        vm_costs.*,
        tag_sets.tags
    from vm_costs
    left join tag_sets
        on
            vm_costs.build_id = tag_sets.build_id
            and vm_costs.provider = tag_sets.provider
            and vm_costs.tag_set_id = tag_sets.tag_set_id

)

select * from final
