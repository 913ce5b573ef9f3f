{{ config(materialized='units') }}

{#- What was given back of a purchase is none; Google's corrections state a fee again. -#}
{%- set is_kept_purchase -%}
    (
        charges.charge_category = 'Purchase'
        and (coalesce(charges.charge_class, '') != 'Correction' or charges.charge_type = 'regular')
    )
{%- endset %}

with

months as (

    {{ months_to_build('int_provider_months') }}

),

-- AWS states what is unused of a reservation for the whole month: where a bill's usage ends before
-- its month does, or the bill was loaded before, that includes hours to come.
bill_months as (

    select
        unit_id,
        charge_month,
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

charges as (

    select
        charges.*,
        months.unit_id as month_unit_id,
        coalesce(bill_months.ends_early, false)
        or coalesce(bill_months.unit_id is not null and open_bills.is_open, false)
            as is_open_month,
        -- Resource-based commitments of Google Cloud keep the used part of the fee on its line.
        case
            when charges.charge_category = 'Purchase' then charges.amortized_cost != 0
            when charges.commitment_discount_status = 'Used' then charges.commitment_share_cost != 0
        end as is_resource_based,
        -- What a bill does not amortize stays on the purchase, and all of it counts as used. On
        -- Google Cloud the line of covered usage also has what was not covered: the used part is
        -- what is left of the fee.
        case
            when charges.commitment_discount_status = 'Unused'
                then case when charges.provider = 'Google Cloud' then -charges.amortized_cost end
            when charges.provider = 'Google Cloud'
                then case when {{ is_kept_purchase }} then charges.list_cost end
            when {{ is_kept_purchase }} or charges.commitment_discount_status = 'Used'
                then charges.amortized_cost
        end as used_cost,
        case when charges.commitment_discount_status = 'Unused' then charges.amortized_cost end
            as unused_cost,
        case
            when charges.commitment_discount_status = 'Used'
                then
                    charges.public_list_cost
                    - charges.amortized_cost
                    - charges.commitment_share_cost
            -- It is not in the cost of the usage that it covers.
            when charges.provider != 'Google Cloud' and {{ is_kept_purchase }}
                then -charges.amortized_cost
        end as saved_cost
    from {{ ref('charges') }} as charges
    inner join months on {{ is_of_month('charges', ['provider']) }}
    left join bill_months
        on
            charges.unit_id = bill_months.unit_id
            and date_trunc('month', charges.charge_date) = bill_months.charge_month
    left join open_bills on charges.unit_id = open_bills.unit_id
    where charges.commitment_discount_type is not null

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
        case when commitment_discount_id is null then coalesce(is_resource_based, false) end
            as unnamed_kind,
        coalesce(bool_or(is_resource_based), false) as is_resource_based,
        bool_or(is_open_month) as is_open_month,

        ---------- costs
        coalesce(sum(used_cost), 0) as used_cost,
        coalesce(sum(unused_cost), 0) as unused_cost,
        coalesce(sum(saved_cost), 0) as saved_cost

    from charges
    group by all

)

select * from final
