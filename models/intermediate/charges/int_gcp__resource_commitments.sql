{{ config(materialized='units') }}

-- Resource-based commitments and the usage they covered, in the units of their SKUs, per day,
-- region, machine family, part (cores, memory, accelerators, local SSDs, licences, premiums) and
-- project. Where the covered usage of each project fits into the project's own commitments,
-- discounts are not shared and each project stands for itself; else the commitments of the billing
-- account are one pool.

with

lines as (

    select * from {{ ref('int_gcp__classified_lines') }}
    where {{ of_units('int_built_bills') }}

),

by_project as (

    select
        unit_id,
        machine_day_id,
        project_id,
        coalesce(
            sum(cast(usage_quantity as double)) filter (where commitment_fee is not null), 0
        ) as committed_units,
        coalesce(
            sum(covered_units) filter (where commitment_fee is null), 0
        ) as covered_units,
        coalesce(
            sum(cost + cud_credits_cost) filter (where commitment_fee is not null), 0
        ) as fee_cost
    from lines
    where
        machine_part is not null
        and (
            commitment_fee = 'resource'
            or (has_commitment_credits and resource_cud_credits_cost != 0)
        )
    group by all

),

pooled as (

    select
        *,
        case
            when
                max(covered_units - committed_units * 1.000001)
                    over (partition by machine_day_id)
                <= 0
                then project_id
        end as pool_project_id
    from by_project

),

pools as (

    select
        machine_day_id,
        pool_project_id,
        sum(covered_units) as covered_units,
        sum(fee_cost) as fee_cost,
        -- Without units on the fee it cannot be told what was left unused.
        case
            when sum(committed_units) <= 0 then 1
            else greatest(0, least(1, sum(covered_units) / sum(committed_units)))
        end as used_rate
    from pooled
    group by all

),

final as (

    select
        pooled.unit_id,
        pooled.machine_day_id,
        pooled.project_id,
        pools.pool_project_id,
        pools.covered_units,
        pools.used_rate,
        case pools.used_rate
            when 1 then pools.fee_cost
            else {{ money('pools.fee_cost * pools.used_rate') }}
        end as used_cost
    from pooled
    inner join pools
        on
            pooled.machine_day_id = pools.machine_day_id
            and pooled.pool_project_id is not distinct from pools.pool_project_id

)

select * from final
