with

-- Microsoft's units may be in the language of the account. All in one row, as in
-- int_azure__described_lines.
hour_units as (

    select
        'Microsoft' as provider,
        array_agg(unit) as units
    from {{ ref('hour_units') }}

),

charges as (

    select
        charges.*,
        coalesce(
            array_contains(hour_units.units, {{ unit_words('charges.consumed_unit') }}),
            charges.consumed_unit in ('HOURS', 'HOUR', 'HRS')
        ) as is_hours,
        {{ ec2_instance('resource_id') }} as ec2_instance,
        lower(concat_ws(' ', sku_name, sku_subcategory, charge_description)) as sku_words,
        coalesce(
            charges.provider = 'Microsoft'
            and {{ azure_is_vm_licence('sku_category', 'sku_name', first_text(
                "sku_details['UsageType']", "sku_price_details['x_UsageType']"
            )) }}
            or charges.provider = 'Google Cloud' and sku_name like '%Licensing Fee%',
            false
        ) as is_vm_licence
    from {{ ref('stg_focus__charges') }} as charges
    left join hour_units on charges.provider = hour_units.provider

),

final as (

    select
        *,
        case
            when stated_commitment_type is not null then stated_commitment_type
            when commitment_id is null then null
            -- Tax, credits and discounts may name a commitment; they are neither its use nor its
            -- fee.
            when charge_category not in ('Usage', 'Purchase') then null
            when
                charge_category = 'Usage'
                and stated_commitment_status is null
                and pricing_category in ('standard', 'dynamic')
                then null
            when provider = 'Google Cloud' then 'Committed Use Discount'
            when commitment_type_words like '%savings%' then 'Savings Plan'
            when commitment_type_words like '%reserv%' then 'Reservation'
            when commitment_type_words like '%commit%' or commitment_type_words like '%cud%'
                then 'Committed Use Discount'
            when commitment_category = 'spend' then 'Savings Plan'
            else 'Reservation'
        end as commitment_type,
        -- What names a commitment and is usage uses it, where no status is told.
        case
            when charge_category != 'Usage' then null
            when stated_commitment_status is not null then stated_commitment_status
            when
                commitment_id is not null
                and pricing_category not in ('standard', 'on-demand', 'dynamic')
                then 'Used'
            when stated_commitment_type is not null then 'Used'
        end as commitment_status,
        nullif(coalesce(
            nullif(stated_vm_name, ''),
            case
                when ec2_instance is not null then ec2_instance
                when provider = 'Microsoft'
                    then lower({{ first_text(
                        "sku_details['VMName']", "sku_price_details['x_VMName']", 'resource_name'
                    ) }})
                else resource_name
            end
        ), '') as vm_name,
        {{ first_text(
            'stated_instance_type',
            "sku_price_details['InstanceType']",
            "sku_price_details['x_ServiceType']",
            "sku_details['ServiceType']",
            'case when ec2_instance is not null then '
            ~ ec2_instance_type('sku_name', 'charge_description') ~ ' end',
        ) }} as instance_type,
        coalesce(
            {{ first_text('stated_operating_system', "sku_price_details['OperatingSystem']") }},
            case
                when provider = 'AWS'
                    then {{ ec2_operating_system('charge_description', 'operation') }}
                -- A meter that names no Windows is Linux; without a meter nothing tells.
                when
                    provider = 'Microsoft'
                    and (meter_category is not null or sku_words like '%windows%')
                    then {{ azure_operating_system('sku_words', first_text(
                        "sku_details['ImageType']", "sku_price_details['x_ImageType']"
                    )) }}
                when provider = 'Google Cloud' and is_vm_licence
                    then {{ gcp_operating_system('sku_words') }}
            end
        ) as operating_system,
        -- Hours or licence of a machine: its name, and a unit of time, and no traffic of it.
        stated_vm_name is not null
        or is_hours
        and (
            ec2_instance is not null and coalesce(operation, 'RunInstances') like 'RunInstances%'
            -- Dedicated hosts and capacity reservations have the category of the machines on them.
            or coalesce(meter_category, '') in ('Virtual Machines', 'Virtual Machines Licenses')
            and (
                coalesce(lower(resource_id), '') not like '%/microsoft.compute/%'
                or lower(resource_id) like '%/microsoft.compute/virtualmachine%'
            )
            -- Other services, such as security, charge for the hours of a machine too.
            or meter_category is null
            and resource_type in ('virtual machine', 'virtual machine scale set', 'vm instance')
            and coalesce(lower(focus_service_category), 'compute') = 'compute'
            and coalesce(lower(focus_service_subcategory), 'virtual machines') = 'virtual machines'
        ) as is_vm
    from charges

)

select * from final
