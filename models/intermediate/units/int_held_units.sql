-- Units that break conservation, hold what cannot be, or would count twice: they are held back, and
-- the others shown.
{{ config(materialized='table') }}

{%- set columns = [
    'unit_id', 'rule', 'provider', 'billing_currency', 'row_count', 'cost',
] -%}

with

units as (

    select
        unit_id,
        scope,
        billing_period,
        {{ sorted_list('export_name') }} as export_names,
        sum(line_count) as line_count,
        max(loaded_at) as loaded_at
    from {{ ref('int_bills') }}
    group by unit_id, scope, billing_period

),

totals as (

    select * from {{ ref('int_unit_totals') }}

),

-- What arrived and what was charged, of either what the other lacks, too.
costs as (

    select
        unit_id,
        provider,
        billing_currency,
        line_count,
        in_bill,
        cast(0 as decimal(38, 18)) as in_charges
    from {{ ref('int_bill_totals') }}
    where measure = 'billed'
    union all
    select
        unit_id,
        provider,
        billing_currency,
        cast(0 as bigint) as line_count,
        cast(0 as decimal(38, 18)) as in_bill,
        billed as in_charges
    from totals

),

unlike_costs as (

    select
        unit_id,
        'charges do not cost what the lines do' as rule,
        provider,
        billing_currency,
        sum(line_count) as row_count,
        sum(in_charges) - sum(in_bill) as cost
    from costs
    group by unit_id, provider, billing_currency
    having sum(in_charges) != sum(in_bill)

),

charged_lines as (

    select
        unit_id,
        sum(line_count) as line_count
    from totals
    group by unit_id

),

unlike_lines as (

    select
        units.unit_id,
        'not every line is in one charge' as rule,
        cast(null as string) as provider,
        cast(null as string) as billing_currency,
        abs(units.line_count - coalesce(charged_lines.line_count, 0)) as row_count,
        cast(null as decimal(38, 18)) as cost
    from units
    left join charged_lines on units.unit_id = charged_lines.unit_id
    where units.line_count != coalesce(charged_lines.line_count, 0)

),

impossible as (

    select
        unit_id,
        finding as rule,
        provider,
        billing_currency,
        sum(charge_count) as row_count,
        sum(billed) as cost
    from totals
    where finding is not null
    group by unit_id, finding, provider, billing_currency

),

found as (

    {{ union_by_name(
        ['unlike_costs', 'unlike_lines', 'impossible', ref('int_repeated_units')], columns
    ) }}

),

final as (

    select
        ---------- ids
        units.unit_id,
        units.export_names,
        units.scope,
        units.billing_period,
        found.provider,

        ---------- dimensions
        found.rule,
        found.billing_currency,

        ---------- quantities
        cast(found.row_count as bigint) as row_count,

        ---------- costs
        cast(found.cost as decimal(38, 18)) as cost,

        ---------- times
        units.loaded_at

    from found
    inner join units on found.unit_id = units.unit_id

)

select * from final
