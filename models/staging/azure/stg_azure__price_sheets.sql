with

source as (

    select * from {{ source('lake', 'azure_price_sheets') }}

),

final as (

    select
        ---------- ids
        billing_account_id,
        offer_id,
        meter_id,

        ---------- dimensions
        billing_period,
        meter_name,
        -- Prices of commitments are of a whole term; only the first tier is every hour's price.
        lower(price_type) = 'consumption' and tier_minimum = 0 as is_on_demand,
        is_hourly,
        unit_of_measure,
        upper(currency) as currency,

        ---------- costs
        {{ money('cast(unit_price as double) / cast(unit_block as double)') }} as price

    from source

)

select * from final
