{{ config(materialized='units') }}

with

months as (

    {{ months_to_build('int_account_months') }}

),

bills as (

    select
        unit_id,
        {{ is_actual_only() }} as is_actual_only
    from {{ ref('int_shown_bills') }}
    group by unit_id

),

charges as (

    select
        charges.*,
        months.unit_id as month_unit_id,
        bills.is_actual_only
    from {{ ref('charges') }} as charges
    inner join months
        on {{ is_of_month('charges', ['provider', 'billing_account_id']) }}
    inner join bills on charges.unit_id = bills.unit_id
    where
        charges.charge_category = 'Usage'
        and (
            charges.pricing_model = 'On-Demand' or charges.commitment_discount_type is not null
        )

),

skus as (

    select * from {{ ref('skus') }}

),

eligibility as (

    select * from {{ ref('commitment_eligibility') }}

),

eligible_skus as (

    select distinct
        skus.unit_id,
        skus.provider,
        skus.sku_id
    from skus
    inner join eligibility
        on
            skus.provider = eligibility.provider
            and lower(coalesce(skus.sku_category, '')) like eligibility.sku_category
            and lower(coalesce(skus.sku_name, '')) like eligibility.sku_name

),

coverable as (

    select
        charges.*,
        case
            when charges.commitment_discount_status = 'Used'
                then
                    case
                        -- Lines covered under the older models also have what was not covered:
                        -- covered is what the commitment's credits take off, which amortized cost
                        -- is without. The share of a flexible one's fee, which is in it, is what
                        -- amortized net is above net; other credits (promotions, sustained use)
                        -- cover nothing.
                        when
                            charges.provider = 'Google Cloud'
                            and charges.commitment_discount_id is null
                            then
                                charges.list_cost
                                - charges.amortized_cost
                                + (charges.amortized_net_cost - charges.net_cost)
                        else charges.public_list_cost
                    end
        end as covered_cost,
        charges.amortized_net_cost + charges.commitment_share_cost as effective_cost,
        -- Without commitments actual cost is amortized cost.
        charges.is_actual_only
        and bool_or(coalesce(charges.commitment_discount_status, '') = 'Used')
            over (partition by charges.month_unit_id, charges.unit_id)
            as is_untold
    from charges
    left join eligible_skus using (unit_id, provider, sku_id)
    where charges.commitment_discount_type is not null or eligible_skus.sku_id is not null

),

-- By SKU, as what it lists at tells whether the bill has its public price.
by_sku as (

    select
        month_unit_id,
        provider,
        billing_account_id,
        sub_account_id,
        charge_date,
        region_id,
        service_name,
        {{ machine_series('provider', 'instance_type') }} as instance_family,
        billing_currency,
        sku_id,
        bool_or(is_untold) as is_untold,
        -- In an actual export that something was used is told by its quantity alone.
        {{ lacks_list_price(
            'case when is_untold then usage_quantity else effective_cost end'
        ) }} as lacks_list_price,
        sum(public_list_cost) as coverable_list_cost,
        sum(covered_cost) as covered_list_cost,
        sum(effective_cost) as effective_cost
    from coverable
    group by all

),

summed as (

    select
        ---------- ids
        month_unit_id as unit_id,
        provider,
        billing_account_id,
        sub_account_id,

        ---------- dimensions
        charge_date,
        region_id,
        service_name,
        instance_family,
        billing_currency,

        ---------- costs
        case when not bool_or(lacks_list_price) then sum(coverable_list_cost) end
            as coverable_list_cost,
        case when not bool_or(lacks_list_price) then coalesce(sum(covered_list_cost), 0) end
            as covered_list_cost,
        -- An actual export has no amortized cost: what it covers would cost nothing.
        case when not bool_or(is_untold) then sum(effective_cost) end as effective_cost

    from by_sku
    group by all

),

final as (

    select
        *,

        ---------- ratios
        case
            when coverable_list_cost > 0
                then cast(covered_list_cost as double) / cast(coverable_list_cost as double)
        end as coverage,
        case
            when coverable_list_cost > 0
                then 1 - cast(effective_cost as double) / cast(coverable_list_cost as double)
        end as effective_savings_rate
    from summed

)

select * from final
