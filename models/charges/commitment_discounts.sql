{{ config(materialized='units') }}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units() }}

),

lines as (

    select * from {{ ref('int_lines') }}
    where commitment_discount_id is not null

),

-- Of one commitment in several currencies there are several.
aws_costs as (

    select
        unit_id,
        'AWS' as provider,
        commitment_id as commitment_discount_id,
        sum(committed_cost) as committed_cost
    from {{ ref('int_aws__commitments') }}
    group by unit_id, commitment_id

),

told as (

    select
        ---------- ids
        bills.unit_id,
        lines.provider,
        lines.commitment_discount_id,
        max(lines.reservation_id) as reservation_id,
        max(lines.order_id) as order_id,

        ---------- dimensions
        -- Texts of usage lines are of the usage; where the bill has the purchase, it tells.
        coalesce(
            max(case when lines.is_purchase then lines.commitment_name end),
            max(case when lines.provider = 'Microsoft' then lines.commitment_name end)
        ) as commitment_name,
        max(lines.reserved_instance_type) as instance_type,
        max(lines.payment_option) as payment_option,
        -- One for all its lines; fees may state none.
        coalesce(
            max(case when not lines.is_purchase then lines.usage_unit end), max(lines.usage_unit)
        ) as usage_unit,

        ---------- quantities
        count(*) as line_count,
        max(lines.term_months) as term_months,
        -- Azure bills an order in one line or several; every fee of AWS names the whole number.
        case lines.provider
            when 'AWS' then max(lines.purchased_quantity)
            else sum(case when lines.is_purchase then lines.purchased_quantity end)
        end as purchased_quantity,

        ---------- costs
        sum(case when lines.is_purchase then lines.committed_cost end) as committed_cost,

        ---------- times
        max(lines.commitment_ends_at) as ends_at

    from lines
    inner join bills using (export_name, bill, billing_period)
    group by
        bills.unit_id,
        lines.provider,
        lines.commitment_discount_id

),

final as (

    select
        told.unit_id,
        told.provider,
        told.commitment_discount_id,
        told.reservation_id,
        told.order_id,
        told.commitment_name,
        told.instance_type,
        told.payment_option,
        told.usage_unit,
        told.line_count,
        told.term_months,
        told.purchased_quantity,
        coalesce(told.committed_cost, aws_costs.committed_cost) as committed_cost,
        told.ends_at
    from told
    left join aws_costs using (unit_id, provider, commitment_discount_id)

)

select * from final
