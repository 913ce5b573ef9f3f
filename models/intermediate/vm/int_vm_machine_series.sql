with

instance_types as (

    select distinct
        provider,
        instance_type
    from {{ ref('charges') }}
    where vm_name is not null and instance_type is not null

),

size_groups as (

    select
        'Microsoft' as provider,
        lower(instance_type) as instance_type,
        min(size_flexibility_group) as size_flexibility_group
    from {{ ref('azure_instance_sizes') }}
    group by all

),

series as (

    select
        *,
        {{ machine_series('provider', 'instance_type') }} as machine_series
    from instance_types

),

final as (

    select
        ---------- ids
        series.provider,
        series.instance_type,

        ---------- dimensions
        series.machine_series,
        case
            when series.provider = 'Google Cloud' then null
            else coalesce(
                size_groups.size_flexibility_group,
                groups_of_sizes.size_flexibility_group,
                series.machine_series
            )
        end as normalized_machine_series

    from series
    left join size_groups
        on
            series.provider = size_groups.provider
            and lower(series.instance_type) = size_groups.instance_type
    -- Of the size that a promotional or constrained one comes from.
    left join size_groups as groups_of_sizes
        on
            series.provider = groups_of_sizes.provider
            and {{ azure_size_key('series.instance_type') }} = groups_of_sizes.instance_type

)

select * from final
