with

nodes as (

    select
        nodes.node_id,
        nodes.cluster,
        nodes.node_name,
        nodes.provider,
        nodes.provider_id,
        nodes.machine_id,
        nodes.machine_id as resource_id,
        node_accounts.sub_account_id,
        nodes.resource_group,
        nodes.region_id,
        nodes.instance_type,
        nodes.operating_system,
        nodes.is_spot,
        cast(null as varchar) as pricing_model,
        node_accounts.billing_currency,
        cast(null as decimal(38, 18)) as vm_hours,
        coalesce(nodes.created_date, nodes.first_seen_date) as first_date,
        nodes.gone_date as last_date
    from {{ ref('int_nodes') }} as nodes
    inner join {{ ref('node_accounts') }} as node_accounts
        on nodes.node_id = node_accounts.node_id
    left join {{ ref('node_machines') }} as node_machines
        on nodes.node_id = node_machines.node_id
    where nodes.is_machine and node_machines.node_id is null

),

-- Machines that ran on days on which the bill tells neither their price nor a list price.
machine_days as (

    select
        cast(null as varchar) as node_id,
        cast(null as varchar) as cluster,
        cast(null as varchar) as node_name,
        provider,
        cast(null as varchar) as provider_id,
        machine_id,
        resource_id,
        sub_account_id,
        resource_group,
        region_id,
        instance_type,
        operating_system,
        coalesce(pricing_model = 'Spot', false) as is_spot,
        pricing_model,
        billing_currency,
        vm_hours,
        charge_date as first_date,
        charge_date as last_date
    from {{ ref('machine_days') }}
    where vm_hours > 0 and hourly_price is null and list_hourly_price is null

),

unpriced as (

    select * from nodes
    union all
    select * from machine_days

),

similar_machines as (

    select * from {{ ref('similar_machine_days') }}

),

ranked as (

    select
        unpriced.node_id,
        unpriced.cluster,
        unpriced.node_name,
        unpriced.provider,
        unpriced.provider_id,
        unpriced.machine_id,
        unpriced.resource_id,
        unpriced.sub_account_id,
        unpriced.resource_group,
        unpriced.region_id,
        unpriced.instance_type,
        unpriced.operating_system,
        unpriced.is_spot,
        unpriced.pricing_model,
        unpriced.vm_hours,
        coalesce(similar_machines.charge_date, unpriced.first_date) as charge_date,
        coalesce(similar_machines.billing_currency, unpriced.billing_currency) as billing_currency,
        similar_machines.pricing_model as similar_pricing_model,
        similar_machines.similar_machines,
        similar_machines.hourly_price,
        similar_machines.list_hourly_price,
        case
            when similar_machines.charge_date is null then 'none'
            when
                unpriced.is_spot = similar_machines.is_spot
                and similar_machines.hourly_price is not null
                then 'inferred'
            else 'list'
        end as price_source,
        row_number() over (
            partition by
                unpriced.node_id,
                unpriced.provider,
                unpriced.machine_id,
                unpriced.billing_currency,
                coalesce(similar_machines.charge_date, unpriced.first_date)
            order by {{ by_likeness('unpriced', 'similar_machines') }}
        ) as likeness_rank
    from unpriced
    left join similar_machines
        on
            unpriced.first_date <= similar_machines.charge_date
            and similar_machines.charge_date
            <= coalesce(unpriced.last_date, similar_machines.charge_date)
            and {{ is_similar('unpriced', 'similar_machines') }}
    -- A node without any similar machine has no days; a machine has its own.
    where similar_machines.charge_date is not null or unpriced.node_id is null

),

final as (

    select
        ---------- ids
        node_id,
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
        case
            when pricing_model is not null then pricing_model
            when is_spot then 'Spot'
            when price_source = 'inferred' then similar_pricing_model
            else 'On-Demand'
        end as pricing_model,
        price_source,
        billing_currency,

        ---------- quantities
        vm_hours,
        case when price_source = 'inferred' then similar_machines end as similar_machines,

        ---------- costs
        case price_source when 'inferred' then hourly_price else list_hourly_price end
            as hourly_price,
        list_hourly_price

    from ranked
    where likeness_rank = 1

)

select * from final
