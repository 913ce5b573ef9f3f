{{ config(
    materialized='incremental',
    partition_by='build_id',
    pre_hook="{{ drop_replaced_builds() }}"
) }}

with

charges as (

    select * from {{ ref('charges') }}
    where vm_name is not null and {{ is_new_build() }}

),

licences as (

    select
        build_id,
        provider,
        sku_id
    from {{ ref('skus') }}
    where
        -- Azure: software meters of newer files, and those of reserved Windows machines in older.
        sku_category = 'Virtual Machines Licenses'
        or sku_name like 'Reservation-Windows Svr%'
        or (provider = 'Google Cloud' and sku_name like '%Licensing Fee%')

),

machine_charges as (

    select
        charges.*,
        -- As machine_id of stg_kubernetes__nodes, where the line says enough.
        coalesce(
            case
                when charges.provider = 'AWS'
                    then nullif(regexp_extract(charges.vm_name, 'i-[0-9a-f]+', 0), '')
                when charges.provider = 'Google Cloud'
                    then lower(concat_ws(
                        '/',
                        charges.sub_account_id,
                        coalesce(
                            nullif(regexp_extract(charges.resource_id, '/zones/([^/]+)/', 1), ''),
                            charges.availability_zone
                        ),
                        charges.vm_name
                    ))
                when charges.resource_id not like '/subscriptions/%' then null
                when charges.resource_id like '%/virtualmachines/%' then charges.resource_id
                -- Lines of a scale set carry its id; the name ends in the machine's number.
                when charges.resource_id like '%/virtualmachinescalesets/%'
                    then
                        charges.resource_id
                        || '/virtualmachines/'
                        || regexp_extract(charges.vm_name, '[^_]*$', 0)
            end,
            lower(concat_ws(
                '/', charges.sub_account_id, charges.resource_group, charges.vm_name
            ))
        ) as machine_id,
        coalesce(charges.vm_hours, 0) as hours,
        charges.amortized_net_cost + charges.commitment_share_cost as cost
    from charges
    left join licences
        on
            charges.build_id = licences.build_id
            and charges.provider = licences.provider
            and charges.sku_id = licences.sku_id
    where licences.sku_id is null or {{ var('node_prices_include_licences') }}

),

daily as (

    select
        ---------- ids
        build_id,
        scope,
        provider,
        machine_id,
        charge_date,
        billing_currency,
        max(sub_account_id) as sub_account_id,
        max(resource_id) as resource_id,
        max(resource_group) as resource_group,
        max(lower(vm_name)) as vm_name,

        ---------- dimensions
        max(region_id) as region_id,
        max(availability_zone) as availability_zone,
        max(instance_type) as instance_type,
        -- A licence for Windows tells more than the machine's own line.
        coalesce(
            max(case when lower(operating_system) like '%windows%' then 'Windows' end),
            max(operating_system)
        ) as operating_system,

        ---------- quantities
        sum(hours) as vm_hours,
        {% for model, model_hours in pricing_model_hours().items() -%}
            sum(case when pricing_model = '{{ model }}' then hours else 0 end) as {{ model_hours }},
        {% endfor -%}

        ---------- costs
        sum(cost) as cost,
        sum(public_list_cost) as list_cost,
        sum(case when pricing_model = 'Reserved' then abs(cost) else 0 end) as reserved_cost,
        sum(case when pricing_model = 'Savings Plan' then abs(cost) else 0 end)
            as savings_plan_cost,
        sum(case when pricing_model = 'Committed Use Discount' then abs(cost) else 0 end)
            as committed_use_cost

    from machine_charges
    group by build_id, scope, provider, machine_id, charge_date, billing_currency

),

final as (

    select
        ---------- ids
        build_id,
        scope,
        provider,
        machine_id,
        charge_date,
        billing_currency,
        sub_account_id,
        resource_id,
        resource_group,
        vm_name,

        ---------- dimensions
        region_id,
        availability_zone,
        instance_type,
        operating_system,

        ---------- quantities
        vm_hours,
        {% for model_hours in pricing_model_hours().values() -%}
            {{ model_hours }},
        {% endfor -%}
        -- Covered hours that cost nothing have no price: the bill does not say what the commitment
        -- costs (an actual export alone, a commitment billed elsewhere).
        case when reserved_cost = 0 then reserved_hours else 0 end
        + case when savings_plan_cost = 0 then savings_plan_hours else 0 end
        + case when committed_use_cost = 0 then committed_use_hours else 0 end as unpriced_hours,

        ---------- costs
        cost,
        list_cost

    from daily

)

select * from final
