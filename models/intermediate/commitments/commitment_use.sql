{{ config(
    materialized='incremental',
    partition_by='month_build_id',
    meta={'units': 'provider_months', 'unit_id': 'month_build_id'},
    pre_hook="{{ drop_replaced('month_build_id', 'provider_months') }}"
) }}

with

months as (

    {{ new_months('provider_months') }}

),

charges as (

    select
        charges.*,
        months.month_build_id,
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
            when charges.provider != 'Google Cloud' then charges.amortized_cost
            when charges.charge_category = 'Purchase' then charges.list_cost
        end as used_cost,
        case when charges.commitment_discount_status = 'Unused' then charges.amortized_cost end
            as unused_cost,
        case
            when charges.commitment_discount_status = 'Used'
                then
                    charges.public_list_cost
                    - charges.amortized_cost
                    - charges.commitment_share_cost
        end as saved_cost
    from {{ ref('charges') }} as charges
    inner join months on {{ is_of_month('charges', ['provider']) }}
    where charges.commitment_discount_type is not null

),

final as (

    select
        ---------- ids
        month_build_id,
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

        ---------- costs
        coalesce(sum(used_cost), 0) as used_cost,
        coalesce(sum(unused_cost), 0) as unused_cost,
        coalesce(sum(saved_cost), 0) as saved_cost

    from charges
    group by all

)

select * from final
