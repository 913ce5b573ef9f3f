{{ config(materialized='units') }}

-- Spend-based commitments of the older model and how far they were used, per day and product. The
-- fees say it themselves where they are attributed: those of used commitment carry labels of the
-- usage, the rest is unused. Else it is the credits, in dollars of on-demand usage, over what was
-- committed; Google: "Sample queries for the new CUDs data model", commitment utilization.

with

lines as (

    select * from {{ ref('int_gcp__classified_lines') }}
    where {{ of_units('int_built_bills') }}

),

prices as (

    select * from {{ ref('gcp_commitment_prices') }}

),

fees_and_credits as (

    select
        lines.unit_id,
        lines.product_day_id,
        lines.compute_day_id,
        lines.commitment_fee is not null as is_fee,
        lines.commitment_fee is not null
        and lines.originating_service_id is not null as is_attributed_fee,
        case
            when lines.commitment_fee is not null
                -- A unit of the fee is $0.01 of on-demand usage.
                then coalesce(
                    nullif(cast(lines.usage_quantity as double), 0),
                    cast(lines.cost as double)
                    / cast(lines.currency_per_dollar as double)
                    / prices.price_per_unit
                ) / 100
        end as committed_dollars,
        case when lines.commitment_fee is null then lines.flexible_cud_credits_cost end
            as covered_credits_cost,
        case when lines.commitment_fee is null then -lines.flexible_cud_credits_cost end
        / cast(lines.currency_per_dollar as double) as covered_dollars
    from lines
    left join prices on lines.sku_description like prices.sku_pattern
    where
        lines.commitment_fee = 'flexible'
        or (lines.has_commitment_credits and lines.flexible_cud_credits_cost != 0)

),

-- What is covered in a product without fees of its own is covered by those of Compute Engine.
pooled as (

    select
        *,
        case
            when bool_or(is_fee) over (partition by product_day_id) then product_day_id
            else coalesce(compute_day_id, product_day_id)
        end as fee_day_id
    from fees_and_credits

),

rated as (

    select
        fee_day_id,
        bool_or(is_attributed_fee) as is_attributed,
        sum(covered_credits_cost) as covered_credits_cost,
        case
            when coalesce(sum(covered_dollars), 0) <= 0 then 0
            when bool_or(is_attributed_fee) then 1
            when count_if(is_fee) > count(committed_dollars) then 1
            when coalesce(sum(committed_dollars), 0) <= 0 then 1
            else least(1, sum(covered_dollars) / sum(committed_dollars))
        end as used_rate
    from pooled
    group by fee_day_id

),

products as (

    select distinct
        unit_id,
        product_day_id,
        fee_day_id
    from pooled

),

final as (

    select
        products.unit_id,
        products.product_day_id,
        products.fee_day_id,
        rated.is_attributed,
        rated.covered_credits_cost,
        rated.used_rate
    from products
    inner join rated on products.fee_day_id = rated.fee_day_id

)

select * from final
