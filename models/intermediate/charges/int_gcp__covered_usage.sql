-- Usage that carries credits of a commitment, with its share of the used fee, in rows of a day as
-- fees are shared by day. Shares are rounded, so the row with the largest credit takes what is
-- left: they sum to the fee exactly. Windows name the build, so that one build is read alone.

with

usage_days as (

    select
        {{ gcp_line_columns() }},
        product_day_id,
        machine_day_id,
        count(*) as line_count,
        sum(usage_quantity) as usage_quantity,
        sum(covered_units) as covered_units,
        sum(cost) as cost,
        sum(public_list_cost) as public_list_cost,
        sum(credits_cost) as credits_cost,
        sum(cud_credits_cost) as cud_credits_cost,
        sum(flexible_cud_credits_cost) as flexible_cud_credits_cost,
        sum(resource_cud_credits_cost) as resource_cud_credits_cost
    from {{ ref('int_gcp__classified_lines') }}
    where has_commitment_credits
    group by all

),

flexible_commitments as (

    select * from {{ ref('int_gcp__flexible_commitments') }}

),

resource_commitments as (

    select * from {{ ref('int_gcp__resource_commitments') }}

),

flexible_fees as (

    select
        product_day_id as fee_day_id,
        sum(cost + cud_credits_cost - unused_cost) as used_cost,
        sum(cost + credits_cost - unused_net_cost) as used_net_cost
    from {{ ref('int_gcp__commitment_fees') }}
    where commitment_fee = 'flexible' and used_rate > 0
    group by product_day_id

),

rated as (

    select
        usage_days.*,
        coalesce(flexible_commitments.fee_day_id, usage_days.product_day_id) as fee_day_id,
        flexible_fees.used_cost as flexible_fee_cost,
        flexible_fees.used_net_cost as flexible_net_fee_cost,
        resource_commitments.used_cost as resource_fee_cost,
        resource_commitments.pool_project_id,
        cast(usage_days.flexible_cud_credits_cost as double)
        / cast(nullif(flexible_commitments.covered_credits_cost, 0) as double) as flexible_share,
        usage_days.covered_units / nullif(resource_commitments.covered_units, 0)
            as resource_share
    from usage_days
    left join flexible_commitments
        on usage_days.product_day_id = flexible_commitments.product_day_id
    left join flexible_fees
        on flexible_commitments.fee_day_id = flexible_fees.fee_day_id
    left join resource_commitments
        on
            usage_days.machine_day_id = resource_commitments.machine_day_id
            and usage_days.project_id is not distinct from resource_commitments.project_id

),

rounded as (

    select
        *,
        coalesce({{ money('flexible_fee_cost * flexible_share') }}, 0) as flexible_share_cost,
        coalesce({{ money('flexible_net_fee_cost * flexible_share') }}, 0)
            as flexible_share_net_cost,
        coalesce({{ money('resource_fee_cost * resource_share') }}, 0) as resource_share_cost,
        row_number() over (
            partition by unit_id, fee_day_id
            order by
                flexible_cud_credits_cost asc,
                sku_id asc nulls last,
                resource_global_name asc nulls last,
                project_id asc nulls last,
                tag_set_id asc nulls last
        ) = 1 as takes_flexible_rest,
        row_number() over (
            partition by unit_id, machine_day_id, pool_project_id
            order by
                resource_cud_credits_cost asc,
                sku_id asc nulls last,
                resource_global_name asc nulls last,
                project_id asc nulls last,
                tag_set_id asc nulls last
        ) = 1 as takes_resource_rest
    from rated

),

rests as (

    select
        *,
        case when takes_flexible_rest then flexible_fee_cost end
        - sum(flexible_share_cost) over same_fee as flexible_rest_cost,
        case when takes_flexible_rest then flexible_net_fee_cost end
        - sum(flexible_share_net_cost) over same_fee as flexible_rest_net_cost,
        case when takes_resource_rest then resource_fee_cost end
        - sum(resource_share_cost) over same_pool as resource_rest_cost
    from rounded
    window
        same_fee as (partition by unit_id, fee_day_id),
        same_pool as (partition by unit_id, machine_day_id, pool_project_id)

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
