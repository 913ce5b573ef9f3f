with

similar_machine_days as (

    select * from {{ ref('int_similar_daily_prices') }}
    where reach = 'anywhere' and not is_spot and list_hourly_price is not null

),

charges as (

    select * from {{ ref('charges') }}
    where provider = 'Microsoft' and vm_hours > 0 and coalesce(pricing_model, '') != 'Spot'

),

price_sheets as (

    select * from {{ ref('stg_azure__price_sheets') }}
    where is_on_demand and is_hourly

),

-- The last that any bill in the lake says.
billed as (

    select
        provider,
        region_id,
        instance_type,
        operating_system,
        billing_currency,
        max_by(list_hourly_price, charge_date) as list_hourly_price,
        max(charge_date) as list_date
    from similar_machine_days
    group by provider, region_id, instance_type, operating_system, billing_currency

),

-- Reserved lines name the meter that they would have had on demand.
meters as (

    select distinct
        provider,
        region_id,
        lower(instance_type) as instance_type,
        operating_system,
        billing_currency,
        coalesce(on_demand_sku_id, sku_id) as meter_id,
        offer_id
    from charges

),

sheet_prices as (

    select
        meters.provider,
        meters.region_id,
        meters.instance_type,
        meters.operating_system,
        meters.billing_currency,
        price_sheets.billing_period,
        min(price_sheets.price) as price
    from meters
    inner join price_sheets
        on
            meters.meter_id = price_sheets.meter_id
            and meters.billing_currency = price_sheets.currency
            and coalesce(meters.offer_id, price_sheets.offer_id, '')
            = coalesce(price_sheets.offer_id, meters.offer_id, '')
    group by all

),

sheets as (

    select
        provider,
        region_id,
        instance_type,
        operating_system,
        billing_currency,
        max_by(price, coalesce(billing_period, '')) as list_hourly_price
    from sheet_prices
    group by provider, region_id, instance_type, operating_system, billing_currency

),

final as (

    select
        ---------- ids
        provider,
        billing_currency,

        ---------- dimensions
        region_id,
        instance_type,
        operating_system,

        ---------- costs
        coalesce(billed.list_hourly_price, {{ money('sheets.list_hourly_price') }})
            as list_hourly_price,

        ---------- times
        billed.list_date

    from billed
    full join sheets
        using (provider, region_id, instance_type, operating_system, billing_currency)

)

select * from final
