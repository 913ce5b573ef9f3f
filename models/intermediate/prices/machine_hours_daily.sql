{{ config(
    materialized='incremental',
    partition_by='month_build_id',
    meta={'units': 'machine_months', 'unit_id': 'month_build_id'},
    pre_hook="{{ drop_replaced('month_build_id', 'machine_months') }}"
) }}

with

months as (

    {{ new_months('machine_months') }}

),

licences as (

    select * from {{ ref('licence_skus') }}

),

machine_charges as (

    select
        charges.*,
        months.month_build_id,
        {{ machine_id('charges') }} as machine_id,
        coalesce(charges.vm_hours, 0) as hours,
        charges.amortized_net_cost + charges.commitment_share_cost as cost
    from {{ ref('charges') }} as charges
    inner join months on {{ is_of_month('charges', ['provider']) }}
    left join licences
        on
            charges.build_id = licences.build_id
            and charges.provider = licences.provider
            and charges.sku_id = licences.sku_id
    where
        charges.vm_name is not null
        and (licences.sku_id is null or {{ var('node_prices_include_licences') }})

),

summed as (

    select
        ---------- ids
        month_build_id,
        provider,
        machine_id,
        charge_date,
        billing_currency,
        max(scope) as scope,
        max(sub_account_id) as sub_account_id,
        max(resource_id) as resource_id,
        max(resource_group) as resource_group,
        max(lower(vm_name)) as vm_name,

        ---------- dimensions
        max(region_id) as region_id,
        max(availability_zone) as availability_zone,
        max(instance_type) as instance_type,
        -- A licence for Windows tells more than the machine's own line; only licences of Google
        -- Cloud name a system, and the rest of its machines is Linux.
        coalesce(
            max(case when lower(operating_system) like '%windows%' then 'Windows' end),
            max(operating_system),
            'Linux'
        ) as operating_system,

        ---------- quantities
        sum(hours) as vm_hours,
        {% for model, model_hours in pricing_model_hours().items() -%}
            {{ sum_of_model(model, 'hours') }} as {{ model_hours }},
        {% endfor -%}
        -- Covered hours that cost nothing have no price: the bill does not say what the commitment
        -- costs (an actual export alone, a commitment billed elsewhere).
        {% for model in ['Reserved', 'Savings Plan', 'Committed Use Discount'] -%}
            case
                when {{ sum_of_model(model, 'abs(cost)') }} = 0
                    then {{ sum_of_model(model, 'hours') }}
                else 0
            end {{ "+ " if not loop.last }}
        {%- endfor %}as unpriced_hours,

        ---------- costs
        sum(cost) as cost,
        sum(public_list_cost) as list_cost

    from machine_charges
    group by month_build_id, provider, machine_id, charge_date, billing_currency

),

final as (

    select
        *,
        {{ largest_pricing_model() }} as pricing_model,
        -- Machines without hours on a day have no price on it, whatever they cost.
        case
            when vm_hours > 0 and vm_hours > unpriced_hours
                then cast(cost as double) / cast(vm_hours - unpriced_hours as double)
        end as hourly_price,
        case
            when vm_hours > 0 and list_cost > 0
                then cast(list_cost as double) / cast(vm_hours as double)
        end as list_hourly_price
    from summed

)

select * from final
