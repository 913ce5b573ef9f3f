with

unpriced as (

    select
        *,
        {{ text_key([
            'node_id', 'provider', 'sub_account_id', 'machine_id', 'billing_currency',
            'charge_date',
        ]) }} as unpriced_id
    from {{ ref('int_unpriced_days') }}

),

similar_machines as (

    select * from {{ ref('int_similar_daily_prices') }}

),

alike as (

    select
        unpriced.unpriced_id,
        similar_machines.*,
        {{ similar_price_source('unpriced', 'similar_machines') }} as price_source
    from unpriced
    inner join similar_machines
        on
            unpriced.charge_date = similar_machines.charge_date
            and {{ is_similar('unpriced', 'similar_machines') }}
    qualify row_number() over (
        partition by unpriced.unpriced_id
        order by {{ by_likeness('unpriced', 'similar_machines') }}
    ) = 1

),

final as (

    select
        ---------- ids
        unpriced.node_id,
        unpriced.provider,
        unpriced.machine_id,
        unpriced.resource_id,
        unpriced.sub_account_id,
        unpriced.resource_group,
        unpriced.charge_date,

        ---------- dimensions
        unpriced.region_id,
        unpriced.instance_type,
        unpriced.operating_system,
        coalesce(
            unpriced.pricing_model, {{ similar_pricing_model('unpriced.is_spot', 'alike') }}
        ) as pricing_model,
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
    left join alike on unpriced.unpriced_id = alike.unpriced_id
    -- A node has the days on which something is similar; a machine has its own.
    where alike.unpriced_id is not null or unpriced.node_id is null

)

select * from final
