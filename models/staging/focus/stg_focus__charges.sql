with

named as (

    select
        {{ focus_columns() }},
        {{ first_text('providername', 'serviceprovidername') }} as stated_provider
    from {{ source('focus', 'focus') }}

),

told as (

    select
        *,
        case
            when
                lower(stated_provider) in ('aws', 'amazon', 'amazon.com')
                or lower(stated_provider) like 'amazon web services%'
                then 'AWS'
            when lower(stated_provider) in ('microsoft', 'microsoft azure', 'azure')
                then 'Microsoft'
            when
                lower(stated_provider) in (
                    'google cloud', 'google', 'google llc', 'gcp', 'google cloud platform'
                )
                then 'Google Cloud'
            else coalesce(stated_provider, nullif(invoiceissuername, ''), 'Unknown')
        end as provider,
        -- Enumerated values are told whatever their case, and a value that the column cannot have
        -- (a vendor's slip into the wrong column) is none.
        case lower(chargecategory)
            when 'purchase' then 'Purchase'
            when 'tax' then 'Tax'
            when 'credit' then 'Credit'
            when 'adjustment' then 'Adjustment'
            else 'Usage'
        end as charge_category
    from named

),

final as (

    select
        ---------- ids
        export as export_name,
        bill,
        billing_period,
        nullif(billingaccountid, '') as billing_account_id,
        case
            when provider = 'Microsoft'
                then lower({{ extracted('subaccountid', '([^/]*)$') }})
            else nullif(subaccountid, '')
        end as sub_account_id,
        nullif(subaccountname, '') as sub_account_name,
        case
            when provider = 'Microsoft' then lower(nullif(resourceid, ''))
            else nullif(resourceid, '')
        end as resource_id,
        {{ first_text('x_cloudbillproviderid', 'resourceid') }} as provider_id,
        {{ first_text('lower(x_skumeterid)', 'skuid') }} as sku_id,
        -- Paths of Azure are the same in any case. FOCUS has null where nothing covers a charge,
        -- for which some vendors write a word.
        case
            when lower(trim(commitmentdiscountid)) in ('n/a', 'na', 'none', '-') then null
            when provider = 'Microsoft' then lower(nullif(commitmentdiscountid, ''))
            else nullif(commitmentdiscountid, '')
        end as commitment_id,
        nullif(x_skuofferid, '') as offer_id,
        tag_set_id,

        ---------- dimensions
        provider,
        coalesce(nullif(upper(billingcurrency), ''), stated_currency) as billing_currency,
        charge_category,
        case when lower(chargeclass) = 'correction' then 'Correction' end as charge_class,
        {{ first_text('x_cloudbillchargetype', 'chargecategory', "'Usage'") }} as charge_type,
        nullif(chargedescription, '') as charge_description,
        case
            when x_cloudbillnetcost is not null then x_cloudbillservicename
            else {{ first_text('x_servicecode', 'servicename') }}
        end as service_name,
        nullif(x_cloudbillservicecategory, '') as stated_service_category,
        nullif(servicecategory, '') as focus_service_category,
        nullif(servicesubcategory, '') as focus_service_subcategory,
        -- As in the provider's own export: Google names a SKU in the description only, where
        -- credits and taxes have names of their own.
        {{ first_text(
            'x_usagetype', 'skumeter', 'x_skumetername',
            "case when charge_category in ('Usage', 'Purchase') then chargedescription end",
        ) }} as sku_name,
        {{ first_text('x_skumetercategory', 'servicename') }} as sku_category,
        {{ first_text('x_skumetersubcategory', 'x_operation') }} as sku_subcategory,
        nullif(regionid, '') as region,
        nullif(availabilityzone, '') as availability_zone,
        nullif(x_cloudbillpricingmodel, '') as stated_pricing_model,
        lower(coalesce(pricingcategory, '')) as pricing_category,
        nullif(x_cloudbillcommitmenttype, '') as stated_commitment_type,
        lower(coalesce(commitmentdiscounttype, '')) as commitment_type_words,
        -- Before 1.0 the subcategory of the charge told it: Used Commitment, Unused Commitment.
        case lower(coalesce(commitmentdiscountstatus, split_part(chargesubcategory, ' ', 1), ''))
            when 'used' then 'Used'
            when 'unused' then 'Unused'
        end as stated_commitment_status,
        nullif(commitmentdiscountname, '') as commitment_name,
        lower(nullif(commitmentdiscountcategory, '')) as commitment_category,
        nullif(commitmentdiscountunit, '') as commitment_unit,
        try_cast(regexp_extract(x_skuterm, '([0-9]+)', 1) as integer) as term_months,
        x_cloudbillinkubecostscope as stated_in_kubecost_scope,
        coalesce(x_cloudbilliskubernetes, x_servicecode = 'AmazonEKS', false)
            as is_kubernetes_service,
        lower(nullif(x_resourcegroupname, '')) as resource_group,
        x_cloudbillvmname as stated_vm_name,
        resourcename as resource_name,
        lower(coalesce(resourcetype, '')) as resource_type,
        nullif(x_skumetercategory, '') as meter_category,
        x_operation as operation,
        nullif(x_cloudbillinstancetype, '') as stated_instance_type,
        nullif(x_cloudbilloperatingsystem, '') as stated_operating_system,
        x_skudetails as sku_details,
        skupricedetails as sku_price_details,
        tags,

        ---------- quantities
        upper(coalesce(consumedunit, '')) as consumed_unit,
        -- The unit of the quantity that is there.
        case
            when x_cloudbillusagequantity is not null or x_cloudbillusageunit != ''
                then nullif(x_cloudbillusageunit, '')
            when {{ quantity('consumedquantity') }} is not null or pricingquantity is null
                then {{ first_text('consumedunit', 'pricingunit') }}
            else nullif(pricingunit, '')
        end as usage_unit,
        coalesce(x_cloudbillusagequantity, {{ quantity('consumedquantity') }}, pricingquantity)
            as usage_quantity,
        x_cloudbillvmhours as stated_vm_hours,
        commitmentdiscountquantity as commitment_quantity,

        ---------- costs
        coalesce(billedcost, 0) as billed_cost,
        billedcost is null as lacks_cost,
        coalesce(effectivecost, billedcost, 0) as effective_cost,
        x_cloudbillnetcost as stated_net_cost,
        x_cloudbillamortizednetcost as stated_amortized_net_cost,
        x_cloudbillamortizedcost as stated_amortized_cost,
        coalesce(x_cloudbillcommitmentsharecost, 0) as commitment_share_cost,
        x_cloudbilllistcost as stated_list_cost,
        -- Where no public price is told, what was agreed, else what was billed.
        coalesce(listcost, contractedcost, billedcost, 0) as list_cost,
        -- On block-priced meters Microsoft divides the quantity by the block a second time, so that
        -- its ContractedCost is too small by the block: price times consumed quantity is right.
        case
            when
                provider = 'Microsoft' and contractedunitprice is not null
                and consumedquantity is not null
                then {{ money('cast(contractedunitprice as double) * consumedquantity') }}
            else coalesce(contractedcost, 0)
        end as contracted_cost,

        ---------- times
        cast(chargeperiodstart as date) as charge_date

    from told

)

select * from final
