{{ config(materialized='units') }}

-- Days on which a subscription has usage in one only of the two exports of its unit, actual and
-- amortized cost: the other was not made for it or for them, or ran before. Their metrics come from
-- that one. Lines of no subscription have theirs where the other export has nothing of the day.

with

cost_lines as (

    select * from {{ ref('int_azure__described_lines') }}
    where not {{ azure_is_in_one_dataset() }}

),

-- Of units without a pair, each bill gives all metrics.
paired as (

    select * from {{ ref('int_bills') }}
    where
        kind = 'azure_cost'
        and not (gives_billed and gives_amortized)
        and {{ of_units('int_built_bills') }}

),

days as (

    select
        paired.unit_id,
        paired.export_name,
        paired.bill,
        paired.billing_period,
        paired.gives_billed as is_actual,
        cost_lines.subscription_id,
        cost_lines.charge_date
    from cost_lines
    inner join paired using (export_name, bill, billing_period)
    group by all

),

compared as (

    select
        *,
        count(case when is_actual then 1 end) over its_day as actual_bills,
        count(case when not is_actual then 1 end) over its_day as amortized_bills,
        count(case when is_actual then 1 end) over any_day as actual_bills_of_any,
        count(case when not is_actual then 1 end) over any_day as amortized_bills_of_any,
        -- A subscription that the export does not know yet may be of days that are to come.
        coalesce(
            max(case when is_actual then charge_date end) over its_days,
            max(case when is_actual then charge_date end) over all_days
        ) as actual_ends_on,
        coalesce(
            max(case when not is_actual then charge_date end) over its_days,
            max(case when not is_actual then charge_date end) over all_days
        ) as amortized_ends_on
    from days
    window
        its_day as (partition by unit_id, subscription_id, charge_date),
        any_day as (partition by unit_id, charge_date),
        its_days as (partition by unit_id, subscription_id),
        all_days as (partition by unit_id)

),

unpaired as (

    select
        *,
        {{ days_between(
            'case when is_actual then amortized_ends_on else actual_ends_on end', 'charge_date'
        ) }} as days_after_other
    from compared
    where
        (actual_bills = 0 or amortized_bills = 0)
        and (
            subscription_id is not null
            or actual_bills_of_any = 0
            or amortized_bills_of_any = 0
        )

),

final as (

    select
        ---------- ids
        unit_id,
        export_name,
        bill,
        billing_period,
        subscription_id,

        ---------- dimensions
        charge_date,
        is_actual,
        coalesce(days_after_other between 1 and 2, false) as is_ahead

    from unpaired

)

select * from final
