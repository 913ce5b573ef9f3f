with

cost_lines as (

    select
        *,
        'Microsoft' as provider
    from {{ ref('stg_azure__cost_lines') }}

),

-- All in one row: what reads no machines pays next to nothing. A cross join would keep DuckDB from
-- leaving out files.
hour_units as (

    select
        'Microsoft' as provider,
        array_agg(unit) as units
    from {{ ref('hour_units') }}

),

-- Units are in the language of the account (1 Hour, 1 Stunde).
measured as (

    select
        cost_lines.*,
        coalesce(
            lower(unit_of_measure) like '%hour%'
            or array_contains(hour_units.units, {{ unit_words('unit_of_measure') }}),
            false
        ) as is_hours
    from cost_lines
    left join hour_units on cost_lines.provider = hour_units.provider

),

described as (

    select
        *,
        {{ extracted('resource_path', '([^/]*)$') }} as resource_name,
        -- What stands before the fourth part of the path, the name of the resource group.
        regexp_extract(resource_path, '^[^/]*/[^/]*/[^/]*/[^/]*', 0) as path_root,
        split_part(resource_path, '/', 5) as path_group,
        lower(concat_ws(' ', meter_name, meter_subcategory, product_name)) as product_text,
        -- Compute_Savings_Plan; Compute savings plan, 3 Years.
        replace(lower(concat_ws(' ', product_order_name, product_name, meter_category)), '_', ' ')
            as order_text,
        coalesce(lower(publisher_type), '') = 'marketplace' as is_marketplace,
        -- Hours or licence of a machine. Capacity reservations and dedicated hosts have the
        -- category and the unit of a machine but are none, and Marketplace only names one. The
        -- category, too, may be in the language of the account; ComputeHR on the path of a machine
        -- is hours of it in any.
        coalesce(
            coalesce(consumed_service, 'microsoft.compute') = 'microsoft.compute'
            and (
                meter_category in ('Virtual Machines', 'Virtual Machines Licenses')
                and (is_hours or coalesce(usage_type, '') like 'ComputeHR%')
                or usage_type like 'ComputeHR%'
                and lower(resource_path) like '%/microsoft.compute/virtualmachine%'
            )
            and coalesce(usage_type, '') != 'ComputeCR'
            and not is_marketplace
            and (
                coalesce(lower(resource_path), '') not like '%/microsoft.compute/%'
                or lower(resource_path) like '%/microsoft.compute/virtualmachine%'
            ),
            false
        ) as is_vm
    from measured

),

identified as (

    select
        *,
        'azure://'
        || path_root
        || lower(substr(resource_path, length(path_root) + 1, length(path_group) + 1))
        || substr(resource_path, length(path_root) + length(path_group) + 2) as resource_uri
    from described

),

final as (

    select
        *,
        ---------- ids
        lower(resource_path) as resource_id,
        -- As OpenCost builds it (billingexportparser.go), so that its assets join: the resource
        -- group in lower case, the rest as delivered.
        case
            when contains(info_vm_name, '_')
                then resource_uri || '/virtualMachines/' || split_part(info_vm_name, '_', 2)
            when info_vm_name is not null then resource_uri
            when ip_address is not null and meter_category = 'Virtual Network' then ip_address
            when meter_category in ('Storage', 'Bandwidth')
                then coalesce(
                    regexp_replace(nullif(tags['creationSource'], ''), '^aks-', ''),
                    regexp_replace(
                        nullif(tags['aks-managed-creationSource'], ''), '^vmssclient-', ''
                    ),
                    resource_name
                )
            when resource_path not like '/%' then 'azure://'
            when resource_path like '%/' then trim(trailing '/' from resource_uri)
            else resource_uri
        end as provider_id,
        coalesce(benefit_id, reservation_id, vm_reservation_id) as commitment_id,

        ---------- dimensions
        -- Where the file does not say: what covered the line or is bought, else the name of its
        -- meter. On SQL vCores a ReservationId in AdditionalInfo need not mean that it paid for
        -- them.
        case
            when stated_pricing_model is not null then stated_pricing_model
            when
                benefit_id like '%savingsplan%'
                or lower(charge_type) like 'unusedsaving%'
                or (order_text like '%savings plan%' and not is_marketplace)
                then 'savingsplan'
            when
                reservation_id is not null
                or lower(charge_type) = 'unusedreservation'
                or (is_vm and vm_reservation_id is not null)
                then 'reservation'
            when is_vm and (product_text like '%spot%' or product_text like '%low priority%')
                then 'spot'
            else 'ondemand'
        end as pricing_model,
        is_vm and {{ azure_is_vm_licence('meter_category', 'meter_name', 'usage_type') }}
            as is_vm_licence,
        -- Lines of a scale set carry its id; only AdditionalInfo names the machine.
        lower(coalesce(info_vm_name, resource_name)) as vm_name,
        coalesce(
            service_type,
            'Standard_' || replace(
                {{ extracted(
                    'meter_name', '^([A-Z]+[0-9].*?)(?:/| Spot| Low Priority| VM| - |$)'
                ) }},
                ' ',
                '_'
            )
        ) as instance_type,
        {{ azure_operating_system('product_text', 'image_type') }} as operating_system,
        -- P1Y, 1 Year, or months
        try_cast(regexp_extract(term, '([0-9]+)', 1) as integer)
        * case when lower(term) like '%y%' then 12 else 1 end as term_months

    from identified

)

select * from final
