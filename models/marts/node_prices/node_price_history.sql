with

nodes as (

    select
        nodes.cluster,
        nodes.node_name,
        nodes.provider_id,
        nodes.created_date,
        nodes.gone_date,
        node_machines.provider,
        node_machines.machine_id,
        node_machines.matched_by
    from {{ ref('int_nodes') }} as nodes
    inner join {{ ref('node_machines') }} as node_machines
        on nodes.node_id = node_machines.node_id

),

machine_days as (

    select * from {{ ref('machine_days') }}
    where vm_hours > 0 and (hourly_price is not null or list_hourly_price is not null)

),

billed as (

    select
        nodes.cluster,
        nodes.node_name,
        machine_days.provider,
        nodes.provider_id,
        machine_days.machine_id,
        case
            when machine_days.provider = 'Google Cloud' then machine_days.resource_id
            else machine_days.machine_id
        end as resource_id,
        machine_days.sub_account_id,
        machine_days.resource_group,
        machine_days.charge_date,
        machine_days.region_id,
        machine_days.instance_type,
        machine_days.operating_system,
        machine_days.pricing_model,
        case when machine_days.hourly_price is null then 'list' else 'billed' end as price_source,
        nodes.matched_by,
        machine_days.billing_currency,
        machine_days.vm_hours,
        cast(null as bigint) as similar_machines,
        {{ money('coalesce(machine_days.hourly_price, machine_days.list_hourly_price)') }}
            as hourly_price,
        {{ money('machine_days.list_hourly_price') }} as list_hourly_price
    from machine_days
    -- The name of a machine may be given again to the next one: each node has its own days.
    left join nodes
        on
            machine_days.provider = nodes.provider
            and machine_days.machine_id = nodes.machine_id
            and machine_days.charge_date >= coalesce(nodes.created_date, machine_days.charge_date)
            and machine_days.charge_date <= coalesce(nodes.gone_date, machine_days.charge_date)

),

days as (

    select * from billed
    union all
    select * from {{ ref('inferred_node_days') }}

),

-- A price is the same while six decimals are: bills round their lines.
keyed as (

    select
        *,
        {{ text_key(['cluster', 'node_name', 'provider', 'machine_id', 'billing_currency']) }}
            as series_id,
        concat_ws('|', cast(hourly_price as decimal(38, 6)), pricing_model, price_source) as run_of
    from days

),

compared as (

    select
        *,
        case
            when
                run_of = lag(run_of) over (partition by series_id order by charge_date)
                and charge_date
                = lag(charge_date) over (partition by series_id order by charge_date)
                + interval 1 day
                then 0
            else 1
        end as is_change
    from keyed

),

numbered as (

    select
        *,
        sum(is_change) over (
            partition by series_id order by charge_date
            rows between unbounded preceding and current row
        ) as run_number
    from compared

),

final as (

    select
        ---------- ids
        cluster,
        node_name,
        provider,
        provider_id,
        machine_id,
        resource_id,
        sub_account_id,
        resource_group,
        charge_date,

        ---------- dimensions
        region_id,
        instance_type,
        operating_system,
        pricing_model,
        price_source,
        matched_by,
        billing_currency,

        ---------- quantities
        vm_hours,
        similar_machines,

        ---------- costs
        hourly_price,
        list_hourly_price,
        1 - cast(hourly_price as double) / nullif(cast(list_hourly_price as double), 0)
            as discount_rate,

        ---------- times
        charge_date as window_start,
        charge_date as window_end,
        min(charge_date) over (partition by series_id, run_number) as valid_from,
        cast(
            max(charge_date) over (partition by series_id, run_number) + interval 1 day as date
        ) as valid_to

    from numbered

)

select * from final
