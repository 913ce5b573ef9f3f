with

nodes as (

    select
        nodes.node_id,
        nodes.cluster,
        nodes.node_name,
        nodes.provider,
        nodes.provider_id,
        nodes.machine_id,
        nodes.resource_group,
        nodes.region_id,
        nodes.instance_type,
        nodes.operating_system,
        nodes.is_spot,
        nodes.gone_date,
        coalesce(nodes.created_date, nodes.first_seen_date) as first_date,
        node_accounts.sub_account_id,
        node_accounts.billing_currency
    from {{ ref('int_nodes') }} as nodes
    inner join {{ ref('node_accounts') }} as node_accounts
        on nodes.node_id = node_accounts.node_id
    left join {{ ref('node_machines') }} as node_machines
        on nodes.node_id = node_machines.node_id
    where nodes.is_machine and node_machines.node_id is null

),

similar_machines as (

    select * from {{ ref('similar_machine_days') }}

),

-- Days on which nothing is similar are no days of a price.
ranked as (

    select
        nodes.*,
        similar_machines.charge_date,
        similar_machines.billing_currency as similar_currency,
        similar_machines.pricing_model as similar_pricing_model,
        similar_machines.similar_machines,
        similar_machines.hourly_price,
        similar_machines.list_hourly_price,
        nodes.is_spot = similar_machines.is_spot and similar_machines.hourly_price is not null
            as is_inferred,
        row_number() over (
            partition by nodes.node_id, similar_machines.charge_date
            order by {{ by_likeness('nodes', 'similar_machines') }}
        ) as likeness_rank
    from nodes
    inner join similar_machines
        on
            similar_machines.charge_date >= nodes.first_date
            and similar_machines.charge_date
            <= coalesce(nodes.gone_date, similar_machines.charge_date)
            and {{ is_similar('nodes', 'similar_machines') }}

),

final as (

    select
        ---------- ids
        cluster,
        node_name,
        provider,
        provider_id,
        machine_id,
        machine_id as resource_id,
        sub_account_id,
        resource_group,
        charge_date,

        ---------- dimensions
        region_id,
        instance_type,
        operating_system,
        case
            when is_spot then 'Spot'
            when is_inferred then similar_pricing_model
            else 'On-Demand'
        end as pricing_model,
        case when is_inferred then 'inferred' else 'list' end as price_source,
        cast(null as varchar) as matched_by,
        similar_currency as billing_currency,

        ---------- quantities
        cast(null as decimal(38, 18)) as vm_hours,
        case when is_inferred then similar_machines end as similar_machines,

        ---------- costs
        case when is_inferred then hourly_price else list_hourly_price end as hourly_price,
        list_hourly_price

    from ranked
    where likeness_rank = 1

)

select * from final
