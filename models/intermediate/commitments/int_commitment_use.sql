{{ config(materialized='units') }}

{#- What was given back of a purchase is none; Google's corrections state a fee again. -#}
{%- set is_kept_purchase -%}
    (
        charge_category = 'Purchase'
        and (coalesce(charge_class, '') != 'Correction' or charge_type = 'regular')
    )
{%- endset %}

with

months as (

    {{ months_to_build('int_provider_months') }}

),

-- AWS states what is unused of a reservation for the whole month: where a bill's usage ends before
-- its month does, or the bill was loaded before, that includes hours to come. Fees of savings plans
-- are lines of their own for each hour or day, those to come as well.
bill_months as (

    select
        unit_id,
        charge_month,
        max(last_usage_date) as last_usage_date,
        max(last_usage_date) < charge_month + interval 1 month - interval 1 day as ends_early
    from {{ ref('int_charge_months') }}
    where provider = 'AWS'
    group by unit_id, charge_month

),

open_bills as (

    select
        unit_id,
        bool_or(is_open) as is_open
    from {{ ref('int_bill_totals') }}
    group by unit_id

),

billed as (

    select
        charges.*,
        months.unit_id as month_unit_id,
        bill_months.last_usage_date,
        coalesce(bill_months.ends_early, false)
        or coalesce(bill_months.unit_id is not null and open_bills.is_open, false)
            as is_open_month
    from {{ ref('charges') }} as charges
    inner join months on {{ is_of_month('charges', ['provider']) }}
    left join bill_months
        on
            charges.unit_id = bill_months.unit_id
            and date_trunc('month', charges.charge_date) = bill_months.charge_month
    left join open_bills on charges.unit_id = open_bills.unit_id
    where charges.commitment_discount_type is not null

),

-- A month that is over has nothing to come. Else it is what the plan says, and, said or not, what
-- stays on a plan's fee of a day after the last one with usage.
dated as (

    select
        *,
        case
            when not is_open_month then 0
            when
                {{ is_kept_purchase }}
                and commitment_discount_type = 'Savings Plan'
                and charge_date > last_usage_date
                then amortized_cost
            else commitment_to_come_cost
        end as to_come_cost
    from billed

),

charges as (

    select
        *,
        -- Resource-based commitments of Google Cloud keep the used part of the fee on its line.
        case
            when charge_category = 'Purchase' then amortized_cost != 0
            when commitment_discount_status = 'Used' then commitment_share_cost != 0
        end as is_resource_based,
        -- What a bill does not amortize stays on the purchase, and all of it counts as used. On
        -- Google Cloud the line of covered usage also has what was not covered: the used part is
        -- what is left of the fee.
        case
            when commitment_discount_status = 'Unused'
                then case when provider = 'Google Cloud' then -amortized_cost end
            when provider = 'Google Cloud'
                then case when {{ is_kept_purchase }} then list_cost end
            when {{ is_kept_purchase }} or commitment_discount_status = 'Used'
                then amortized_cost - to_come_cost
        end as used_cost,
        case when commitment_discount_status = 'Unused' then amortized_cost end as unused_cost,
        case
            when commitment_discount_status = 'Used'
                then public_list_cost - amortized_cost - commitment_share_cost
            -- It is not in the cost of the usage that it covers.
            when provider != 'Google Cloud' and {{ is_kept_purchase }}
                then to_come_cost - amortized_cost
        end as saved_cost
    from dated

),

-- Of which the bill has no public price (int_azure__charges) it cannot say what was saved: then the
-- SKU lists at nothing though it costs. Lines of an actual and an amortized export have the SKU in
-- common, if nothing else.
skus as (

    select
        month_unit_id,
        provider,
        billing_account_id,
        commitment_discount_id,
        charge_date,
        commitment_discount_type,
        billing_currency,
        case when commitment_discount_id is null then coalesce(is_resource_based, false) end
            as unnamed_kind,
        sku_id,
        bool_or(is_resource_based) as is_resource_based,
        bool_or(is_open_month) as is_open_month,
        {{ lacks_list_price('amortized_cost + commitment_share_cost') }} as lacks_list_price,
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        sum(to_come_cost) as to_come_cost,
        sum(saved_cost) as saved_cost
    from charges
    group by all

),

final as (

    select
        ---------- ids
        month_unit_id as unit_id,
        provider,
        billing_account_id,
        commitment_discount_id,

        ---------- dimensions
        charge_date,
        commitment_discount_type,
        billing_currency,
        unnamed_kind,
        coalesce(bool_or(is_resource_based), false) as is_resource_based,
        bool_or(is_open_month) as is_open_month,
        bool_or(lacks_list_price) as lacks_list_price,

        ---------- costs
        coalesce(sum(used_cost), 0) as used_cost,
        coalesce(sum(unused_cost), 0) as unused_cost,
        coalesce(sum(to_come_cost), 0) as to_come_cost,
        coalesce(sum(saved_cost), 0) as saved_cost

    from skus
    group by all

)

select * from final
