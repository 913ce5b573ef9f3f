with

nodes as (

    select * from {{ ref('int_described_nodes') }}

),

inferred as (

    select * from {{ ref('int_inferred_nodes') }}

),

accounts as (

    select * from {{ ref('int_priced_accounts') }}

),

priced as (

    select
        nodes.*,
        inferred.similar_machines,
        inferred.lowest_similar_price,
        inferred.highest_similar_price,
        case
            when nodes.hourly_price is not null then 'billed'
            when nodes.list_hourly_price is not null then 'list'
            else coalesce(inferred.price_source, 'none')
        end as price_source,
        coalesce(nodes.pricing_model, inferred.pricing_model) as known_pricing_model,
        coalesce(nodes.billing_currency, inferred.billing_currency) as known_currency,
        coalesce(nodes.hourly_price, nodes.list_hourly_price, inferred.hourly_price) as price,
        coalesce(nodes.list_hourly_price, inferred.list_hourly_price) as list_price,
        coalesce(nodes.window_start, inferred.window_start) as first_date,
        coalesce(nodes.window_end, inferred.window_end) as last_date
    from nodes
    left join inferred on nodes.node_id = inferred.node_id

),

final as (

    select
        ---------- ids
        priced.cluster,
        priced.node_name,
        priced.provider,
        priced.provider_id,
        priced.machine_id,
        case
            when priced.provider = 'Google Cloud' and priced.resource_id is not null
                then priced.resource_id
            else priced.machine_id
        end as resource_id,
        priced.sub_account_id,
        priced.resource_group,

        ---------- dimensions
        priced.region_id,
        priced.availability_zone,
        priced.instance_type,
        priced.operating_system,
        priced.known_pricing_model as pricing_model,
        priced.price_source,
        priced.matched_by,
        priced.known_currency as billing_currency,
        priced.is_machine,
        priced.is_shared_machine,
        case
            when not priced.is_machine
                then 'not a machine (Fargate, Autopilot, a virtual or hybrid node)'
            when priced.provider is null then 'provider unknown'
            when priced.price < 0 then 'corrections exceed the cost'
            when accounts.is_pay_as_you_go
                then 'pay-as-you-go subscription (MOSP): its bill shows no commitments'
            when priced.price_source = 'billed' then null
            when priced.sub_account_id is not null and accounts.sub_account_id is null
                then 'no bill covers its account'
            when accounts.is_actual_only
                then 'actual export only: no amortized cost of commitments'
            when
                priced.matched_by is not null
                and priced.pricing_model in ('Reserved', 'Savings Plan', 'Committed Use Discount')
                then 'its commitment is not in the bill'
            when priced.matched_by is not null
                then 'its hours cost nothing in the bill: they were paid elsewhere'
            else 'not in the bill'
        end as price_note,

        ---------- quantities
        priced.vm_hours,
        priced.similar_machines,

        ---------- costs
        priced.price as hourly_price,
        priced.list_price as list_hourly_price,
        1 - cast(priced.price as double) / nullif(cast(priced.list_price as double), 0)
            as discount_rate,
        priced.lowest_similar_price,
        priced.highest_similar_price,
        cast(priced.lowest_similar_price as double)
        / nullif(cast(priced.highest_similar_price as double), 0) as price_confidence,

        ---------- times
        priced.first_date as window_start,
        priced.last_date as window_end

    from priced
    left join accounts
        on
            priced.provider = accounts.provider
            and priced.sub_account_id = accounts.sub_account_id

)

select * from final
