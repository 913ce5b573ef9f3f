{{ config(materialized='units') }}

-- Fee lines of every kind of commitment with the part of the fee that covered no usage. What is
-- left of a fee is the used part: it moves to the covered usage (older spend-based model) or stays
-- (resource-based); under the model of 2025 Google credits it back.

with

fees as (

    select
        {{ gcp_line_columns() }},
        product_day_id,
        machine_day_id,
        originating_service_id,
        usage_quantity,
        cost,
        public_list_cost,
        credits_cost,
        cud_credits_cost
    from {{ ref('int_gcp__classified_lines') }}
    where commitment_fee is not null and {{ of_units('int_built_bills') }}

),

flexible_commitments as (

    select * from {{ ref('int_gcp__flexible_commitments') }}

),

resource_commitments as (

    select * from {{ ref('int_gcp__resource_commitments') }}

),

rated as (

    select
        fees.*,
        case
            when fees.commitment_fee = 'offset' then 0
            when fees.commitment_fee = 'resource' then coalesce(resource_commitments.used_rate, 1)
            when flexible_commitments.is_attributed and fees.originating_service_id is null then 0
            else flexible_commitments.used_rate
        end as used_rate
    from fees
    -- The kind of the fee chooses above: a condition on it here would make DuckDB join by loops.
    left join flexible_commitments on fees.product_day_id = flexible_commitments.product_day_id
    left join resource_commitments
        on
            fees.machine_day_id = resource_commitments.machine_day_id
            and fees.project_id is not distinct from resource_commitments.project_id

),

final as (

    select
        *,
        case used_rate
            when 0 then cost + cud_credits_cost
            when 1 then 0
            else {{ money('(cost + cud_credits_cost) * (1 - used_rate)') }}
        end as unused_cost,
        case used_rate
            when 0 then cost + credits_cost
            when 1 then 0
            else {{ money('(cost + credits_cost) * (1 - used_rate)') }}
        end as unused_net_cost
    from rated

)

select * from final
