with

source as (

    select * from {{ source('azure', 'azure_cost') }}

),

-- One name per meaning: a schema version has one of the spellings, rarely two; an empty cell is NULL.
renamed as (

    select
        ---------- ids
        export as export_name,
        bill,
        billing_period,
        coalesce(nullif(billingaccountid, ''), nullif(billingaccountname, ''), nullif(customerid, ''))
            as billing_account_id,
        -- subscriptionid is a number in the EA portal's file and a commercial id in Partner Center's.
        lower(coalesce(
            nullif(nullif(subscriptionguid, ''), '00000000-0000-0000-0000-000000000000'),
            nullif(nullif(entitlementid, ''), '00000000-0000-0000-0000-000000000000'),
            nullif(nullif(subscriptionid, ''), '00000000-0000-0000-0000-000000000000')
        )) as subscription_id,
        nullif(coalesce(subscriptionname, entitlementdescription), '') as subscription_name,
        nullif(coalesce(resourceid, instanceid, instancename, resourceuri), '')
            as resource_path,
        lower(nullif(coalesce(resourcegroupname, resourcegroup), '')) as resource_group,
        lower(nullif(meterid, '')) as meter_id,
        nullif(offerid, '') as offer_id,
        lower(nullif(benefitid, '')) as benefit_id,
        lower(nullif(reservationid, '')) as reservation_id,
        lower(nullif(additionalinfo['ReservationId'], '')) as info_reservation_id,
        lower(nullif(additionalinfo['ReservationOrderId'], '')) as info_reservation_order_id,
        lower(nullif(additionalinfo['ConsumptionMeter'], '')) as consumption_meter_id,
        tag_set_id,

        ---------- dimensions
        coalesce(nullif(resourcelocation, ''), nullif(location, ''), nullif(meterregion, ''))
            as region,
        nullif(availabilityzone, '') as availability_zone,
        -- The letter case of providers and ids varies within a file.
        lower(nullif(consumedservice, '')) as consumed_service,
        nullif(metercategory, '') as meter_category,
        nullif(metersubcategory, '') as meter_subcategory,
        nullif(metername, '') as meter_name,
        nullif(coalesce(productname, product), '') as product_name,
        nullif(publishertype, '') as publisher_type,
        nullif(publishername, '') as publisher_name,
        -- EA 2019-10-01, pay-as-you-go and the EA portal's file hold usage only and have no type.
        coalesce(nullif(chargetype, ''), 'Usage') as charge_type,
        lower(replace(nullif(pricingmodel, ''), ' ', '')) as stated_pricing_model,
        coalesce(nullif(additionalinfo['VMName'], ''), nullif(additionalinfo['VmName'], ''))
            as info_vm_name,
        nullif(additionalinfo['UsageType'], '') as usage_type,
        nullif(additionalinfo['ServiceType'], '') as service_type,
        nullif(additionalinfo['ImageType'], '') as image_type,
        nullif(additionalinfo['IpAddress'], '') as ip_address,
        nullif(tags['creationSource'], '') as creation_source,
        nullif(tags['aks-managed-creationSource'], '') as aks_creation_source,
        nullif(coalesce(unitofmeasure, unit, unittype), '') as unit_of_measure,
        coalesce(
            nullif(billingcurrencycode, ''), nullif(billingcurrency, ''), nullif(currency, ''),
            stated_currency
        ) as billing_currency,

        ---------- quantities
        coalesce(quantity, usagequantity, consumedquantity) as quantity,
        try_cast(additionalinfo['RINormalizationRatio'] as double) as normalization_ratio,
        try_cast(additionalinfo['VCPUs'] as double) as vcpus,
        unitprice as unit_price,
        coalesce(paygprice, marketprice) as payg_price,
        coalesce(exchangeratepricingtobilling, exchangerate, pctobcexchangerate, 1)
            as exchange_rate,

        ---------- costs
        coalesce(costinbillingcurrency, pretaxcost, cost, extendedcost, billingpretaxtotal) as cost,
        paygcostinbillingcurrency as payg_cost,

        ---------- times
        coalesce(date, usagedatetime, usagedate) as charge_date

    from source

),

