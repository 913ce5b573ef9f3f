-- For each node whose machine the bill does not price, what tells its price: machines like it, else
-- a list price of its type.{%- set columns = [
    'provider', 'sub_account_id', 'billing_currency', 'reach', 'region_id', 'instance_type',
    'operating_system', 'is_spot', 'pricing_model', 'similar_machines', 'hourly_price',
    'lowest_price', 'highest_price', 'list_hourly_price', 'window_start', 'window_end',
] %}

with

nodes as (

    select * from {{ ref('int_described_nodes') }}
    where is_machine and hourly_price is null and list_hourly_price is null

),

listed_machines as (

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
    from {{ ref('int_list_prices') }}

),

similar_machines as (

    {{ union_by_name([ref('int_similar_window_prices'), 'listed_machines'], columns) }}

),

alike as (

    select
        nodes.node_id,
        nodes.is_spot as is_spot_node,
        similar_machines.*,
        {{ similar_price_source('nodes', 'similar_machines') }} as price_source
    from nodes
    inner join similar_machines on {{ is_similar('nodes', 'similar_machines') }}
    qualify row_number() over (
        partition by nodes.node_id order by {{ by_likeness('nodes', 'similar_machines') }}
    ) = 1

),

final as (

    select
        ---------- ids
        node_id,

        ---------- dimensions
        {{ similar_pricing_model('is_spot_node', 'alike') }} as pricing_model,
        price_source,
        billing_currency,

        ---------- quantities
        case when price_source = 'inferred' then similar_machines end as similar_machines,

        ---------- costs
        case price_source when 'inferred' then hourly_price else list_hourly_price end
            as hourly_price,
        list_hourly_price,
        case when price_source = 'inferred' then lowest_price end as lowest_similar_price,
        case when price_source = 'inferred' then highest_price end as highest_similar_price,

        ---------- times
        window_start,
        window_end

    from alike

)

select * from final
