-- On Spark a partition for each machine would be many small files: it makes the table whole.
{{ config(materialized='table' if target.type == 'spark' else 'units') }}

with

machines as (

    select * from {{ ref('int_machine_histories') }}
    where {{ of_units('int_machine_histories', size='1') }}

),

priced_days as (

    select
        machines.unit_id,
        priced_days.*
    from {{ ref('int_priced_days') }} as priced_days
    inner join machines
        on
            priced_days.provider = machines.provider
            and priced_days.machine_id is not distinct from machines.machine_id
            and priced_days.node_id is not distinct from machines.node_id

),

nodes as (

    select * from {{ ref('int_nodes') }}

),

-- The name of a machine may be given again to the next one: each node has its own days.
matches as (

    select
        node_machines.*,
        coalesce(nodes.created_date, date '0001-01-01') as first_date,
        coalesce(nodes.gone_date, date '9999-12-31') as last_date
    from {{ ref('int_node_machines') }} as node_machines
    inner join nodes on node_machines.node_id = nodes.node_id

),

-- A price is the same while six decimals are: bills round their lines.
days as (

    select
        priced_days.*,
        nodes.cluster,
        nodes.node_name,
        nodes.provider_id,
        nodes.operating_system as system_of_node,
        matches.matched_by,
        {{ text_key([
            'priced_days.unit_id', 'priced_days.sub_account_id', 'nodes.cluster',
            'nodes.node_name', 'priced_days.billing_currency',
        ]) }} as series_id,
        concat_ws(
            '|',
            coalesce(cast(cast(priced_days.hourly_price as decimal(38, 6)) as string), ''),
            coalesce(priced_days.pricing_model, ''),
            priced_days.price_source
        ) as run_of
    from priced_days
    left join matches
        on
            priced_days.provider = matches.provider
            and priced_days.machine_id = matches.machine_id
            and priced_days.charge_date >= matches.first_date
            and priced_days.charge_date <= matches.last_date
    left join nodes on coalesce(priced_days.node_id, matches.node_id) = nodes.node_id

),

compared as (

    select
        *,
        run_of = lag(run_of) over series
        and charge_date = lag(charge_date) over series + interval 1 day as goes_on,
        run_of = lead(run_of) over series
        and charge_date = lead(charge_date) over series - interval 1 day as will_go_on
    from days
    window series as (partition by series_id order by charge_date)

),

final as (

    select
        ---------- ids
        unit_id,
        cluster,
        node_name,
        provider,
        provider_id,
        machine_id,
        case when provider = 'Google Cloud' then resource_id else machine_id end as resource_id,
        sub_account_id,
        resource_group,
        charge_date,

        ---------- dimensions
        region_id,
        instance_type,
        coalesce(operating_system, system_of_node) as operating_system,
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
