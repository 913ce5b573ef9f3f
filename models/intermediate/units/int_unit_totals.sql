{{ config(materialized='units') }}

{%- set columns = [
    'unit_id', 'provider', 'billing_account_id', 'billing_currency', 'finding', 'charge_count',
    'line_count', 'billed', 'amortized',
] -%}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units('int_built_bills') }}

),

units as (

    select
        unit_id,
        bool_or(kind = 'focus') as is_focus
    from bills
    group by unit_id

),

charges as (

    select * from {{ ref('int_charges') }}
    where {{ of_units('int_built_bills') }}

),

judged as (

    select
        charges.*,
        case
            when charges.charge_date is null then 'charges have no day'
            -- Kubecost: invoiced cost is net cost.
            when charges.invoiced_cost != charges.net_cost then 'what is invoiced is not net cost'
            -- The unused part of a commitment is money already in the fee: it has amortized cost
            -- only. Microsoft bills it; vendors of FOCUS files have rules of their own.
            when
                charges.commitment_discount_status = 'Unused'
                and charges.provider != 'Microsoft'
                and not units.is_focus
                and (
                    charges.invoiced_cost != 0
                    or charges.list_cost != 0
                    or charges.vm_hours is not null
                )
                then 'an unused commitment is invoiced'
        end as finding
    from charges
    inner join units on charges.unit_id = units.unit_id

),

charged as (

    select
        unit_id,
        provider,
        billing_account_id,
        billing_currency,
        finding,
        count(*) as charge_count,
        cast(sum(line_count) as bigint) as line_count,
        sum(invoiced_cost) as billed,
        sum(amortized_cost) as amortized
    from judged
    group by unit_id, provider, billing_account_id, billing_currency, finding

),

-- Split cost allocation tells lines of instances again and is kept beside the charges.
kept_beside as (

    select
        bills.unit_id,
        'AWS' as provider,
        split_costs.billing_account_id,
        split_costs.billing_currency,
        cast(null as string) as finding,
        0 as charge_count,
        count(*) as line_count,
        cast(0 as decimal(38, 18)) as billed,
        cast(0 as decimal(38, 18)) as amortized
    from {{ ref('stg_aws__split_costs') }} as split_costs
    inner join bills using (export_name, bill, billing_period)
    group by bills.unit_id, split_costs.billing_account_id, split_costs.billing_currency

),

final as (

    {{ union_by_name(['charged', 'kept_beside'], columns) }}

)

select * from final
