{{ config(materialized='units') }}

{%- set columns = [
    'export_name', 'bill', 'billing_period', 'provider', 'billing_currency', 'gives_all',
    'lacks_cost', 'billed_cost', 'cost_to_amortize',
] -%}
{%- set explanations = ['explained', 'lacks_amounts', 'is_foreign'] -%}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units('int_built_bills') }}

),

-- By unit too: what the columns of an AWS bill can tell is told of the whole bill, before the join.
aws_lines as (

    select
        *,
        false as gives_all
    from {{ ref('int_aws__amounts') }}
    where {{ of_units('int_built_bills') }}

),

-- Only AWS bills fees for whole terms, which explain a difference.
other_lines as (

    select
        *,
        0 as explained,
        false as lacks_amounts,
        false as is_foreign
    from (
        {{ union_by_name(
            [ref('int_azure__lines'), ref('int_gcp__lines'), ref('int_focus__lines')], columns
        ) }}
    ) as lines

),

lines as (

    {{ union_by_name(['aws_lines', 'other_lines'], columns + explanations) }}

),

totals as (

    select
        bills.unit_id,
        bills.export_name,
        bills.scope,
        bills.billing_period,
        lines.provider,
        lines.billing_currency,
        bills.gives_billed or lines.gives_all as gives_billed,
        bills.gives_amortized or lines.gives_all as gives_amortized,
        count(*) as line_count,
        count_if(lines.lacks_cost) as blank_line_count,
        sum(lines.billed_cost) as billed_cost,
        sum(lines.cost_to_amortize) as cost_to_amortize,
        sum(lines.explained) as explained,
        bool_or(lines.lacks_amounts) as has_missing_columns,
        bool_or(lines.is_foreign) as has_foreign_commitments,
        min(bills.loaded_at) < min(cast(bills.billing_period || '-01' as date)) + interval 1 month
            as is_open
    from lines
    inner join bills using (export_name, bill, billing_period)
    group by all

),

measures as (

    select names.measure
    from (values ('billed'), ('amortized')) as names (measure)

),

final as (

    select
        ---------- ids
        totals.unit_id,
        totals.export_name,
        totals.scope,
        totals.billing_period,

        ---------- dimensions
        totals.provider,
        totals.billing_currency,
        measures.measure,
        bool_or(totals.has_missing_columns) as has_missing_columns,
        bool_or(totals.has_foreign_commitments) as has_foreign_commitments,
        bool_or(totals.is_open) as is_open,

        ---------- quantities
        cast(sum(totals.line_count) as bigint) as line_count,
        cast(sum(totals.blank_line_count) as bigint) as blank_line_count,
        sum(case measures.measure when 'billed' then 0 else totals.line_count * 1e-6 end)
            as tolerance,

        ---------- costs
        sum(
            case measures.measure
                when 'billed' then totals.billed_cost
                else totals.cost_to_amortize
            end
        ) as in_bill,
        cast(
            sum(case measures.measure when 'billed' then 0 else totals.explained end)
            as decimal(38, 18)
        ) as explained

    from totals
    inner join measures
        on
            (measures.measure = 'billed' and totals.gives_billed)
            or (measures.measure = 'amortized' and totals.gives_amortized)
    group by all

)

select * from final
