with

source as (

    select
        {{ focus_columns() }}
    from {{ source('focus', 'focus') }}

),

named as (

    select
        *,
        {{ first_text('providername', 'serviceprovidername') }} as stated_provider,
        -- Enumerated values are told whatever their case, and a value that the column cannot have
        -- (a vendor's slip into the wrong column) is none.
        lower(coalesce(chargecategory, '')) as lower_category,
        lower(coalesce(pricingcategory, '')) as lower_pricing,
        lower(coalesce(commitmentdiscounttype, '')) as lower_commitment_type,
        lower(coalesce(resourcetype, '')) as lower_resource_type,
        upper(coalesce(consumedunit, '')) as upper_unit
    from source

),

told as (

    select
        *,
        case
            when stated_provider in ('AWS', 'Amazon Web Services', 'Amazon') then 'AWS'
            when stated_provider like 'Amazon Web Services%' then 'AWS'
            when stated_provider in ('Microsoft', 'Microsoft Azure', 'Azure') then 'Microsoft'
            when stated_provider in ('Google Cloud', 'Google', 'GCP', 'Google Cloud Platform')
                then 'Google Cloud'
            else coalesce(stated_provider, nullif(invoiceissuername, ''), 'Unknown')
        end as provider,
        case lower_category
            when 'purchase' then 'Purchase'
            when 'tax' then 'Tax'
            when 'credit' then 'Credit'
            when 'adjustment' then 'Adjustment'
            else 'Usage'
        end as charge_category,
        -- Before 1.0 the subcategory of the charge told it: Used Commitment, Unused Commitment.
        case lower(coalesce(commitmentdiscountstatus, split_part(chargesubcategory, ' ', 1), ''))
            when 'used' then 'Used'
            when 'unused' then 'Unused'
        end as stated_status,
        nullif(commitmentdiscountid, '') as commitment_id
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
        commitment_id,
        nullif(x_skuofferid, '') as offer_id,
        tag_set_id,

        ---------- dimensions
        provider,
        coalesce(nullif(billingcurrency, ''), stated_currency) as billing_currency,
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
        {{ first_text('skumeter', 'x_skumetername', 'x_usagetype') }} as sku_name,
        {{ first_text('x_skumetercategory', 'servicename') }} as sku_category,
        {{ first_text('x_skumetersubcategory', 'x_operation') }} as sku_subcategory,
        nullif(regionid, '') as region,
        nullif(availabilityzone, '') as availability_zone,
        nullif(x_cloudbillpricingmodel, '') as stated_pricing_model,
        case lower_pricing
            when 'dynamic' then 'Dynamic'
            when 'committed' then 'Committed'
            when 'commitment-based' then 'Committed'
            when 'standard' then 'Standard'
            when 'on-demand' then 'Standard'
        end as pricing_category,
        case
            when nullif(x_cloudbillcommitmenttype, '') is not null then x_cloudbillcommitmenttype
            when commitment_id is null then null
            -- Tax, credits and discounts may name a commitment; they are neither its use nor its
            -- fee.
            when charge_category not in ('Usage', 'Purchase') then null
            when
                charge_category = 'Usage'
                and stated_status is null
                and lower_pricing in ('standard', 'dynamic')
                then null
            when provider = 'Google Cloud' then 'Committed Use Discount'
            when lower_commitment_type like '%savings%' then 'Savings Plan'
            when lower_commitment_type like '%reserv%' then 'Reservation'
            when lower_commitment_type like '%commit%' or lower_commitment_type like '%cud%'
                then 'Committed Use Discount'
            when lower(commitmentdiscountcategory) = 'spend' then 'Savings Plan'
            else 'Reservation'
        end as commitment_type,
        -- What names a commitment and is usage uses it, where no status is told.
        case
            when charge_category != 'Usage' then null
            when stated_status is not null then stated_status
            when
                commitment_id is not null
                and lower_pricing not in ('standard', 'on-demand', 'dynamic')
                then 'Used'
            when nullif(x_cloudbillcommitmenttype, '') is not null then 'Used'
        end as commitment_status,
        nullif(commitmentdiscountname, '') as commitment_name,
        lower(nullif(commitmentdiscountcategory, '')) as commitment_category,
        nullif(commitmentdiscountunit, '') as commitment_unit,
        try_cast(regexp_extract(x_skuterm, '([0-9]+)', 1) as integer) as term_months,
        x_cloudbillinkubecostscope as stated_in_kubecost_scope,
        coalesce(x_cloudbilliskubernetes, x_servicecode = 'AmazonEKS', false)
            as is_kubernetes_service,
        lower(nullif(x_resourcegroupname, '')) as resource_group,
        nullif(coalesce(
            nullif(x_cloudbillvmname, ''),
            case
                when resourceid like 'i-%' then resourceid
                when provider = 'Microsoft'
                    then lower({{ first_text(
                        "x_skudetails['VMName']", "skupricedetails['x_VMName']", 'resourcename'
                    ) }})
                else resourcename
            end
        ), '') as vm_name,
        {{ first_text(
            'x_cloudbillinstancetype',
            "skupricedetails['InstanceType']",
            "skupricedetails['x_ServiceType']",
            "x_skudetails['ServiceType']",
        ) }} as instance_type,
        {{ first_text('x_cloudbilloperatingsystem', "skupricedetails['OperatingSystem']") }}
            as operating_system,
        -- Hours of a machine: its name, and a unit of time, and no traffic of it.
        x_cloudbillvmname is not null
        or upper_unit in ('HOURS', 'HOUR', 'HRS')
        and (
            resourceid like 'i-%' and coalesce(x_operation, 'RunInstances') like 'RunInstances%'
            -- Dedicated hosts and capacity reservations have the category of the machines on them.
            or coalesce(x_skumetercategory, '') = 'Virtual Machines'
            and (
                coalesce(lower(resourceid), '') not like '%/microsoft.compute/%'
                or lower(resourceid) like '%/microsoft.compute/virtualmachine%'
            )
            or lower_resource_type in (
                'virtual machine', 'virtual machine scale set', 'vm instance'
            )
        ) as is_vm,
        tags,

        ---------- quantities
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
