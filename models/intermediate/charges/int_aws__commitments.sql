{{ config(materialized='units') }}

-- What the fees of each commitment come back as, per build: what returns neither as effective cost
-- of the covered usage nor as unused stays on the fee (`idle_rate`). AWS states no amortized
-- amounts of Dedicated Host reservations and no unused ones of DynamoDB capacity ("Reservation
-- columns", Data Exports); reports may lack columns, and CUR 2.0 writes 0 for what is not stated. A
-- commitment is told by its own lines only; what names none is told by all of its kind.

with

summed as (

    select
        unit_id,
        commitment_key,
        max(commitment_id) as commitment_id,
        max(billing_currency) as billing_currency,
        count(*) as line_count,
        count_if(is_fee) as fee_count,
        count_if(commitment_role = 'upfront fee') as upfront_fee_count,
        count_if(commitment_role = 'use') as use_count,
        count_if(is_untold_use) as untold_use_count,
        count_if(commitment_role = 'negation') as negation_count,
        bool_or(is_fee and is_of_payer) as is_of_payer,
        bool_or(is_plan) as is_plan,
        bool_or(coalesce(product_code, '') = 'AmazonDynamoDB') as is_dynamodb,
        bool_or(coalesce(commitment_id, '') like '%:host-reservation/%') as is_host_reservation,
        sum(case when is_fee then fee_cost else 0 end) as fee_cost,
        sum(case when is_fee then fee_net_cost else 0 end) as fee_net_cost,
        sum(case when is_fee then returning_cost else 0 end) as told_returning_cost,
        sum(case when is_fee then returning_net_cost else 0 end) as told_returning_net_cost,
        sum(case when is_fee then unused_cost else 0 end) as told_unused_cost,
        sum(case when is_fee then savings_plan_commitment end) as commitment_cost,
        sum(case when is_fee then used_commitment_cost end) as used_commitment_cost,
        sum(case when commitment_role = 'use' then effective_cost else 0 end) as effective_cost,
        sum(case when commitment_role = 'use' then effective_net_cost else 0 end)
            as effective_net_cost,
        sum(abs(coalesce(upfront_share_cost, 0)))
        + sum(abs(coalesce(reservation_unused_upfront, 0)))
        + sum(abs(coalesce(reservation_used_upfront, 0))) as amortized_upfront_cost,
        {% for role in ['recurring fee', 'upfront fee', 'upfront refund', 'untold refund'] -%}
            sum(case when commitment_role = '{{ role }}' then unblended_cost else 0 end)
                as {{ role | replace(' ', '_') }}_cost,
        {% endfor -%}
        -- Normalized units of an hour of the size that was bought.
        coalesce(
            cast(nullif(sum(reserved_normalized_quantity), 0) as double)
            / nullif(sum(reserved_quantity), 0),
            cast(nullif(sum(reservation_unused_normalized_quantity), 0) as double)
            / nullif(sum(reservation_unused_quantity), 0),
            cast(max(case when is_fee then size_factor end) as double)
        ) as normalization_factor
    from {{ ref('int_aws__line_amounts') }}
    where commitment_key is not null and {{ of_units('int_built_bills') }}
    group by unit_id, commitment_key

),

told as (

    select
        *,
        -- A plan says how much of it was used, unless its usage contradicts that.
        is_plan
        and not coalesce(
            commitment_cost != 0 and (used_commitment_cost != 0 or effective_cost = 0), false
        ) as is_untold_plan,
        -- A refund without a word takes back the upfront fee where it is as much, or where nothing
        -- else is paid.
        untold_refund_cost != 0
        and (
            untold_refund_cost = -upfront_fee_cost
            or (recurring_fee_cost = 0 and (fee_count > 0 or upfront_fee_cost != 0))
        ) as refunds_upfront_fee
    from summed

),

returned as (

    select
        *,
        case when is_untold_plan then 0 else told_unused_cost end as unused_cost,
        case when is_untold_plan then fee_cost else told_returning_cost end as returning_cost,
        case when is_untold_plan then fee_net_cost else told_returning_net_cost end
            as returning_net_cost,
        upfront_fee_cost
        + upfront_refund_cost
        + case when refunds_upfront_fee then untold_refund_cost else 0 end as upfront_cost
    from told

),

amortized as (

    select
        *,
        amortized_upfront_cost != 0
        or effective_cost + unused_cost > recurring_fee_cost + line_count * 1e-9
            as amortizes_upfront_fee,
        -- Bought, or given back, without usage as yet.
        not is_host_reservation and fee_count + use_count = 0 as has_upfront_fee_only
    from returned

),

final as (

    select
        ---------- ids
        unit_id,
        commitment_key,
        commitment_id,

        ---------- dimensions
        billing_currency,
        -- Negation without an ARN takes back usage that the plans of the bill covered ("Line item
        -- details", SavingsPlanNegation).
        case
            when commitment_id is null and use_count = 0 and negation_count > 0
                then
                    coalesce(
                        bool_or(is_plan and use_count > 0 and effective_cost != 0)
                            over (partition by unit_id, billing_currency),
                        false
                    )
            else effective_cost != 0
        end as tells_use,
        is_plan and not is_untold_plan as tells_used_commitment,
        -- Only a payer's report has the usage of all accounts: what it does not show is unused.
        is_of_payer
        and unused_cost = 0
        and (not is_plan or is_untold_plan)
        and not is_host_reservation
        and untold_use_count = 0
        and (use_count > 0 or is_dynamodb) as rest_is_unused,
        -- An upfront fee leaves for its share of the period; what nothing amortizes stays.
        amortizes_upfront_fee or has_upfront_fee_only as upfront_fee_leaves,
        refunds_upfront_fee,
        -- It explains a difference where its share comes in, and so does what is given back.
        amortizes_upfront_fee or (has_upfront_fee_only and upfront_cost <= 0)
            as upfront_fee_is_explained,
        use_count > 0 and fee_count = 0 as is_foreign,

        ---------- quantities
        nullif(normalization_factor, 0) as normalization_factor,

        ---------- costs
        -- Of a plan that the bill does not name: whether it takes back a fee is not known.
        case
            when commitment_id is null and not refunds_upfront_fee then untold_refund_cost
            else 0
        end as unnamed_refund_cost,
        -- What the bill says the commitment costs for the billing period, where it does.
        case
            when upfront_fee_count > 0 and not (amortizes_upfront_fee or has_upfront_fee_only)
                then fee_cost + upfront_fee_cost
            when fee_count > 0 then fee_cost
        end as committed_cost,
        case
            when
                fee_count > 0
                and (upfront_fee_count = 0 or amortizes_upfront_fee or has_upfront_fee_only)
                then fee_net_cost
        end as committed_net_cost,

        ---------- ratios
        {{ idle_rate('returning_cost', 'effective_cost') }} as idle_rate,
        {{ idle_rate('returning_net_cost', 'effective_net_cost') }} as idle_net_rate

    from amortized

)

select * from final
