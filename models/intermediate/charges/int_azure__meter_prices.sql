{{ config(materialized='units') }}

-- The public price of each meter, per build: reserved usage of customer agreements states none, but
-- what the same meter costs without a reservation is in the bill. As the meter average of the VM
-- cost report, at public prices and for what is no machine, too.

with

cost_lines as (

    select * from {{ ref('int_azure__described_lines') }}
    where {{ azure_is_priced() }}

),

bills as (

    select * from {{ ref('int_bills') }}
    where kind = 'azure_cost' and gives_billed and {{ of_units('int_built_bills') }}

),

listed as (

    select
        *,
        coalesce(is_vm and not is_vm_licence, false) as is_machine_usage,
        coalesce({{ azure_public_cost('quantity * ' ~ azure_price_units()) }}, cost) as public_cost
    from cost_lines

),

final as (

    select
        ---------- ids
        bills.unit_id,
        listed.sku_id,

        ---------- dimensions
        listed.unit_of_measure,
        listed.billing_currency,
        -- A meter may be of a dedicated host or of software, too.
        listed.is_machine_usage,

        ---------- costs
        cast(sum(listed.public_cost) as double) / cast(sum(listed.quantity) as double)
            as public_price

    from listed
    inner join bills using (export_name, bill, billing_period)
    where listed.sku_id is not null
    group by all

)

select * from final
