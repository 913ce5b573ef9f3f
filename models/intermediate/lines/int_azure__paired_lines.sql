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
        using (export_name, bill, billing_period, subscription_id, charge_date)

),

final as (

    select
        *,
        -- What a commitment covers costs nothing in actual cost, where its fee is.
        is_unpaired and (is_actual or not {{ azure_is_committed() }}) as gives_all
    from joined

)

select * from final
