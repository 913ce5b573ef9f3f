with

charges as (

    select * from {{ ref('int_charges__described') }}

),

categorised as (

    select
        *,
        case when is_consumption then 'Usage' else charge_category end as category,
        case
            when is_consumption and commitment_discount_id is not null then 'Used'
            when commitment_discount_id is not null and charge_category = 'Usage'
                then commitment_discount_status
        end as commitment_status,
        case when not is_consumption then usage_quantity end as quantity,
        -- Google's months are those of the Pacific coast ("Structure of Detailed data export").
        case provider when 'Google Cloud' then 'America/Los_Angeles' else 'UTC' end as time_zone,
        cast(billing_period || '-01' as timestamp) as period_start,
        coalesce(billing_account_id, sub_account_id, scope) as account_id
    from charges

),

measured as (

    select
        *,
        case
            when
                category = 'Usage'
                and not is_consumption
                and coalesce(commitment_status, '') != 'Unused'
                then quantity
        end as consumed_quantity,
        -- Prices are not negative: a refund of something has no quantity that is priced.
        case
            when category not in ('Usage', 'Purchase') or quantity = 0 then null
            when public_cost = 0 and contracted_cost = 0 then quantity
            when public_cost * sign(quantity) >= 0 and contracted_cost * sign(quantity) >= 0
                then quantity
        end as pricing_quantity,
        case
            when category not in ('Usage', 'Purchase') or charge_class = 'Correction' then null
            when commitment_category = 'Spend' and category = 'Purchase' then billed_cost
            when commitment_category = 'Spend' then effective_cost
            when commitment_category = 'Usage' and not is_consumption then commitment_quantity
        end as focus_commitment_quantity
    from categorised

),

final as (

    select
        *,
        cast(public_cost as double) / cast(pricing_quantity as double) as list_unit_price,
        cast(contracted_cost as double) / cast(pricing_quantity as double) as contracted_unit_price
    from measured

)

select * from final
