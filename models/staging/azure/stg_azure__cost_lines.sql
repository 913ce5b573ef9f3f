with

-- One name per meaning: a schema version has one of the spellings, rarely two. Empty text is NULL.
final as (

    select
        ---------- ids
        export as export_name,
        bill,
        billing_period,
        nullif(coalesce(billingaccountid, billingaccountname, customerid), '')
            as billing_account_id,
        -- subscriptionid is a number in the EA portal's file, a commercial id in Partner Center's.
        -- Lines of no subscription have an empty one or, in older files, all zeros.
        lower(nullif(
            nullif(coalesce(subscriptionguid, entitlementid, subscriptionid), ''),
            '00000000-0000-0000-0000-000000000000'
        )) as subscription_id,
        nullif(coalesce(subscriptionname, entitlementdescription), '') as subscription_name,
        nullif(coalesce(resourceid, instanceid, instancename, resourceuri), '')
            as resource_path,
        lower(nullif(coalesce(resourcegroupname, resourcegroup), '')) as resource_group,
        lower(nullif(meterid, '')) as sku_id,
        coalesce(
            nullif(offerid, ''),
            -- Partner files state no offer; they are all Azure in the CSP program.
            case when coalesce(entitlementid, customertenantid, '') != '' then 'MS-AZR-0145P' end
        ) as offer_id,
        lower(nullif(benefitid, '')) as benefit_id,
        lower(nullif(reservationid, '')) as reservation_id,
        -- A reservation that covers a machine writes both keys.
        case
            when nullif(additionalinfo['ReservationOrderId'], '') is not null
                then lower(nullif(additionalinfo['ReservationId'], ''))
        end as vm_reservation_id,
        lower(nullif(additionalinfo['ReservationOrderId'], '')) as vm_reservation_order_id,
        lower(nullif(additionalinfo['ConsumptionMeter'], '')) as consumption_meter_id,
        tag_set_id,

        ---------- dimensions
        {{ first_text('resourcelocation', 'location', 'meterregion') }} as region,
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
        {{ first_text("additionalinfo['VMName']", "additionalinfo['VmName']") }}
            as info_vm_name,
        nullif(productordername, '') as product_order_name,
        nullif(reservationname, '') as reservation_name,
        nullif(term, '') as term,
        lower(nullif(frequency, '')) as frequency,
        nullif(additionalinfo['UsageType'], '') as usage_type,
        nullif(additionalinfo['ServiceType'], '') as service_type,
        nullif(additionalinfo['ImageType'], '') as image_type,
        nullif(additionalinfo['IpAddress'], '') as ip_address,
        tags,
        nullif(coalesce(unitofmeasure, unit, unittype), '') as unit_of_measure,
        upper(coalesce(
            nullif(billingcurrencycode, ''), nullif(billingcurrency, ''), nullif(currency, ''),
            stated_currency
        )) as billing_currency,

        ---------- quantities
        coalesce(quantity, usagequantity, consumedquantity) as quantity,
        try_cast(additionalinfo['RINormalizationRatio'] as double) as normalization_ratio,
        try_cast(additionalinfo['VCPUs'] as double) as vcpus,
        unitprice as unit_price,
        coalesce(paygprice, marketprice) as payg_price,
        coalesce(exchangeratepricingtobilling, exchangerate, pctobcexchangerate, 1)
            as exchange_rate,

        ---------- costs
        coalesce(costinbillingcurrency, pretaxcost, cost, extendedcost, billingpretaxtotal, 0)
            as cost,
        coalesce(costinbillingcurrency, pretaxcost, cost, extendedcost, billingpretaxtotal) is null
            as lacks_cost,
        paygcostinbillingcurrency as payg_cost,

        ---------- times
        coalesce(date, usagedatetime, usagedate) as charge_date

    from {{ source('azure', 'azure_cost') }}

)

select * from final
