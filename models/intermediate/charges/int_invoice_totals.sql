-- What invoices say of a billing account and month beside its charges, of all exports together.
{{ config(materialized='table') }}

with

invoices as (

    select * from {{ ref('stg_invoices') }}

),

invoiced_months as (

    select distinct
        account_key,
        billing_period
    from invoices

),

builds as (

    select
        unit_id,
        max(loaded_at) < max(cast(billing_period || '-01' as date)) + interval 1 month as is_open
    from {{ ref('int_shown_bills') }}
    group by unit_id

),

charged as (

    select
        invoiced_months.account_key,
        invoiced_months.billing_period,
        charges.billing_currency,
        min(charges.billing_account_id) as billing_account_id,
        min(charges.provider) as provider,
        bool_or(builds.is_open) as is_open,
        cast(sum(charges.line_count) as bigint) as line_count,
        count(distinct charges.service_name) as service_count,
        sum(charges.invoiced_cost) as charged
    from {{ ref('charges') }} as charges
    inner join invoiced_months
        on
            {{ account_key('charges.billing_account_id') }} = invoiced_months.account_key
            and charges.billing_period = invoiced_months.billing_period
    inner join builds on charges.unit_id = builds.unit_id
    group by
        invoiced_months.account_key, invoiced_months.billing_period, charges.billing_currency

),

charged_months as (

    select
        account_key,
        billing_period,
        min(billing_account_id) as billing_account_id,
        min(provider) as provider
    from charged
    group by account_key, billing_period

),

final as (

    select
        ---------- ids
        -- As charges spell it, where there are any: 1234-5678-9012 of bills.yml is 123456789012.
        coalesce(charged_months.billing_account_id, invoices.billing_account_id)
            as billing_account_id,
        invoices.billing_period,

        ---------- dimensions
        coalesce(charged.provider, charged_months.provider) as provider,
        invoices.billing_currency,
        coalesce(charged.is_open, false) as is_open,
        charged_months.account_key is null as is_not_loaded,
        charged.account_key is null as is_of_another_currency,

        ---------- quantities
        coalesce(charged.line_count, 0) as line_count,
        -- Invoices round what each service costs, bills do not: half of the smallest unit each.
        -- Currencies without a smaller unit: ISO 4217.
        greatest(1.0, coalesce(charged.service_count, 0) * 0.5)
        * case
            when
                invoices.billing_currency in ('CLP', 'ISK', 'JPY', 'KRW', 'PYG', 'UGX', 'VND')
                then 1
            else 0.01
        end as tolerance,

        ---------- costs
        invoices.invoiced,
        coalesce(charged.charged, 0) as charged

    from invoices
    left join charged
        on
            invoices.account_key = charged.account_key
            and invoices.billing_period = charged.billing_period
            and invoices.billing_currency = charged.billing_currency
    left join charged_months
        on
            invoices.account_key = charged_months.account_key
            and invoices.billing_period = charged_months.billing_period

)

select * from final
