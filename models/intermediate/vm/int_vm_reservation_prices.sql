{#- A table: of a view, DuckDB guesses so many rows that it holds the charges in memory instead. -#}
{{ config(materialized='table') }}

with

-- One row per kind of reserved VM line that needs a price.
reserved as (

    select
        unit_id,
        billing_period,
        billing_account_id,
        sub_account_id,
        offer_id,
        on_demand_sku_id,
        billing_currency,
        {{ text_key([
            'unit_id', 'billing_account_id', 'sub_account_id', 'offer_id', 'on_demand_sku_id',
            'billing_currency',
        ]) }} as kind_id
    from {{ ref('charges') }}
    where on_demand_sku_id is not null
    group by all

),

price_sheets as (

    select * from {{ ref('stg_azure__price_sheets') }}
    where is_on_demand and is_hourly

),

first_sheet as (

    select min(billing_period) as billing_period from price_sheets

),

average_prices as (

    select
        unit_id,
        sku_id,
        billing_currency,
        cast(sum(priced_cost) as double) / cast(sum(priced_hours) as double) as hourly_price
    from {{ ref('int_vm_meters') }}
    where priced_hours is not null
    group by all

),

subscribed as (

    select
        reserved.*,
        -- Microsoft, "Azure subscription and service limits": quota ids of offers. A file without
        -- offers is of an enterprise agreement or a customer agreement, whose quota id is the same.
        coalesce(
            subscriptions.quota_id like 'EnterpriseAgreement%',
            reserved.offer_id is null or reserved.offer_id like '%-0017P'
        ) as has_sheet
    from reserved
    left join {{ ref('stg_azure__subscriptions') }} as subscriptions
        on reserved.sub_account_id = subscriptions.subscription_id

),

-- Of the prices that a meter has: the sheet of the bill's own account, the line's own offer (then
-- one for all offers, then the production offer), the newest sheet up to the bill's period.
sheet_prices as (

    select
        subscribed.kind_id,
        price_sheets.price as hourly_price,
        price_sheets.offer_id as price_offer_id
    from subscribed
    inner join price_sheets
        on
            subscribed.on_demand_sku_id = price_sheets.meter_id
            and subscribed.has_sheet
            and coalesce(subscribed.billing_currency = price_sheets.currency, true)
    cross join first_sheet
    -- A sheet counts from its period on; only before the first one, later ones count.
    where
        price_sheets.billing_period is null
        or price_sheets.billing_period <= subscribed.billing_period
        or subscribed.billing_period < first_sheet.billing_period
    qualify
        row_number() over (
            partition by subscribed.kind_id
            order by
                case
                    when subscribed.billing_account_id = price_sheets.billing_account_id then 1
                    else 2
                end asc,
                case
                    when subscribed.offer_id = price_sheets.offer_id then 1
                    when price_sheets.offer_id is null then 2
                    when price_sheets.offer_id like '%-0017P' then 3
                    else 4
                end asc,
                case
                    when price_sheets.billing_period <= subscribed.billing_period
                        then price_sheets.billing_period
                end desc nulls last,
                price_sheets.billing_period asc nulls last,
                price_sheets.price asc,
                price_sheets.offer_id asc nulls last
        ) = 1

),

final as (

    select
        ---------- ids
        subscribed.unit_id,
        subscribed.billing_account_id,
        subscribed.sub_account_id,
        subscribed.offer_id,
        subscribed.on_demand_sku_id,

        ---------- dimensions
        subscribed.billing_currency,
        sheet_prices.price_offer_id,
        case
            when subscribed.sub_account_id is null then 'unknown subscription'
            when sheet_prices.hourly_price is not null then 'price sheet'
            when average_prices.hourly_price is not null then 'meter average'
        end as price_source,

        ---------- costs
        case
            when subscribed.sub_account_id is null then 0
            else coalesce(cast(sheet_prices.hourly_price as double), average_prices.hourly_price)
        end as hourly_price

    from subscribed
    left join sheet_prices on subscribed.kind_id = sheet_prices.kind_id
    left join average_prices
        on
            subscribed.unit_id = average_prices.unit_id
            and subscribed.on_demand_sku_id = average_prices.sku_id
            and subscribed.billing_currency is not distinct from average_prices.billing_currency

)

select * from final
