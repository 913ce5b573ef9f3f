with

cost_lines as (

    select * from {{ ref('int_azure__described_lines') }}

),

-- Of the bills in the lake, whose lines these are: units that they replaced are there, too.
unpaired_days as (

    select * from {{ ref('int_azure__unpaired_days') }}
    where
        unit_id in (
            select unit_id from {{ ref('int_bills') }}
        )

),

joined as (

    select
        cost_lines.*,
        unpaired_days.is_actual,
        unpaired_days.is_ahead,
        unpaired_days.unit_id is not null and not {{ azure_is_in_one_dataset('cost_lines.') }}
            as is_unpaired
    from cost_lines
    left join unpaired_days
        on
            cost_lines.export_name = unpaired_days.export_name
            and cost_lines.bill = unpaired_days.bill
            and cost_lines.billing_period = unpaired_days.billing_period
            and cost_lines.subscription_id is not distinct from unpaired_days.subscription_id
            and cost_lines.charge_date = unpaired_days.charge_date

),

final as (

    select
        *,
        -- What a commitment covers costs nothing in actual cost, where its fee is.
        is_unpaired and (is_actual or not {{ azure_is_committed() }}) as gives_all
    from joined

)

select * from final
