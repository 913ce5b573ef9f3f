with

nodes as (

    select
        nodes.cluster,
        nodes.node_name,
        nodes.provider_id,
        coalesce(nodes.created_date, date '0001-01-01') as first_date,
        coalesce(nodes.gone_date, date '9999-12-31') as last_date,
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

inferred_days as (

    select * from {{ ref('inferred_days') }}

),

machine_prices as (

    select
        provider,
        machine_id,
        resource_id,
        sub_account_id,
        resource_group,
        charge_date,
        region_id,
        instance_type,
        operating_system,
        pricing_model,
        case when hourly_price is null then 'list' else 'billed' end as price_source,
        billing_currency,
        vm_hours,
        cast(null as bigint) as similar_machines,
        {{ money('coalesce(hourly_price, list_hourly_price)') }} as hourly_price,
        {{ money('list_hourly_price') }} as list_hourly_price
    from machine_days
    union all
    select
        provider,
        machine_id,
        resource_id,
        sub_account_id,
        resource_group,
        charge_date,
        region_id,
        instance_type,
        operating_system,
        pricing_model,
        price_source,
        billing_currency,
        vm_hours,
        similar_machines,
        hourly_price,
        list_hourly_price
    from inferred_days
    where node_id is null

),

days as (

    select
        nodes.cluster,
        nodes.node_name,
        nodes.provider_id,
        nodes.matched_by,
        machine_prices.*
    from machine_prices
    -- The name of a machine may be given again to the next one: each node has its own days.
    left join nodes
        on
            machine_prices.provider = nodes.provider
            and machine_prices.machine_id = nodes.machine_id
            and machine_prices.charge_date >= nodes.first_date
            and machine_prices.charge_date <= nodes.last_date
    union all
    select
        cluster,
        node_name,
        provider_id,
        cast(null as string) as matched_by,
        provider,
        machine_id,
        resource_id,
        sub_account_id,
        resource_group,
        charge_date,
        region_id,
        instance_type,
        operating_system,
        pricing_model,
        price_source,
        billing_currency,
        vm_hours,
        similar_machines,
        hourly_price,
        list_hourly_price
    from inferred_days
    where node_id is not null

),

-- A price is the same while six decimals are: bills round their lines.
keyed as (

    select
        *,
        {{ text_key(['cluster', 'node_name', 'provider', 'machine_id', 'billing_currency']) }}
            as series_id,
        concat_ws(
            '|',
            coalesce(cast(cast(hourly_price as decimal(38, 6)) as string), ''),
            coalesce(pricing_model, ''),
            price_source
        ) as run_of
    from days

),

compared as (

    select
        *,
        run_of = lag(run_of) over series
        and charge_date = lag(charge_date) over series + interval 1 day as goes_on,
        run_of = lead(run_of) over series
        and charge_date = lead(charge_date) over series - interval 1 day as will_go_on
    from keyed
    window series as (partition by series_id order by charge_date)

),

final as (

    select
        ---------- ids
        cluster,
        node_name,
        provider,
        provider_id,
        machine_id,
        case
            when provider = 'Google Cloud' then resource_id
            else machine_id
        end as resource_id,
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
        max(case when not coalesce(goes_on, false) then charge_date end) over (
            partition by series_id order by charge_date
            rows between unbounded preceding and current row
        ) as valid_from,
        cast(
            min(case when not coalesce(will_go_on, false) then charge_date end)
                over (
                    partition by series_id order by charge_date
                    rows between current row and unbounded following
                )
            + interval 1 day as date
        ) as valid_to

    from compared

)

select * from final
