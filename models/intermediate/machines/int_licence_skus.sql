with

skus as (

    select * from {{ ref('skus') }}

),

final as (

    select
        unit_id,
        provider,
        sku_id
    from skus
    where
        -- Azure: software meters of newer files, and those of reserved Windows machines in older.
        sku_category = 'Virtual Machines Licenses'
        or sku_name like 'Reservation-Windows Svr%'
        or (provider = 'Google Cloud' and sku_name like '%Licensing Fee%')

)

select * from final