described as (

    select
        *,
        regexp_extract(resource_path, '[^/]*$') as resource_name,
        -- What stands before the fourth part of the path, the name of the resource group.
        regexp_extract(resource_path, '^[^/]*/[^/]*/[^/]*/[^/]*') as path_root,
        '/' || split_part(resource_path, '/', 5) as path_group,
        lower(concat_ws(' ', meter_name, meter_subcategory, product_name)) as product_text,
        -- The line of a machine: its hours or its licence. Units are seen in three languages;
        -- a capacity reservation has the category and the unit of a machine but is none.
        coalesce(consumed_service, 'microsoft.compute') = 'microsoft.compute'
        and meter_category in ('Virtual Machines', 'Virtual Machines Licenses')
        and (
            lower(unit_of_measure) like '%hour%'
            or lower(unit_of_measure) like '%hora%'
            or unit_of_measure like '%小时%'
        )
        and coalesce(usage_type, '') != 'ComputeCR'
        and coalesce(lower(resource_path), '') not like '%/capacityreservations/%' as is_vm
    from renamed

),

identified as (

    select
        *,
        -- As OpenCost has it (billingexportparser.go): only the resource group in lower case.
        'azure://'
        || path_root
        || lower(path_group)
        || substr(resource_path, length(path_root) + length(path_group) + 1) as resource_uri
    from described

),

final as (

    select
        ---------- ids
        export_name,
        bill,
        billing_period,
        -- As in OpenCost where the file names no billing account.
        coalesce(billing_account_id, subscription_id) as billing_account_id,
        subscription_id,
        subscription_name,
        lower(resource_path) as resource_id,
        case
            when info_vm_name is not null
                then resource_uri || case
                    when contains(info_vm_name, '_')
                        then '/virtualMachines/' || split_part(info_vm_name, '_', 2)
                    else ''
                end
            when ip_address is not null and meter_category = 'Virtual Network' then ip_address
            when meter_category in ('Storage', 'Bandwidth')
                then coalesce(
                    regexp_replace(creation_source, '^aks-', ''),
                    regexp_replace(aks_creation_source, '^vmssclient-', ''),
                    nullif(resource_name, '')
                )
            when resource_path not like '/%' then 'azure://'
            when resource_path like '%/' then trim(trailing '/' from resource_uri)
            else resource_uri
        end as provider_id,
        resource_group,
        meter_id,
        offer_id,
        benefit_id,
        coalesce(reservation_id, info_reservation_id) as reservation_id,
        consumption_meter_id,
        tag_set_id,

        ---------- dimensions
        region,
        availability_zone,
        consumed_service,
        meter_category,
        meter_subcategory,
        meter_name,
        product_name,
        publisher_type,
        publisher_name,
        charge_type,
        -- Where the file does not say: what covered the line, or the name of its meter. A
        -- ReservationId in AdditionalInfo also comes on SQL vCores that no reservation paid.
        case
            when stated_pricing_model is not null then stated_pricing_model
            when benefit_id like '%savingsplan%' or lower(charge_type) like 'unusedsaving%'
                then 'savingsplan'
            when
                reservation_id is not null
                or (is_vm and info_reservation_id is not null and info_reservation_order_id is not null)
                or lower(charge_type) = 'unusedreservation'
                then 'reservation'
            when is_vm and (product_text like '%spot%' or product_text like '%low priority%')
                then 'spot'
            else 'ondemand'
        end as pricing_model,
        is_vm,
        is_vm and (
            meter_category = 'Virtual Machines Licenses'
            or coalesce(meter_name, '') like 'Reservation-Windows Svr%'
            or coalesce(usage_type, '') = 'ComputeHR_SW'
        ) as is_vm_licence,
        -- Lines of a scale set carry its id; only AdditionalInfo names the machine.
        lower(coalesce(info_vm_name, nullif(resource_name, ''))) as vm_name,
        coalesce(
            service_type,
            'Standard_' || replace(
                nullif(regexp_extract(
                    meter_name, '^([A-Z]+[0-9].*?)(?:/| Spot| Low Priority| VM| - |$)', 1
                ), ''),
                ' ',
                '_'
            )
        ) as instance_type,
        -- Azure Hybrid Benefit runs Windows on the meter without licence; only the image tells.
        case
            when product_text like '%windows%' or lower(image_type) like '%windows%' then 'Windows'
            else 'Linux'
        end as operating_system,
        unit_of_measure,
        billing_currency,

        ---------- quantities
        quantity,
        normalization_ratio,
        vcpus,
        unit_price,
        payg_price,
        exchange_rate,

        ---------- costs
        cost,
        payg_cost,

        ---------- times
        charge_date

    from identified

)

select * from final
