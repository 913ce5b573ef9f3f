-- Scopes that share an account in a month are one: when a subscription moves from one agreement to
-- another, both bill its machines on that day.
with

charge_months as (

    select * from {{ ref('int_charge_months') }}
    where has_machines

),

shared as (

    select
        provider,
        sub_account_id,
        charge_month
    from charge_months
    group by all
    having count(distinct scope) > 1

),

scope_months as (

    select
        ---------- ids
        charge_months.unit_id,
        charge_months.provider,
        case when count(shared.charge_month) = 0 then charge_months.scope end as only_scope,

        ---------- dimensions
        charge_months.charge_month,

        ---------- quantities
        sum(charge_months.line_count) as line_count

    from charge_months
    left join shared
        on
            charge_months.provider = shared.provider
            and charge_months.sub_account_id is not distinct from shared.sub_account_id
            and charge_months.charge_month = shared.charge_month
    group by
        charge_months.unit_id,
        charge_months.provider,
        charge_months.scope,
        charge_months.charge_month

),

{{ months_of(['provider', 'only_scope'], 'scope_months') }}
