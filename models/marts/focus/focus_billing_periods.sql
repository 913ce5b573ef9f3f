with

charges as (

    select * from {{ ref('focus_charges') }}

),

bills as (

    select
        unit_id,
        min(loaded_at) as first_loaded_at,
        max(loaded_at) as last_loaded_at
    from {{ ref('int_shown_bills') }}
    group by unit_id

),

periods as (

    select
        InvoiceIssuerName,
        BillingPeriodStart,
        BillingPeriodEnd,
        x_CloudbillUnitId as unit_id
    from charges
    group by all

),

dated as (

    select
        periods.InvoiceIssuerName,
        periods.BillingPeriodStart,
        periods.BillingPeriodEnd,
        {{ utc_timestamp('min(bills.first_loaded_at)') }} as BillingPeriodCreated,
        {{ utc_timestamp('max(bills.last_loaded_at)') }} as BillingPeriodLastUpdated
    from periods
    inner join bills on periods.unit_id = bills.unit_id
    group by all

),

final as (

    select
        InvoiceIssuerName,
        BillingPeriodStart,
        BillingPeriodEnd,
        case when BillingPeriodLastUpdated >= BillingPeriodEnd then 'Closed' else 'Open' end
            as BillingPeriodStatus,
        BillingPeriodCreated,
        BillingPeriodLastUpdated
    from dated

)

select * from final
