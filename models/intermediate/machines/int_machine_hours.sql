{{ config(materialized='units') }}

{%- set described = [
    'scope', 'sub_account_id', 'resource_id', 'resource_group', 'region_id', 'availability_zone',
    'instance_type',
] %}

with

months as (

    {{ months_to_build('int_machine_months') }}

),

licences as (

    select * from {{ ref('int_licence_skus') }}

),

azure_meters as (

    select distinct
        unit_id,
        sku_id
    from {{ ref('int_vm_meters') }}
    where provider = 'Microsoft'

),

-- What covered hours cost on them, only the amortized export would tell.
actual_days as (

    select distinct
        unit_id,
        subscription_id,
        charge_date
    from {{ ref('int_azure__unpaired_days') }}
    where is_actual

),

machine_charges as (

    select
        charges.*,
        months.unit_id as month_unit_id,
        {{ machine_id('charges') }} as machine_id,
        coalesce(charges.vm_hours, 0) as hours,
        charges.amortized_net_cost + charges.commitment_share_cost as cost,
        -- Software is billed beside hours that were paid elsewhere too.
        licences.sku_id is not null
        or (
            charges.provider = 'Microsoft'
            and charges.vm_hours is null
            and azure_meters.sku_id is null
        ) as is_software,
        actual_days.unit_id is not null and charges.commitment_discount_status = 'Used'
            as is_covered_untold
    from {{ ref('charges') }} as charges
    inner join months on {{ is_of_month('charges', ['provider']) }}
    left join licences
        on
            charges.unit_id = licences.unit_id
            and charges.provider = licences.provider
            and charges.sku_id = licences.sku_id
    left join azure_meters
        on charges.unit_id = azure_meters.unit_id and charges.sku_id = azure_meters.sku_id
    left join actual_days
        on
            charges.unit_id = actual_days.unit_id
            and charges.sub_account_id = actual_days.subscription_id
            and charges.charge_date = actual_days.charge_date
    where
        charges.vm_name is not null
        and (licences.sku_id is null or {{ var('node_prices_include_licences') }})

),

-- Hours that cost nothing have no price: they were paid elsewhere (a commitment that the bill does
-- not show or amortize, a capacity block, a dedicated host, credits). By pricing model, since an
-- actual and an amortized export each have lines of their own for it.
by_model as (

    select
        month_unit_id as unit_id,
        provider,
        machine_id,
        charge_date,
        billing_currency,
        pricing_model,
        {% for column in described -%}
            max({{ column }}) as {{ column }},
        {% endfor -%}
        max(lower(vm_name)) as vm_name,
        max(operating_system) as operating_system,
        max(case when lower(operating_system) like '%windows%' then 'Windows' end) as windows,
        sum(hours) as hours,
        case
            when sum(case when is_software then 0 else abs(cost) end) = 0 then sum(hours)
            else 0
        end as free_hours,
        bool_or(is_covered_untold) as is_covered_untold,
        sum(cost) as cost,
        sum(public_list_cost) as list_cost,
        sum(case when is_software then 0 else public_list_cost end) as machine_list_cost
    from machine_charges
    group by month_unit_id, provider, machine_id, charge_date, billing_currency, pricing_model

),

summed as (

    select
        ---------- ids
        unit_id,
        provider,
        machine_id,
        charge_date,
        billing_currency,

        ---------- dimensions
        {% for column in described -%}
            max({{ column }}) as {{ column }},
        {% endfor -%}
        max(vm_name) as vm_name,
        -- A licence for Windows tells more than the machine's own line; only licences of Google
        -- Cloud name a system, and the rest of its machines is Linux. What another bill does not
        -- tell is not known: a price of Windows is no price of a Linux node.
        coalesce(
            max(windows),
            max(operating_system),
            case when provider = 'Google Cloud' then 'Linux' end
        ) as operating_system,

        ---------- quantities
        sum(hours) as vm_hours,
        {% for model, model_hours in pricing_model_hours().items() -%}
            {{ sum_of_model(model, 'hours') }} as {{ model_hours }},
        {% endfor -%}
        -- The rest of a day's hours does not tell what the covered ones cost.
        case when bool_or(is_covered_untold) then sum(hours) else sum(free_hours) end
            as unpriced_hours,

        ---------- costs
        sum(cost) as cost,
        -- Of hours without a list price (covered, of a dedicated host) software has one.
        case when sum(machine_list_cost) > 0 then sum(list_cost) else 0 end as list_cost

    from by_model
    group by unit_id, provider, machine_id, charge_date, billing_currency

),

final as (

    select
        *,
        {{ largest_pricing_model() }} as pricing_model,
        -- Machines without hours on a day have no price on it, whatever they cost.
        case
            when vm_hours > 0 and vm_hours > unpriced_hours
                then nullif(cast(cost as double), 0) / cast(vm_hours - unpriced_hours as double)
        end as hourly_price,
        case
            when vm_hours > 0 and list_cost > 0
                then cast(list_cost as double) / cast(vm_hours as double)
        end as list_hourly_price
    from summed

)

select * from final
