{{ config(materialized='units') }}

{%- set columns = [
    'export_name', 'bill', 'billing_period', 'provider', 'commitment_discount_id', 'reservation_id',
    'order_id', 'commitment_name', 'instance_type', 'payment_option', 'term_months',
    'purchased_quantity', 'ends_at', 'is_purchase', 'committed_cost',
    'usage_unit',
] -%}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units() }}

),

aws_lines as (

    select
        lines.export_name,
        lines.bill,
        lines.billing_period,
        'AWS' as provider,
        lines.commitment_id as commitment_discount_id,
        lines.reservation_arn as reservation_id,
        cast(null as string) as order_id,
        lines.charge_description as commitment_name,
        -- Covered usage is of any size of the family; the fee is of the size that was bought.
        case
            when not lines.is_plan and lines.commitment_role in ('recurring fee', 'upfront fee')
                then lines.instance_type
        end as instance_type,
        lines.commitment_payment_option as payment_option,
        try_cast(regexp_extract(lines.commitment_term, '^([0-9]+)', 1) as integer) * 12
            as term_months,
        case when lines.is_fee then lines.reserved_instances end as purchased_quantity,
        lines.commitment_ends_at as ends_at,
        lines.commitment_role in ('recurring fee', 'upfront fee') as is_purchase,
        -- Recurring fee and the period's share of the upfront fee; all of one that nothing
        -- amortizes.
        case
            when lines.is_fee then lines.fee_cost
            when not commitments.upfront_fee_leaves then lines.unblended_cost
        end as committed_cost,
        lines.usage_unit
    from {{ ref('int_aws__line_amounts') }} as lines
    inner join {{ ref('int_aws__commitments') }} as commitments
        on
            lines.unit_id = commitments.unit_id
            and lines.commitment_key = commitments.commitment_key
    where lines.commitment_id is not null

),

azure_lines as (

    select
        export_name,
        bill,
        billing_period,
        'Microsoft' as provider,
        commitment_id as commitment_discount_id,
        -- /providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{reservation}
        regexp_extract(commitment_id, '([^/]+)$', 1) as reservation_id,
        coalesce(
            {{ extracted('commitment_id', '(?:reservation|savingsplan)orders/([^/]+)') }},
            -- A purchase names its order as the reservation.
            case when {{ azure_is_purchase() }} then commitment_id end,
            vm_reservation_order_id
        ) as order_id,
        coalesce(product_order_name, reservation_name) as commitment_name,
        -- Reserved VM Instance, Standard_DS1_v2, US East, 1 Year
        {{ extracted('product_order_name', '(Standard_[^, ]+|Basic_[^, ]+)') }}
            as instance_type,
        cast(null as string) as payment_option,
        term_months,
        quantity as purchased_quantity,
        cast(null as string) as ends_at,
        {{ azure_is_purchase() }} as is_purchase,
        cast(null as decimal(38, 18)) as committed_cost,
        unit_of_measure as usage_unit
    from {{ ref('int_azure__cost_lines') }}
    where commitment_id is not null and {{ azure_is_committed() }}

),

gcp_lines as (

    select
        export_name,
        bill,
        billing_period,
        'Google Cloud' as provider,
        subscription_id as commitment_discount_id,
        cast(null as string) as reservation_id,
        cast(null as string) as order_id,
        sku_description as commitment_name,
        cast(null as string) as instance_type,
        cast(null as string) as payment_option,
        try_cast(regexp_extract(sku_description, '([0-9]+) [Yy]ear', 1) as integer) * 12
            as term_months,
        cast(null as decimal(38, 18)) as purchased_quantity,
        cast(null as string) as ends_at,
        lower(sku_description) like '%commitment%'
        or lower(sku_description) like '%committed use%' as is_purchase,
        cost as committed_cost,
        usage_unit
    from {{ ref('stg_gcp__billing_lines') }}
    where subscription_id is not null

),

focus_lines as (

    select
        export_name,
        bill,
        billing_period,
        provider,
        commitment_id as commitment_discount_id,
        case when commitment_type = 'Reservation' then commitment_id end as reservation_id,
        cast(null as string) as order_id,
        commitment_name,
        -- Named by default after what was bought, as Microsoft names orders.
        {{ extracted('commitment_name', '(Standard_[^, ]+|Basic_[^, ]+)') }}
            as instance_type,
        cast(null as string) as payment_option,
        term_months,
        cast(null as decimal(38, 18)) as purchased_quantity,
        cast(null as string) as ends_at,
        true as is_purchase,
        cast(null as decimal(38, 18)) as committed_cost,
        coalesce(commitment_unit, usage_unit) as usage_unit
    from {{ ref('stg_focus__charges') }}
    where commitment_id is not null

),

commitment_lines as (

    {{ union_by_name(['aws_lines', 'azure_lines', 'gcp_lines', 'focus_lines'], columns) }}

),

final as (

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
        max(lines.instance_type) as instance_type,
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
        -- What the bill says the commitment costs for the billing period, where it does.
        sum(case when lines.is_purchase then lines.committed_cost end) as committed_cost,

        ---------- times
        max(lines.ends_at) as ends_at

    from commitment_lines as lines
    inner join bills using (export_name, bill, billing_period)
    group by
        bills.unit_id,
        lines.provider,
        lines.commitment_discount_id

)

select * from final
