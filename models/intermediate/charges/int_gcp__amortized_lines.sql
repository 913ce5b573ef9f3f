-- Every line with its amortized costs. Three kinds, each read once: what carries no credits of a
-- commitment, usage that does, and fees, whose unused part becomes a row of its own.
{%- set columns = [
    gcp_line_columns(), 'is_covered', 'is_unused_fee', 'line_count', 'usage_quantity', 'list_cost',
    'net_cost', 'public_list_cost', 'amortized_cost', 'amortized_net_cost', 'commitment_share_cost',
] %}

with

plain_lines as (

    select
        {{ gcp_line_columns() }},
        -- Under the model of 2025 covered usage has lines of its own, at a discounted price.
        cost_type = 'regular'
        and subscription_id is not null
        and consumption_model is not null as is_covered,
        false as is_unused_fee,
        1 as line_count,
        usage_quantity,
        cost as list_cost,
        cost + credits_cost as net_cost,
        public_list_cost,
        cost + cud_credits_cost as amortized_cost,
        cost + credits_cost as amortized_net_cost,
        0 as commitment_share_cost
    from {{ ref('int_gcp__classified_lines') }}
    where commitment_fee is null and not has_commitment_credits

),

covered_lines as (

    select
        {{ gcp_line_columns() }},
        true as is_covered,
        false as is_unused_fee,
        line_count,
        usage_quantity,
        cost as list_cost,
        cost + credits_cost as net_cost,
        public_list_cost,
        cost + cud_credits_cost + flexible_fee_share_cost as amortized_cost,
        cost + credits_cost + flexible_fee_share_net_cost as amortized_net_cost,
        resource_fee_share_cost as commitment_share_cost
    from {{ ref('int_gcp__covered_usage') }}

),

fee_lines as (

    select
        {{ gcp_line_columns() }},
        false as is_covered,
        false as is_unused_fee,
        1 as line_count,
        usage_quantity,
        cost as list_cost,
        cost + credits_cost as net_cost,
        public_list_cost,
        -- Kubecost leaves the fee of a resource-based commitment on its own line.
        case when commitment_fee = 'resource' then cost + cud_credits_cost - unused_cost else 0 end
            as amortized_cost,
        case
            when commitment_fee = 'resource' then cost + credits_cost - unused_net_cost
            else 0
        end as amortized_net_cost,
        0 as commitment_share_cost
    from {{ ref('int_gcp__commitment_fees') }}

),

unused_fees as (

    select
        {{ gcp_line_columns() }},
        false as is_covered,
        true as is_unused_fee,
        -- Billed on the line of the fee.
        0 as line_count,
        cast(null as decimal(38, 18)) as usage_quantity,
        0 as list_cost,
        0 as net_cost,
        0 as public_list_cost,
        unused_cost as amortized_cost,
        unused_net_cost as amortized_net_cost,
        0 as commitment_share_cost
    from {{ ref('int_gcp__commitment_fees') }}
    where unused_cost != 0 or unused_net_cost != 0

),

final as (

    {{ union_by_name(['plain_lines', 'covered_lines', 'fee_lines', 'unused_fees'], columns) }}

)

select * from final
