-- Usage lines that carry credits of a commitment, with their share of its used fee. Shares are
-- rounded, so the line with the largest credit takes what is left: they sum to the fee exactly.

with

usage_lines as (

    select *
    from {{ ref('int_gcp__lines') }}
    where has_commitment_credits

),

flexible_commitments as (

    select * from {{ ref('int_gcp__flexible_commitments') }}

),

resource_commitments as (

    select * from {{ ref('int_gcp__resource_commitments') }}

),

flexible_fees as (

    select
        product_day_id,
        sum(cost + cud_credits_cost - unused_cost) as used_cost,
        sum(cost + credits_cost - unused_net_cost) as used_net_cost
    from {{ ref('int_gcp__commitment_fees') }}
    where commitment_fee = 'flexible' and used_rate > 0
    group by product_day_id

),

rated as (

    select
        usage_lines.*,
        flexible_fees.used_cost as flexible_fee_cost,
        flexible_fees.used_net_cost as flexible_net_fee_cost,
        resource_commitments.used_cost as resource_fee_cost,
        resource_commitments.pool_project_id,
        cast(usage_lines.flexible_cud_credits_cost as double)
        / cast(nullif(flexible_commitments.covered_credits_cost, 0) as double) as flexible_share,
        usage_lines.covered_units / nullif(resource_commitments.covered_units, 0)
            as resource_share
    from usage_lines
    left join flexible_commitments
        on usage_lines.product_day_id = flexible_commitments.product_day_id
    left join flexible_fees
        on usage_lines.product_day_id = flexible_fees.product_day_id
    left join resource_commitments
        on
            usage_lines.machine_day_id = resource_commitments.machine_day_id
            and usage_lines.project_id is not distinct from resource_commitments.project_id

),

rounded as (

    select
        *,
        coalesce({{ money('flexible_fee_cost * flexible_share') }}, 0) as flexible_share_cost,
        coalesce({{ money('flexible_net_fee_cost * flexible_share') }}, 0)
            as flexible_share_net_cost,
        coalesce({{ money('resource_fee_cost * resource_share') }}, 0) as resource_share_cost,
        row_number() over (
            partition by product_day_id
            order by
                flexible_cud_credits_cost,
                usage_started_at,
                sku_id,
                resource_global_name,
                project_id,
                tag_set_id
        ) = 1 as takes_flexible_rest,
        row_number() over (
            partition by machine_day_id, pool_project_id
            order by
                resource_cud_credits_cost,
                usage_started_at,
                sku_id,
                resource_global_name,
                project_id,
                tag_set_id
        ) = 1 as takes_resource_rest
    from rated

),

rests as (

    select
        *,
        case when takes_flexible_rest then flexible_fee_cost end
        - sum(flexible_share_cost) over same_product as flexible_rest_cost,
        case when takes_flexible_rest then flexible_net_fee_cost end
        - sum(flexible_share_net_cost) over same_product as flexible_rest_net_cost,
        case when takes_resource_rest then resource_fee_cost end
        - sum(resource_share_cost) over same_pool as resource_rest_cost
    from rounded
    window
        same_product as (partition by product_day_id),
        same_pool as (partition by machine_day_id, pool_project_id)

),

final as (

    select
        *,
        flexible_share_cost + coalesce(flexible_rest_cost, 0) as flexible_fee_share_cost,
        flexible_share_net_cost + coalesce(flexible_rest_net_cost, 0)
            as flexible_fee_share_net_cost,
        resource_share_cost + coalesce(resource_rest_cost, 0) as resource_fee_share_cost
    from rests

)

select * from final
