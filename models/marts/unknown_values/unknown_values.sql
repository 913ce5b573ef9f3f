with

bills as (

    select distinct
        unit_id,
        kind = 'focus' as is_focus
    from {{ ref('int_shown_bills') }}

),

-- Of the providers whose codes, sizes and regions the seeds know.
charges as (

    select
        charges.unit_id,
        charges.provider,
        charges.sku_id,
        charges.billing_currency,
        charges.region_id,
        -- FOCUS files have its categories instead of codes.
        case when not bills.is_focus then lower(replace(charges.charge_type, ' ', '')) end
            as charge_type,
        {{ unit_spelling('charges.usage_unit') }} as usage_unit,
        case when charges.vm_hours is not null then lower(charges.instance_type) end
            as instance_type,
        -- By its path and unit. What is a machine is told by its usage type or by the category of
        -- the meter, which some accounts have in their own language.
        charges.provider = 'Microsoft'
        and not bills.is_focus
        and charges.charge_category = 'Usage'
        and charges.resource_id like '%/microsoft.compute/virtualmachine%'
        and charges.vm_name is null
        and {{ unit_words('charges.usage_unit') }} in (select unit from {{ ref('hour_units') }})
            as is_of_azure_machine,
        sum(charges.line_count) as line_count,
        sum(charges.invoiced_cost) as cost
    from {{ ref('charges') }} as charges
    inner join bills on charges.unit_id = bills.unit_id
    where charges.provider in ('AWS', 'Microsoft', 'Google Cloud')
    group by all

),

described as (

    select
        charges.*,
        case
            when
                skus.provider = 'Google Cloud'
                and skus.sku_category = 'Compute Engine'
                and sku_parts.sku_description is not null
                and sku_parts.machine_part is null
                then skus.sku_name
        end as unknown_sku,
        case
            when
                charges.is_of_azure_machine
                and skus.sku_category not in ('Virtual Machines', 'Virtual Machines Licenses')
                then skus.sku_category
        end as machine_meter
    from charges
    left join {{ ref('skus') }} as skus using (unit_id, provider, sku_id)
    left join {{ ref('int_gcp__sku_parts') }} as sku_parts
        on skus.unit_id = sku_parts.unit_id and skus.sku_name = sku_parts.sku_description

),

-- What no seed is looked up for is unknown as it is.
known as (

    {% for kind, provider, value, seed in [
        ('charge type', 'provider', 'charge_type', 'charge_types'),
        ('region', 'provider', 'region_id', 'regions'),
        ('size', "'AWS'", 'size', 'aws_instance_sizes'),
        ('size', "'Microsoft'", azure_size_key('instance_type'), 'azure_instance_sizes'),
        ('size', "'Google Cloud'", 'machine_type', 'gcp_machine_types'),
        ('unit', "'AWS'", 'spelling', 'focus_units'),
        ('unit', "'Microsoft'", 'spelling', 'focus_units'),
        ('unit', "'Google Cloud'", 'spelling', 'focus_units'),
    ] -%}
        select
            '{{ kind }}' as kind,
            {{ provider }} as provider,
            {{ value }} as known_value
        from {{ ref(seed) }}
        {{ 'union' if not loop.last }}
    {% endfor %}
),

told as (

    {% for kind, value, looked_up in [
        ('charge type', 'charge_type', 'charge_type'),
        ('region', 'region_id', 'region_id'),
        ('unit', 'usage_unit', 'usage_unit'),
        ('size', 'instance_type', known_size('provider', 'instance_type')),
        ('SKU', 'unknown_sku', 'unknown_sku'),
        ('machine meter', 'machine_meter', 'machine_meter'),
    ] -%}
        select
            '{{ kind }}' as kind,
            provider,
            {{ value }} as value,
            {{ looked_up }} as looked_up,
            billing_currency,
            line_count,
            cost
        from described
        where {{ value }} is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (

    select
        told.kind,
        told.provider,
        told.value,
        told.billing_currency,
        cast(sum(told.line_count) as bigint) as line_count,
        cast(sum(told.cost) as decimal(38, 18)) as cost
    from told
    left join known
        on
            told.kind = known.kind
            and told.provider = known.provider
            and told.looked_up = known.known_value
    where known.known_value is null and told.looked_up is not null
    group by told.kind, told.provider, told.value, told.billing_currency

)

select * from final
