with

cost_lines as (

    select * from {{ ref('int_azure__described_lines') }}

),

unpaired_accounts as (

    select * from {{ ref('int_azure__unpaired_accounts') }}

),

final as (

    select
        cost_lines.*,
        unpaired_accounts.unit_id is not null and not {{ azure_is_in_one_dataset('cost_lines.') }}
            as gives_all
    from cost_lines
    left join unpaired_accounts using (export_name, bill, billing_period, subscription_id)

)

select * from final
