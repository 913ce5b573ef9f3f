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
        nodes.availability_zone,
        nodes.instance_type,
        nodes.operating_system,
        nodes.is_spot,
        nodes.is_machine,
        node_accounts.sub_account_id,
        node_accounts.billing_currency
    from {{ ref('int_nodes') }} as nodes
    inner join {{ ref('node_accounts') }} as node_accounts
        on nodes.node_id = node_accounts.node_id
    where nodes.is_current

),

machines as (

    select
        node_machines.node_id,
        node_machines.matched_by,
        machine_prices.*,
        row_number() over (
            partition by node_machines.node_id
            order by machine_prices.vm_hours desc, machine_prices.billing_currency asc
        ) as hours_rank,
        count(*) over (
            partition by
                machine_prices.provider, machine_prices.machine_id,
                machine_prices.billing_currency
        ) as nodes_of_machine
    from {{ ref('node_machines') }} as node_machines
    inner join nodes on node_machines.node_id = nodes.node_id
    inner join {{ ref('machine_prices') }} as machine_prices
        on
            node_machines.provider = machine_prices.provider
            and node_machines.machine_id = machine_prices.machine_id

),

accounts as (

    select * from {{ ref('priced_accounts') }}

),

-- What the bill says of the machine stands above what the labels say.
described as (

    select
        nodes.node_id,
        nodes.cluster,
        nodes.node_name,
        coalesce(nodes.provider, machines.provider) as provider,
        nodes.provider_id,
        coalesce(machines.machine_id, nodes.machine_id) as machine_id,
        machines.resource_id,
        coalesce(machines.sub_account_id, nodes.sub_account_id) as sub_account_id,
        coalesce(machines.resource_group, nodes.resource_group) as resource_group,
        coalesce(machines.region_id, nodes.region_id) as region_id,
        nodes.availability_zone,
        coalesce(machines.instance_type, nodes.instance_type) as instance_type,
        coalesce(machines.operating_system, nodes.operating_system) as operating_system,
        coalesce(machines.pricing_model = 'Spot', nodes.is_spot) as is_spot,
        nodes.is_machine,
        coalesce(machines.billing_currency, nodes.billing_currency) as billing_currency,
        coalesce(machines.nodes_of_machine > 1, false) as is_shared_machine,
        machines.matched_by,
        machines.pricing_model,
        machines.vm_hours,
        machines.hourly_price,
        machines.list_hourly_price,
        machines.window_start,
        machines.window_end
    from nodes
    left join machines on nodes.node_id = machines.node_id and machines.hours_rank = 1

),

similar_machines as (

    select * from {{ ref('similar_machines') }}
    union all
    select
        provider,
        cast(null as string) as sub_account_id,
        billing_currency,
        'list' as reach, -- sorts last
        region_id,
        instance_type,
        operating_system,
        false as is_spot,
        cast(null as string) as pricing_model,
        0 as similar_machines,
        cast(null as decimal(38, 18)) as hourly_price,
        cast(null as decimal(38, 18)) as lowest_price,
        cast(null as decimal(38, 18)) as highest_price,
        list_hourly_price,
        list_date as window_start,
        list_date as window_end
    from {{ ref('list_prices') }}

),

-- For nodes whose machine the bill does not price.
alike as (

    select
        described.node_id,
        similar_machines.*,
        case
            when
                described.is_spot = similar_machines.is_spot
                and similar_machines.hourly_price is not null
                then 'inferred'
            else 'list'
        end as price_source,
        row_number() over (
            partition by described.node_id
            order by {{ by_likeness('described', 'similar_machines') }}
        ) as likeness_rank
    from described
    inner join similar_machines on {{ is_similar('described', 'similar_machines') }}
    where
        described.is_machine
        and described.hourly_price is null
        and described.list_hourly_price is null

),

priced as (

    select
        described.node_id,
        described.cluster,
        described.node_name,
        described.provider,
        described.provider_id,
        described.machine_id,
        case
            when described.provider = 'Google Cloud' and described.resource_id is not null
                then described.resource_id
            else described.machine_id
        end as resource_id,
        described.sub_account_id,
        described.resource_group,
        described.region_id,
        described.availability_zone,
        described.instance_type,
        described.operating_system,
        described.is_machine,
        described.is_shared_machine,
        described.matched_by,
        described.vm_hours,
        coalesce(described.billing_currency, alike.billing_currency) as billing_currency,
        case
            when described.hourly_price is not null then 'billed'
            when described.list_hourly_price is not null then 'list'
            else coalesce(alike.price_source, 'none')
        end as price_source,
        case
            when described.pricing_model is not null then described.pricing_model
            when alike.node_id is null then null
            when described.is_spot then 'Spot'
            when alike.price_source = 'inferred' then alike.pricing_model
            else 'On-Demand'
        end as pricing_model,
        case when alike.price_source = 'inferred' then alike.similar_machines end
            as similar_machines,
        case when alike.price_source = 'inferred' then alike.lowest_price end
            as lowest_similar_price,
        case when alike.price_source = 'inferred' then alike.highest_price end
            as highest_similar_price,
        coalesce(
            described.hourly_price,
            described.list_hourly_price,
            case alike.price_source
                when 'inferred' then alike.hourly_price
                when 'list' then alike.list_hourly_price
            end
        ) as hourly_price,
        coalesce(described.list_hourly_price, alike.list_hourly_price) as list_hourly_price,
        coalesce(described.window_start, alike.window_start) as window_start,
        coalesce(described.window_end, alike.window_end) as window_end
    from described
    left join alike on described.node_id = alike.node_id and alike.likeness_rank = 1

),

final as (

    select
        ---------- ids
        priced.cluster,
        priced.node_name,
        priced.provider,
        priced.provider_id,
        priced.machine_id,
        priced.resource_id,
        priced.sub_account_id,
        priced.resource_group,

        ---------- dimensions
        priced.region_id,
        priced.availability_zone,
        priced.instance_type,
        priced.operating_system,
        priced.pricing_model,
        priced.price_source,
        priced.matched_by,
        priced.billing_currency,
        priced.is_machine,
        priced.is_shared_machine,
        case
            when not priced.is_machine then 'not a machine (Fargate or a virtual node)'
            when priced.provider is null then 'provider unknown'
            when priced.hourly_price < 0 then 'corrections exceed the cost'
            when accounts.is_pay_as_you_go
                then 'pay-as-you-go subscription (MOSP): its bill shows no commitments'
            when priced.price_source = 'billed' then null
            when priced.sub_account_id is not null and accounts.sub_account_id is null
                then 'no bill covers its account'
            when accounts.is_actual_only
                then 'actual export only: no amortized cost of commitments'
            when priced.matched_by is not null then 'its commitment is not in the bill'
            else 'not in the bill'
        end as price_note,

        ---------- quantities
        priced.vm_hours,
        priced.similar_machines,

        ---------- costs
        priced.hourly_price,
        priced.list_hourly_price,
        1 - cast(priced.hourly_price as double) / nullif(
            cast(priced.list_hourly_price as double), 0
        ) as discount_rate,
        priced.lowest_similar_price,
        priced.highest_similar_price,
        cast(priced.lowest_similar_price as double) / nullif(
            cast(priced.highest_similar_price as double), 0
        ) as price_confidence,

        ---------- times
        priced.window_start,
        priced.window_end

    from priced
    left join accounts
        on
            priced.provider = accounts.provider
            and priced.sub_account_id = accounts.sub_account_id

)

select * from final
