{#- A table: of a view, DuckDB guesses so many rows that it holds the charges in memory instead. -#}
{{ config(materialized='table') }}

with

meters as (

    select * from {{ ref('int_vm_meters') }}

),

commitments as (

    select
        unit_id,
        provider,
        reservation_id,
        max(instance_type) as instance_type
    from {{ ref('commitment_discounts') }}
    where reservation_id is not null
    group by all

),

azure_sizes as (

    select
        'Microsoft' as provider,
        {{ azure_size_key('instance_type') }} as size_key,
        min_by(ratio, size_flexibility_group) as ratio
    from {{ ref('azure_instance_sizes') }}
    group by all

),

aws_sizes as (

    select
        *,
        'AWS' as provider
    from {{ ref('aws_instance_sizes') }}

),

sizes as (

    select
        unit_id,
        provider,
        instance_type,
        reservation_id,
        max(stated_factor) as stated_factor,
        max(vcpus) as vcpus
    from meters
    group by all

),

described as (

    select
        sizes.*,
        coalesce(azure_sizes.ratio, aws_sizes.normalization_factor) as table_factor,
        coalesce(reserved_azure_sizes.ratio, reserved_aws_sizes.normalization_factor)
            as reserved_table_factor,
        -- CUR 2.0 writes 0 for what is not stated.
        case when sizes.provider = 'AWS' then nullif(sizes.stated_factor, 0) end as billed_factor,
        -- RINormalizationRatio: the machine's ratio over that of the reserved size.
        case when sizes.provider = 'Microsoft' then nullif(sizes.stated_factor, 0) end as ri_ratio,
        coalesce(
            nullif(sizes.vcpus, 0),
            case
                when sizes.provider = 'Microsoft'
                    then try_cast(
                        regexp_extract(sizes.instance_type, '^[A-Za-z]+_[A-Za-z]+([0-9]+)', 1)
                        as double
                    )
            end
        ) as size_vcpus
    from sizes
    left join commitments using (unit_id, provider, reservation_id)
    left join azure_sizes
        on
            sizes.provider = azure_sizes.provider
            and {{ azure_size_key('sizes.instance_type') }} = azure_sizes.size_key
    left join aws_sizes
        on
            sizes.provider = aws_sizes.provider
            and {{ aws_size('sizes.instance_type') }} = aws_sizes.size
    left join azure_sizes as reserved_azure_sizes
        on
            sizes.provider = reserved_azure_sizes.provider
            and {{ azure_size_key('commitments.instance_type') }} = reserved_azure_sizes.size_key
    left join aws_sizes as reserved_aws_sizes
        on
            sizes.provider = reserved_aws_sizes.provider
            and {{ aws_size('commitments.instance_type') }} = reserved_aws_sizes.size

),

factored as (

    select
        *,
        -- In this order. Since Dv3 the smallest size of nearly every series has 2 vCPUs.
        coalesce(
            billed_factor,
            table_factor,
            ri_ratio * reserved_table_factor,
            size_vcpus / 2,
            1
        ) as normalization_factor,
        case
            when billed_factor is not null then 'bill'
            when table_factor is not null then 'table'
            when ri_ratio * reserved_table_factor is not null then 'reservation'
            when size_vcpus is not null then 'vcpus'
            else 'assumed'
        end as normalization_source
    from described

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        instance_type,
        reservation_id,

        ---------- dimensions
        normalization_source,

        ---------- quantities
        cast(normalization_factor as double) as normalization_factor,
        -- Of the reserved size; else what the ratio makes of it; else of the machine it covered.
        cast(
            case
                when reservation_id is not null
                    then coalesce(
                        reserved_table_factor,
                        normalization_factor / ri_ratio,
                        normalization_factor
                    )
            end
            as double
        ) as reservation_factor

    from factored

)

select * from final
