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
        cast(null as string) as pricing_model,
        node_accounts.billing_currency,
        cast(null as decimal(38, 18)) as vm_hours,
        coalesce(nodes.created_date, nodes.first_seen_date) as first_date,
        coalesce(nodes.gone_date, date '9999-12-31') as last_date
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
        cast(null as string) as node_id,
        cast(null as string) as cluster,
        cast(null as string) as node_name,
        provider,
        cast(null as string) as provider_id,
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

    select
        node_id as unpriced_id,
        *
    from nodes
    union all
    select
        {{ text_key(['provider', 'machine_id', 'billing_currency', 'first_date']) }} as unpriced_id,
        *
    from machine_days

),

similar_machines as (

    select * from {{ ref('similar_machine_days') }}

),

alike as (

    select
        unpriced.unpriced_id,
        similar_machines.*,
        case
            when
                unpriced.is_spot = similar_machines.is_spot
                and similar_machines.hourly_price is not null
                then 'inferred'
            else 'list'
        end as price_source,
        row_number() over (
            partition by unpriced.unpriced_id, similar_machines.charge_date
            order by {{ by_likeness('unpriced', 'similar_machines') }}
        ) as likeness_rank
    from unpriced
    inner join similar_machines
        on
            unpriced.first_date <= similar_machines.charge_date
            and unpriced.last_date >= similar_machines.charge_date
            and {{ is_similar('unpriced', 'similar_machines') }}

),

final as (

    select
        ---------- ids
        unpriced.node_id,
        unpriced.cluster,
        unpriced.node_name,
        unpriced.provider,
        unpriced.provider_id,
        unpriced.machine_id,
        unpriced.resource_id,
        unpriced.sub_account_id,
        unpriced.resource_group,
        coalesce(alike.charge_date, unpriced.first_date) as charge_date,

        ---------- dimensions
        unpriced.region_id,
        unpriced.instance_type,
        unpriced.operating_system,
        case
            when unpriced.pricing_model is not null then unpriced.pricing_model
            when unpriced.is_spot then 'Spot'
            when alike.price_source = 'inferred' then alike.pricing_model
            else 'On-Demand'
        end as pricing_model,
        coalesce(alike.price_source, 'none') as price_source,
        coalesce(alike.billing_currency, unpriced.billing_currency) as billing_currency,

        ---------- quantities
        unpriced.vm_hours,
        case when alike.price_source = 'inferred' then alike.similar_machines end
            as similar_machines,

        ---------- costs
        case alike.price_source
            when 'inferred' then alike.hourly_price
            else alike.list_hourly_price
        end as hourly_price,
        alike.list_hourly_price

    from unpriced
    left join alike on unpriced.unpriced_id = alike.unpriced_id and alike.likeness_rank = 1
    -- A node without any similar machine has no days; a machine has its own.
    where alike.unpriced_id is not null or unpriced.node_id is null

)

select * from final
