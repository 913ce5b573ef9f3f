{{ config(materialized='units') }}

{%- set columns = [
    'export_name', 'bill', 'billing_period', 'provider', 'sku_id', 'instance_type',
    'reservation_id', 'billing_currency', 'stated_factor', 'vcpus', 'is_priced', 'vm_hours', 'cost',
] -%}

with

bills as (

    select * from {{ ref('int_bills') }}
    where {{ of_units() }}

),

-- Read from the lines, not from charges: a day of a charge may hold a line that cost nothing beside
-- one that did, and the average price is of the latter.
aws_lines as (

    select
        export_name,
        bill,
        billing_period,
        'AWS' as provider,
        sku_id,
        instance_type,
        reservation_arn as reservation_id,
        billing_currency,
        cast(normalization_factor as double) as stated_factor,
        cast(null as double) as vcpus,
        false as is_priced,
        usage_quantity as vm_hours,
        unblended_cost as cost
    from {{ ref('stg_aws__line_items') }}
    where is_machine and not is_discount

),

azure_lines as (

    select
        export_name,
        bill,
        billing_period,
        'Microsoft' as provider,
        sku_id,
        instance_type,
        vm_reservation_id as reservation_id,
        billing_currency,
        normalization_ratio as stated_factor,
        vcpus,
        lower(charge_type) = 'usage'
        and vm_reservation_id is null
        and not {{ azure_is_committed() }}
        and cost > 0
        and quantity > 0 as is_priced,
        case
            when {{ azure_price_units() }} > 1
                then {{ money('quantity * ' ~ azure_price_units()) }}
            else quantity
        end as vm_hours,
        cost
    from {{ ref('int_azure__cost_lines') }}
    where
        meter_category in ('Virtual Machines', 'Virtual Machines Licenses')
        and is_vm
        and not is_vm_licence

),

-- FOCUS states no factors, so that those of the tables count; Google Cloud has none.
focus_lines as (

    select
        export_name,
        bill,
        billing_period,
        provider,
        sku_id,
        instance_type,
        case when commitment_type = 'Reservation' then commitment_id end as reservation_id,
        billing_currency,
        cast(null as double) as stated_factor,
        cast(null as double) as vcpus,
        false as is_priced,
        cast(null as decimal(38, 18)) as vm_hours,
        cast(null as decimal(38, 18)) as cost
    from {{ ref('stg_focus__charges') }}
    where
        provider in ('AWS', 'Microsoft')
        and is_vm
        and charge_category = 'Usage'
        and instance_type is not null

),

vm_lines as (

    {{ union_by_name(['aws_lines', 'azure_lines', 'focus_lines'], columns) }}

),

final as (

    select
        ---------- ids
        bills.unit_id,
        vm_lines.provider,
        vm_lines.sku_id,
        vm_lines.reservation_id,

        ---------- dimensions
        vm_lines.instance_type,
        vm_lines.billing_currency,

        ---------- quantities
        max(vm_lines.stated_factor) as stated_factor,
        max(vm_lines.vcpus) as vcpus,
        sum(case when vm_lines.is_priced and bills.gives_billed then vm_lines.vm_hours end)
            as priced_hours,

        ---------- costs
        sum(case when vm_lines.is_priced and bills.gives_billed then vm_lines.cost end)
            as priced_cost

    from vm_lines
    inner join bills using (export_name, bill, billing_period)
    group by all

)

select * from final
