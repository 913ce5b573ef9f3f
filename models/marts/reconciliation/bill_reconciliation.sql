{%- set columns = [
    'unit_id', 'export_name', 'scope', 'billing_account_id', 'billing_period', 'provider',
    'billing_currency', 'measure', 'line_count', 'in_bill', 'in_charges', 'difference', 'explained',
    'status', 'held_since', 'held_because',
] -%}

with

bill_totals as (

    select * from {{ ref('int_bill_totals') }}
    where
        unit_id in (
            select unit_id from {{ ref('int_bills') }}
        )

),

charges as (

    select
        unit_id,
        provider,
        billing_currency,
        sum(billed) as billed,
        sum(amortized) as amortized
    from {{ ref('int_unit_totals') }}
    group by all

),

held as (

    select
        unit_id,
        max(loaded_at) as held_since,
        {{ sorted_list('rule') }} as held_because
    from {{ ref('int_held_units') }}
    group by unit_id

),

compared as (

    select
        bill_totals.*,
        held.held_since,
        held.held_because,
        -- Charges are not told apart by export: what another one of the unit delivered is its.
        case bill_totals.measure
            when 'billed' then coalesce(charges.billed, 0)
            else coalesce(charges.amortized, 0)
        end
        + bill_totals.in_bill
        - sum(bill_totals.in_bill) over (
            partition by
                bill_totals.unit_id,
                bill_totals.provider,
                bill_totals.billing_currency,
                bill_totals.measure
        ) as in_charges
    from bill_totals
    left join charges
        on
            bill_totals.unit_id = charges.unit_id
            -- A FOCUS file may hold several.
            and bill_totals.provider is not distinct from charges.provider
            and bill_totals.billing_currency is not distinct from charges.billing_currency
    left join held on bill_totals.unit_id = held.unit_id

),

bills as (

    select
        ---------- ids
        unit_id,
        export_name,
        scope,
        cast(null as string) as billing_account_id,
        billing_period,

        ---------- dimensions
        provider,
        billing_currency,
        measure,

        ---------- quantities
        line_count,

        ---------- costs
        in_bill,
        in_charges,
        in_charges - in_bill as difference,
        explained,

        ---------- dimensions
        case
            when held_because is not null then 'held back'
            when abs(in_charges - in_bill - explained) <= tolerance then 'ok'
            when measure = 'billed' then 'unexplained'
            when has_missing_columns then 'columns absent'
            when has_foreign_commitments then 'commitment billed elsewhere'
            when is_open then 'open month'
            else 'unexplained'
        end as status,
        held_because,

        ---------- times
        held_since

    from compared

),

invoices as (

    select
        ---------- ids
        cast(null as string) as unit_id,
        cast(null as string) as export_name,
        cast(null as string) as scope,
        billing_account_id,
        billing_period,

        ---------- dimensions
        provider,
        billing_currency,
        'invoice' as measure,

        ---------- quantities
        line_count,

        ---------- costs
        invoiced as in_bill,
        charged as in_charges,
        charged - invoiced as difference,
        cast(0 as decimal(38, 18)) as explained,

        ---------- dimensions
        case
            when is_not_loaded then 'not loaded'
            when is_of_another_currency then 'another currency'
            when abs(charged - invoiced) <= tolerance then 'ok'
            when is_open then 'open month'
            else 'unexplained'
        end as status,
        cast(null as string) as held_because,

        ---------- times
        cast(null as timestamp) as held_since

    from {{ ref('int_invoice_totals') }}

),

final as (

    {{ union_by_name(['bills', 'invoices'], columns) }}

)

select * from final
